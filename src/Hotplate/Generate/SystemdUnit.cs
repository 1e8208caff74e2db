using Hotplate.Service;
using Hotplate.Settings;

namespace Hotplate.Generate;

/// <summary>A service of systemd's that may do little: <c>/etc/systemd/system/shop.service</c>.</summary>
/// <remarks>It is the package's unit, with what one site says otherwise.</remarks>
internal static class SystemdUnit
{
    public static GeneratedFile Make(Site site)
    {
        var (name, settings) = (site.Name, site.Settings);
        var control = settings.Control.Socket switch { ControlSettings.Auto => $"/run/{name}/control", var path => path };
        var needs = new UnitNeeds(settings, site.Program);
        var unit = new UnitText()
            .With("Description", $"Description={Quoted.SystemdLine($"{name}, served by Hotplate")}")
            .With("User", $"User={site.User}", $"Group={site.Group}")
            .With("WorkingDirectory", $"WorkingDirectory={Quoted.SystemdLine(site.Directory)}")
            .With("ExecStart", $"ExecStart={Quoted.SystemdWord(site.Program)} {string.Join(' ', site.Words().Select(Quoted.SystemdWord))}")
            .With("ExecReload", Reload(site, control))
            .With("EnvironmentFile", $"EnvironmentFile=-/etc/{name}.env")
            .With("Environment", Variables(site, control))
            .With("TimeoutStartSec", $"TimeoutStartSec={needs.StartSeconds}")
            .With("TimeoutStopSec", $"TimeoutStopSec={needs.StopSeconds}")
            .With("RuntimeDirectory", $"RuntimeDirectory={name}")
            .With("StateDirectory", Folders(site, control));
        if (needs.Home)
        {
            unit.With("ProtectHome", "# The application or its Python is in there. In /srv it would be better off.", "ProtectHome=read-only");
        }
        else
        {
            unit.With("ProtectHome", "ProtectHome=yes");
        }
        if (needs.Tmp)
        {
            unit.With("PrivateTmp", "# The application or its Python is in there, where it will not stay.", "PrivateTmp=no");
        }
        if (!needs.LowPort)
        {
            unit.With("AmbientCapabilities").With("CapabilityBoundingSet", "CapabilityBoundingSet=", "PrivateUsers=yes");
        }
        return new GeneratedFile(name + ".service", $"""
            # {name}, served by Hotplate. Made by: hotplate generate systemd
            #
            # Change: User= and Group=, where the application writes, and who may read its secrets.
            #
            #   sudo adduser --system --group --home /var/lib/{name} --no-create-home {name}
            #   sudo cp {name}.service /etc/systemd/system/{name}.service
            #   sudo systemctl daemon-reload && sudo systemctl enable --now {name}
            #
            #   sudo systemctl reload {name}          new code; what does not load changes nothing
            #   sudo journalctl -u {name} -e          the log

            {unit}
            """);
    }

    private static string Reload(Site site, string? control) => control is null
        ? "ExecReload=/bin/kill -HUP $MAINPID"
        : $"ExecReload={Quoted.SystemdWord(site.Program)} reload --control {Quoted.SystemdWord(control)}";

    private static string[] Variables(Site site, string? control)
    {
        List<string> variables = [];
        if (site.Settings.Control.Socket == ControlSettings.Auto)
        {
            variables.Add($"HOTPLATE_CONTROL={control}");
        }
        variables.AddRange(site.Settings.App.Environment.Select(static pair => $"{pair.Key}={pair.Value}"));
        return [.. variables.Select(static variable => $"Environment={Quoted.SystemdValue(variable)}")];
    }

    private static string[] Folders(Site site, string? control)
    {
        var state = $"StateDirectory={site.Name}";
        return UsesLogs(site) ? [state, $"LogsDirectory={site.Name}", Writable(site, control)] : [state, Writable(site, control)];
    }

    private static bool UsesLogs(Site site) => Logs(site).Any(path => IsIn($"/var/log/{site.Name}", path));

    private static IEnumerable<string> Logs(Site site) => new[] { site.Settings.Log.AccessLogFile, site.Settings.Log.ErrorLogFile }.OfType<string>().Where(static path => path.StartsWith('/'));

    private static string Writable(Site site, string? control)
    {
        var name = site.Name;
        var files = Logs(site).Concat(site.Settings.Binds.Where(static bind => !bind.IsAbstract).Select(static bind => bind.UnixPath))
            .Append(site.Settings.Control.PidFile).Append(control).OfType<string>();
        var folders = files.Where(path => !IsIn($"/run/{name}", path) && !IsIn($"/var/log/{name}", path) && !IsIn($"/var/lib/{name}", path)).Select(static path => Path.GetDirectoryName(path)!).Distinct().ToList();
        return folders.Count > 0
            ? $"ReadWritePaths={string.Join(' ', folders.Select(Quoted.SystemdValue))}"
            : $"# ReadWritePaths={Quoted.SystemdValue(site.Directory.TrimEnd('/') + "/instance")}";
    }

    private static bool IsIn(string folder, string path) => path.StartsWith(folder + "/", StringComparison.Ordinal);
}
