using System.Globalization;
using Hotplate.Settings;

namespace Hotplate.Generate;

/// <summary>All that Kubernetes needs to run, replace and multiply an application without losing a request.</summary>
internal static class KubernetesFile
{
    // Until every proxy has heard that a pod is about to go.
    private static readonly TimeSpan s_drainDelay = TimeSpan.FromSeconds(10);
    private const int ProbeSeconds = 2;

    public static GeneratedFile Make(Site site)
    {
        var (name, settings) = (site.Name, site.Settings);
        var drain = site.IsGiven("drain-delay") ? settings.DrainDelay : s_drainDelay;
        var words = ContainerFiles.Words(site, ("workers", "2"), ("drain-delay", Values.Show(s_drainDelay)), ("forwarded-allow-ips", Site.PrivateNetworks));
        var workers = site.IsGiven("workers") ? settings.Workers.Most ?? settings.Workers.Count : 2;
        return new GeneratedFile(name + ".yaml", string.Create(CultureInfo.InvariantCulture, $$"""
            # {{name}} on Kubernetes, served by Hotplate. Made by: hotplate generate kubernetes
            #
            # Change: image, resources, how many; and --forwarded-allow-ips to the network of your ingress controller's or gateway's pods, which ends TLS.
            #
            #   kubectl apply -f {{name}}.yaml
            #   kubectl rollout status deployment/{{name}}
            #   kubectl exec deploy/{{name}} -- hotplate status

            apiVersion: apps/v1
            kind: Deployment
            metadata:
              name: {{name}}
              labels:
                app.kubernetes.io/name: {{name}}
            spec:
              # No "replicas": the HorizontalPodAutoscaler below decides, and keeps what it decided when this file is applied again.
              revisionHistoryLimit: 5
              selector:
                matchLabels:
                  app.kubernetes.io/name: {{name}}
              strategy:
                type: RollingUpdate
                rollingUpdate:
                  # The new pod is ready before an old one goes.
                  maxUnavailable: 0
                  maxSurge: 1
              template:
                metadata:
                  labels:
                    app.kubernetes.io/name: {{name}}
                spec:
                  # --drain-delay, --graceful-timeout and a little; then KILL comes.
                  terminationGracePeriodSeconds: {{site.StopSeconds(drain)}}
                  automountServiceAccountToken: false
                  securityContext:
                    runAsNonRoot: true
                    runAsUser: 10001
                    runAsGroup: 10001
                    fsGroup: 10001
                    seccompProfile:
                      type: RuntimeDefault
                  topologySpreadConstraints:
                    - maxSkew: 1
                      topologyKey: kubernetes.io/hostname
                      whenUnsatisfiable: ScheduleAnyway
                      labelSelector:
                        matchLabels:
                          app.kubernetes.io/name: {{name}}
                  containers:
                    - name: {{name}}
                      image: registry.example/{{name}}:1
                      command: ["hotplate"]
                      # --drain-delay: a pod gets TERM before the proxies hear that it goes. It serves on for that long while {{settings.Http.ReadyzPath ?? "the probe"}} says 503.
                      args: {{Expandable(Quoted.JsonList(words))}}
                      ports:
                        - name: http
                          containerPort: {{Site.ContainerPort}}
            {{MetricsPort(settings)}}{{Variables(site)}}{{Probes(settings)}}          resources:
                        # As many CPUs as workers. A limit of CPU would stop all of them for parts of each tenth of a second.
                        requests:
                          cpu: {{Quoted.Json(workers.ToString(CultureInfo.InvariantCulture))}}
                          memory: {{128 + (96 * workers)}}Mi
                        limits:
                          memory: {{256 + (192 * workers)}}Mi
                      securityContext:
                        readOnlyRootFilesystem: true
                        allowPrivilegeEscalation: false
                        capabilities:
                          drop: ["ALL"]
                      volumeMounts:
                        # Large uploads and answers, and the control socket.
                        - name: tmp
                          mountPath: /tmp
                  volumes:
                    - name: tmp
                      emptyDir: {}
            ---
            apiVersion: v1
            kind: Service
            metadata:
              name: {{name}}
            spec:
              selector:
                app.kubernetes.io/name: {{name}}
              ports:
                - name: http
                  port: 80
                  targetPort: http
            ---
            # When nodes are emptied: one pod at a time.
            apiVersion: policy/v1
            kind: PodDisruptionBudget
            metadata:
              name: {{name}}
            spec:
              maxUnavailable: 1
              selector:
                matchLabels:
                  app.kubernetes.io/name: {{name}}
            ---
            apiVersion: autoscaling/v2
            kind: HorizontalPodAutoscaler
            metadata:
              name: {{name}}
            spec:
              scaleTargetRef:
                apiVersion: apps/v1
                kind: Deployment
                name: {{name}}
              minReplicas: 2
              maxReplicas: 10
              metrics:
                - type: Resource
                  resource:
                    name: cpu
                    target:
                      type: Utilization
                      averageUtilization: 70

            """));
    }

    // $(NAME) is replaced by a variable's value.
    private static string Expandable(string text) => text.Replace("$(", "$$(", StringComparison.Ordinal);

    private static string MetricsPort(ServerSettings settings) => settings.Control.Metrics is { Port: var port }
        ? string.Create(CultureInfo.InvariantCulture, $"            - name: metrics\n              containerPort: {port}\n")
        : "";

    private static string Variables(Site site) => site.Settings.App.Environment.Count == 0 ? "" :
        "          # A secret is better off in a Secret: valueFrom: { secretKeyRef: { name: " + site.Name + ", key: … } }\n          env:\n"
            + string.Concat(site.Settings.App.Environment.Select(static pair => $"            - name: {Quoted.Json(pair.Key)}\n              value: {Expandable(Quoted.Json(pair.Value))}\n"));

    private static string Probes(ServerSettings settings)
    {
        var (ready, live) = (settings.Http.ReadyzPath, settings.Http.LivezPath);
        var tries = Math.Max(1, Site.Seconds(settings.Reload.StartTimeout) / ProbeSeconds);
        return "          # Answered by Hotplate itself, never by a worker: a pod that is merely busy is neither restarted nor left out.\n"
            + Probe("startupProbe", ready, ProbeSeconds, tries) + Probe("readinessProbe", ready, ProbeSeconds, 3) + Probe("livenessProbe", live, 10, 6);
    }

    private static string Probe(string name, string? path, int period, int tries) => string.Create(CultureInfo.InvariantCulture, $"""
                  {name}:
                    {(path is null ? "tcpSocket:" : $"httpGet:\n              path: {Quoted.Json(path)}")}
                      port: http
                    periodSeconds: {period}
                    failureThreshold: {tries}

        """);
}
