using System.Globalization;

namespace Hotplate.Generate;

/// <summary>What platforms read that start a command of ours in a Python of theirs: one file each.</summary>
internal static class PlatformFiles
{
    public static GeneratedFile Procfile(Site site)
    {
        // Heroku's router keeps idle connections for 90 s, and KILL comes 30 s after TERM.
        var words = site.WordsElsewhere(bind: null, ("keep-alive", "100s"), ("graceful-timeout", "25s"), ("forwarded-allow-ips", Site.PrivateNetworks));
        return new GeneratedFile("Procfile", $"""
            # {site.Name}, served by Hotplate. Made by: hotplate generate procfile
            # It listens at the platform's PORT. Beside this: {Site.Wheel}
            # and a line ./{Site.Wheel} in requirements.txt.{Names(site)}
            web: {Quoted.Shell(["hotplate", .. words])}

            """);
    }

    public static GeneratedFile AppEngine(Site site)
    {
        // What is in front keeps idle connections for up to 600 s.
        var words = site.WordsElsewhere(bind: null, ("keep-alive", "620s"), ("forwarded-allow-ips", Site.PrivateNetworks));
        return new GeneratedFile("app.yaml", $"""
            # {site.Name} on Google App Engine (standard), served by Hotplate. Made by: hotplate generate app-engine
            #
            # Change: runtime, instance_class, how many. It listens at App Engine's PORT.
            # Beside this: {Site.Wheel}
            # and a line ./{Site.Wheel} in requirements.txt.
            #
            #   gcloud app deploy

            runtime: python{site.PythonVersion().Replace(".", "", StringComparison.Ordinal)}
            entrypoint: {Quoted.Json(Quoted.Shell(["hotplate", .. words]))}
            # F1 has 384 MB: with a large application --workers 1, or --preload.
            instance_class: F2
            automatic_scaling:
              min_instances: 0
              max_instances: 10
            {Variables(site)}handlers:
              # Files by App Engine itself: these requests never reach the application.
              # - url: /static
              #   static_dir: static
              #   secure: always
              - url: /.*
                script: auto
                secure: always

            """);
    }

    public static GeneratedFile Azure(Site site)
    {
        // Behind it a client is disconnected after 230 s without an answer; between the two idle connections are kept for long.
        var words = site.WordsElsewhere(bind: null, ("keep-alive", "300s"), ("forwarded-allow-ips", Site.PrivateNetworks));
        return new GeneratedFile("startup.sh", string.Create(CultureInfo.InvariantCulture, $$"""
            #!/bin/sh
            # {{site.Name}} on Azure App Service (Linux), served by Hotplate. Made by: hotplate generate azure
            #
            # Change: nothing here, the names in the commands. Beside this: {{Site.Wheel}}
            # and a line ./{{Site.Wheel}} in requirements.txt.
            #
            #   az webapp up --name {{site.Name}} --runtime PYTHON:{{site.PythonVersion()}} --sku B1
            #   az webapp config set --name {{site.Name}} --startup-file startup.sh --generic-configurations '{"healthCheckPath": "{{site.Settings.Http.ReadyzPath ?? "/"}}"}'
            #   az webapp config appsettings set --name {{site.Name}} --settings SCM_DO_BUILD_DURING_DEPLOYMENT=true WEBSITES_CONTAINER_STOP_TIME_LIMIT={{site.StopSeconds(site.Settings.DrainDelay)}}
            #   az webapp log tail --name {{site.Name}}
            {{Exports(site)}}
            # App Service asks port 8000 of its Python image, unless PORT says another. exec: so that Hotplate gets its TERM.
            exec {{Quoted.Shell(["hotplate", .. words])}} --bind "0.0.0.0:${PORT:-8000}"

            """));
    }

    public static GeneratedFile PythonAnywhere(Site site)
    {
        var words = site.WordsElsewhere(bind: null, ("workers", "1"));
        var home = $"\"$HOME\"/{site.Name}";
        // A script is named by its path, which --chdir does not change.
        var hasTarget = site.Settings.App.Paste is null;
        var target = !hasTarget ? "" : words[1].StartsWith("./", StringComparison.Ordinal) ? $"\"$HOME/{site.Name}/\"{Quoted.Shell(Quoted.Shell(words[1][2..]))}" : Quoted.Shell(Quoted.Shell(words[1]));
        return new GeneratedFile("website.sh", $$"""
            #!/bin/bash
            # {{site.Name}} on PythonAnywhere, served by Hotplate. Made by: hotplate generate pythonanywhere
            #
            # A website by command line: the "Web" tab has a server of its own in which no other can be put. Needs an API token ("Account", "API token").
            #
            # Change: DOMAIN (of EU accounts $USER.eu.pythonanywhere.com). Copy the application to ~/{{site.Name}}, upload {{Site.Wheel}}
            # to your home folder, and run this in a Bash console, once. New code: pa website reload --domain "$DOMAIN"
            set -e
            DOMAIN=$USER.pythonanywhere.com

            python{{site.PythonVersion()}} -m venv {{home}}/.venv
            {{home}}/.venv/bin/pip install -r {{home}}/requirements.txt "$HOME"/{{Site.Wheel}}
            pip install --user --upgrade pythonanywhere
            # CPU seconds are counted there, so one worker; its threads are started as needed. PythonAnywhere sets DOMAIN_SOCKET when it runs this.
            FLAGS={{Quoted.Shell(Quoted.Shell(words.Skip(hasTarget ? 2 : 1).Append("--chdir")) + " ")}}$HOME/{{site.Name}}' --bind unix:${DOMAIN_SOCKET}'
            pa website create --domain "$DOMAIN" --command "$HOME/{{site.Name}}/.venv/bin/hotplate serve "{{target}}" $FLAGS"

            """);
    }

    private static string Variables(Site site) => site.Settings.App.Environment.Count == 0 ? "" :
        "# app.yaml is in your repository: a secret is better off in Secret Manager.\nenv_variables:\n"
            + string.Concat(site.Settings.App.Environment.Select(static pair => $"  {Quoted.Json(pair.Key)}: {Quoted.Json(pair.Value)}\n"));

    private static string Names(Site site) => site.Settings.App.Environment.Count == 0 ? "" :
        $"\n# Set there (heroku config:set): {string.Join(", ", site.Settings.App.Environment.Keys)}";

    private static string Exports(Site site) => site.Settings.App.Environment.Count == 0 ? "" :
        "# A secret is better off in the application's settings there (az webapp config appsettings set).\n"
            + string.Concat(site.Settings.App.Environment.Select(static pair => $"export {Quoted.Shell($"{pair.Key}={pair.Value}")}\n"));
}
