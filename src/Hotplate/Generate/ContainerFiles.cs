using System.Globalization;
using Hotplate.Settings;

namespace Hotplate.Generate;

/// <summary>An image of the application, on the base image <c>hotplate</c>, and Docker's own way to run it.</summary>
internal static class ContainerFiles
{
    public static IReadOnlyList<GeneratedFile> Dockerfile(Site site) =>
    [
        new("Dockerfile", $"""
            # {site.Name}, served by Hotplate. Made by: hotplate generate dockerfile
            #
            # It belongs into {site.Directory}, beside requirements.txt. The base image is made once from Hotplate's release: docs/deploy/container.md.
            #
            #   docker build -t {site.Name} .
            #   docker run --rm -p 8000:8000 --read-only --tmpfs /tmp --cap-drop ALL --stop-timeout {site.StopSeconds(site.Settings.DrainDelay)} {site.Name}

            FROM hotplate
            COPY . .
            # Change: what your packages need of Debian, before this and as root:  USER root / RUN apt-get update && apt-get install -y … / USER app
            RUN pip install --no-cache-dir --user -r requirements.txt
            # The base image starts hotplate with these words.
            CMD {Quoted.JsonList(Words(site))}
            {EnvironmentNote(site)}
            """),
        new(".dockerignore", """
            .git
            .env
            .venv
            venv
            **/__pycache__
            **/*.pyc
            *.sqlite3
            Dockerfile
            compose.yaml

            """),
    ];

    public static GeneratedFile Compose(Site site)
    {
        var container = $"http://127.0.0.1:{Site.ContainerPort}{site.Settings.Http.ReadyzPath ?? "/"}";
        return new GeneratedFile("compose.yaml", string.Create(CultureInfo.InvariantCulture, $"""
            # {site.Name} in a container, served by Hotplate. Made by: hotplate generate compose
            #
            # Change: the port, the memory, the secrets. Beside it: a Dockerfile (hotplate generate dockerfile).
            #
            #   docker compose up -d --build --wait
            #   docker compose exec {site.Name} hotplate status
            #   docker compose logs -f

            services:
              {site.Name}:
                build: .
                image: {site.Name}
                entrypoint: ["hotplate"]
                command: {Compose(Quoted.JsonList(Words(site, ("forwarded-allow-ips", Site.PrivateNetworks))))}
                ports:
                  # A proxy on this machine ends TLS. Without one: "80:{Site.ContainerPort}"
                  - "127.0.0.1:8000:{Site.ContainerPort}"
            {Variables(site)}    restart: unless-stopped
                # --drain-delay, --graceful-timeout and a little; then KILL comes.
                stop_grace_period: {site.StopSeconds(site.Settings.DrainDelay)}s
                # Workers become fewer when it is little: they need what one import of the application needs, each.
                mem_limit: 512m
                pids_limit: 1024
                read_only: true
                tmpfs:
                  # Large uploads and answers, and the control socket.
                  - /tmp
                cap_drop:
                  - ALL
                security_opt:
                  - no-new-privileges:true
                healthcheck:
                  test: {Compose(Quoted.JsonList(["CMD", "python3", "-c", $"import urllib.request as r; r.urlopen('{container}', timeout=2)"]))}
                  interval: 5s
                  timeout: 3s
                  start_period: 60s
                # What the application writes must be in a volume:
                # volumes:
                #   - data:/app/instance
            # volumes:
            #   data:

            """));
    }

    /// <summary>The words behind <c>hotplate</c> in a container.</summary>
    public static IReadOnlyList<string> Words(Site site, params (string Name, string Value)[] preferred) => site.WordsElsewhere($"0.0.0.0:{Site.ContainerPort}", preferred);

    // Compose replaces $NAME and ${NAME}, in quotes too.
    private static string Compose(string text) => text.Replace("$", "$$", StringComparison.Ordinal);

    private static string Variables(Site site) => site.Settings.App.Environment.Count == 0
        ? "    # environment:\n    #   SECRET_KEY: ${SECRET_KEY}\n"
        : "    # A secret is better off in a file that is in no repository: ${NAME} is taken from .env\n    environment:\n"
            + string.Concat(site.Settings.App.Environment.Select(static pair => $"      {Quoted.Json(pair.Key)}: {Compose(Quoted.Json(pair.Value))}\n"));

    // Whoever has the image has what is in it.
    private static string EnvironmentNote(Site site) => site.Settings.App.Environment.Count == 0 ? "" :
        $"# Its variables are not in the image, where everybody could read them. Give them when it is started: docker run {string.Join(' ', site.Settings.App.Environment.Keys.Select(static name => $"-e {name}"))}\n";
}
