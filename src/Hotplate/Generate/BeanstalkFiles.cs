using System.Globalization;
using Hotplate.Settings;

namespace Hotplate.Generate;

/// <summary>What AWS Elastic Beanstalk's Python platform reads: what to start, how to look after it, and how its nginx passes requests on.</summary>
internal static class BeanstalkFiles
{
    // Where its nginx passes requests on to, unless the property PORT says another.
    private const int Port = 8000;

    public static IReadOnlyList<GeneratedFile> Make(Site site)
    {
        var size = site.Settings.Http.MaxBodySize is { } bytes ? Values.ShowSize(bytes).ToLowerInvariant() : "0";
        return
        [
            // Every line must be "name: command" there, so none is a comment.
            new("Procfile", $"web: {Quoted.Shell(["hotplate", .. site.WordsElsewhere($"127.0.0.1:{Port}")])}\n"),
            new(".ebextensions/hotplate.config", string.Create(CultureInfo.InvariantCulture, $"""
                # {site.Name} on AWS Elastic Beanstalk, served by Hotplate. Made by: hotplate generate beanstalk
                #
                # Change: the number of machines, and the deployment policy when it is one machine alone.
                # Beside the Procfile: {Site.Wheel}
                # and a line ./{Site.Wheel} in requirements.txt. The platform must be of Amazon Linux 2023.
                #
                #   eb init -p python-{site.PythonVersion()} {site.Name}
                #   eb create {site.Name}-live
                #   eb deploy; eb logs

                option_settings:
                  aws:elasticbeanstalk:application:
                    Application Healthcheck URL: {Quoted.Json(site.Settings.Http.ReadyzPath ?? "/")}
                  aws:elasticbeanstalk:command:
                    # The process is stopped and started on each machine: others serve meanwhile.
                    DeploymentPolicy: RollingWithAdditionalBatch
                    BatchSizeType: Fixed
                    BatchSize: 1
                  aws:autoscaling:asg:
                    MinSize: 2
                    MaxSize: 4
                  aws:elasticbeanstalk:application:environment:
                    PORT: "{Port}"
                {Variables(site.Settings)}
                """)),
            new(".platform/nginx/conf.d/hotplate.conf", string.Create(CultureInfo.InvariantCulture, $"""
                # Read by Elastic Beanstalk's nginx. Made by: hotplate generate beanstalk
                # As --max-body-size; nginx's own limit is 1m.
                client_max_body_size {size};
                # Longer than --timeout and --max-queue-time, so that the 504 and its stack are Hotplate's.
                proxy_read_timeout {site.AnswerSeconds}s;

                """)),
        ];
    }

    private static string Variables(ServerSettings settings) => string.Concat(
        settings.App.Environment.Select(static pair => $"    # A secret is better off in \"eb setenv\".\n    {Quoted.Json(pair.Key)}: {Quoted.Json(pair.Value)}\n"));
}
