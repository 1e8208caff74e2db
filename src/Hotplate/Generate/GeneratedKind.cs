namespace Hotplate.Generate;

/// <summary>Something that can be generated.</summary>
/// <param name="Name">What stands behind <c>hotplate generate</c>.</param>
/// <param name="Meaning">A line for the help.</param>
/// <param name="Make">The files, the most important one first. Throws <see cref="Settings.SettingException"/> when the settings do not suit it.</param>
internal sealed record GeneratedKind(string Name, string Meaning, Func<Site, IReadOnlyList<GeneratedFile>> Make)
{
    /// <summary>In the order of the help.</summary>
    public static IReadOnlyList<GeneratedKind> All { get; } =
    [
        new("systemd", "a hardened service that starts at boot", static site => [SystemdUnit.Make(site)]),
        new("nginx", "a site that passes requests on to Hotplate", static site => [NginxFile.Make(site)]),
        new("apache", "the same for Apache", static site => [ApacheFile.Make(site)]),
        new("haproxy", "the same for HAProxy, with health checks", static site => [HaproxyFile.Make(site)]),
        new("dockerfile", "Dockerfile and .dockerignore", ContainerFiles.Dockerfile),
        new("compose", "compose.yaml: the container, read-only and without rights", static site => [ContainerFiles.Compose(site)]),
        new("kubernetes", "Deployment, Service, PodDisruptionBudget, HorizontalPodAutoscaler", static site => [KubernetesFile.Make(site)]),
        new("procfile", "Procfile, for Heroku and whoever reads the same", static site => [PlatformFiles.Procfile(site)]),
        new("cloud-run", "service.yaml and Dockerfile, for Google Cloud Run", CloudRunFiles.Make),
        new("app-engine", "app.yaml, for Google App Engine", static site => [PlatformFiles.AppEngine(site)]),
        new("beanstalk", "Procfile, .ebextensions and .platform, for AWS Elastic Beanstalk", BeanstalkFiles.Make),
        new("azure", "startup.sh, for Azure App Service", static site => [PlatformFiles.Azure(site)]),
        new("pythonanywhere", "website.sh, for PythonAnywhere", static site => [PlatformFiles.PythonAnywhere(site)]),
        new("logrotate", "rotation of the log files", static site => [LogrotateFile.Make(site)]),
    ];
}
