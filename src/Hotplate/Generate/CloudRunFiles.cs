using System.Globalization;
using Hotplate.Settings;

namespace Hotplate.Generate;

/// <summary>A service of Google Cloud Run's, and the image for it.</summary>
internal static class CloudRunFiles
{
    // TERM, and KILL ten seconds later.
    private const string Graceful = "8s";

    // A startup probe may take 240 s in all.
    private const int LongestStart = 240;
    private const int ProbeSeconds = 2;

    public static IReadOnlyList<GeneratedFile> Make(Site site)
    {
        var (name, settings) = (site.Name, site.Settings);
        var words = ContainerFiles.Words(site, ("graceful-timeout", Graceful), ("keep-alive", "620s"), ("forwarded-allow-ips", Site.PrivateNetworks));
        var tries = Math.Clamp(Site.Seconds(settings.Reload.StartTimeout), ProbeSeconds, LongestStart) / ProbeSeconds;
        return
        [
            new("service.yaml", string.Create(CultureInfo.InvariantCulture, $$"""
                # {{name}} on Google Cloud Run, served by Hotplate. Made by: hotplate generate cloud-run
                #
                # Change: PROJECT, the region in the commands, CPUs, memory. An image is made from the Dockerfile beside this.
                #
                #   gcloud builds submit --tag europe-west1-docker.pkg.dev/PROJECT/{{name}}/{{name}}
                #   gcloud run services replace service.yaml --region europe-west1
                #   gcloud run services add-iam-policy-binding {{name}} --region europe-west1 --member allUsers --role roles/run.invoker

                apiVersion: serving.knative.dev/v1
                kind: Service
                metadata:
                  name: {{name}}
                spec:
                  template:
                    metadata:
                      annotations:
                        # With 0 the first visitor after a quiet hour waits for a start.
                        autoscaling.knative.dev/minScale: "0"
                        autoscaling.knative.dev/maxScale: "10"
                        # More CPU while the application is imported.
                        run.googleapis.com/startup-cpu-boost: "true"
                    spec:
                      # Threads are started as requests wait, so many are welcome.
                      containerConcurrency: 80
                      # Longer than --timeout and --max-queue-time, so that the 504 and its stack are Hotplate's.
                      timeoutSeconds: {{Math.Min(3600, site.AnswerSeconds)}}
                      containers:
                        - image: europe-west1-docker.pkg.dev/PROJECT/{{name}}/{{name}}
                          command: ["hotplate"]
                          args: {{Quoted.JsonList(words)}}
                          ports:
                            - name: http1
                              containerPort: {{Site.ContainerPort}}
                {{Variables(settings)}}          resources:
                            limits:
                              cpu: "1"
                              # Files are memory there: large uploads and answers count.
                              memory: 512Mi
                          startupProbe:
                            {{Probe(settings.Http.ReadyzPath)}}
                            periodSeconds: {{ProbeSeconds}}
                            failureThreshold: {{tries}}
                {{Live(settings.Http.LivezPath)}}
                """)),
            .. ContainerFiles.Dockerfile(site),
        ];
    }

    private static string Probe(string? path) => path is null
        ? $"tcpSocket: {{ port: {Site.ContainerPort} }}"
        : $"httpGet: {{ path: {Quoted.Json(path)}, port: {Site.ContainerPort} }}";

    private static string Live(string? path) => path is null ? "" :
        $"          livenessProbe:\n            {Probe(path)}\n            periodSeconds: 10\n            failureThreshold: 6\n";

    private static string Variables(ServerSettings settings) => settings.App.Environment.Count == 0 ? "" :
        "          # A secret is better off in Secret Manager: valueFrom: { secretKeyRef: { name: …, key: latest } }\n          env:\n"
            + string.Concat(settings.App.Environment.Select(static pair => $"            - name: {Quoted.Json(pair.Key)}\n              value: {Quoted.Json(pair.Value)}\n"));
}
