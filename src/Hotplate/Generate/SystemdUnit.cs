using System.Globalization;
using Hotplate.Settings;

namespace Hotplate.Generate;

/// <summary>A service of systemd's that may do little: <c>/etc/systemd/system/shop.service</c>.</summary>
internal static class SystemdUnit
{
    // Folders below /, as in systemd.exec(5), ProtectHome= and PrivateTmp=.
    private static readonly string[] s_hiddenByHome = ["home", "root", "run/user"];
    private static readonly string[] s_hiddenByTmp = ["tmp", "var/tmp"];

    public static GeneratedFile Make(Site site)
    {
        var (name, settings) = (site.Name, site.Settings);
        var control = settings.Control.Socket switch { ControlSettings.Auto => $"/run/{name}/control", var path => path };
        return new GeneratedFile(name + ".service", string.Create(CultureInfo.InvariantCulture, $"""
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

            [Unit]
            Description={Quoted.SystemdLine($"{name}, served by Hotplate")}
            Wants=network-online.target
            After=network-online.target

            [Service]
            # Up when the first worker serves; started anew when the thread that answers requests hangs.
            Type=notify
            WatchdogSec=30
            User={site.User}
            Group={site.Group}
            WorkingDirectory={Quoted.SystemdLine(site.Directory)}
            ExecStart={Quoted.SystemdWord(site.Program)} {string.Join(' ', site.Words().Select(Quoted.SystemdWord))}
            {Reload(site, control)}
            # Secrets, one NAME=value a line. systemd reads it, so that nobody but root needs to: chmod 600
            EnvironmentFile=-/etc/{name}.env
            {Variables(site, control)}
            TimeoutStartSec={Site.Seconds(settings.Reload.StartTimeout) + 30}
            # A stop takes --drain-delay and --graceful-timeout.
            TimeoutStopSec={site.StopSeconds(settings.DrainDelay)}
            KillMode=mixed
            Restart=always
            RestartSec=1
            # What was said is not understood: the same will be said again.
            RestartPreventExitStatus=2
            # A worker that the kernel kills for its memory is replaced; the service goes on.
            OOMPolicy=continue

            # Where it may write: /run/{name}, /var/lib/{name}{(UsesLogs(site) ? $", /var/log/{name}" : "")} and what is named here.
            RuntimeDirectory={name}
            StateDirectory={name}
            {(UsesLogs(site) ? $"LogsDirectory={name}\n" : "")}{Writable(site, control)}UMask=0027

            {Hardening(site)}
            [Install]
            WantedBy=multi-user.target

            """));
    }

    private static string Reload(Site site, string? control) => control is null
        ? "ExecReload=/bin/kill -HUP $MAINPID"
        : $"ExecReload={Quoted.SystemdWord(site.Program)} reload --control {Quoted.SystemdWord(control)}";

    private static string Variables(Site site, string? control)
    {
        List<string> variables = [];
        if (site.Settings.Control.Socket == ControlSettings.Auto)
        {
            variables.Add($"HOTPLATE_CONTROL={control}");
        }
        variables.AddRange(site.Settings.App.Environment.Select(static pair => $"{pair.Key}={pair.Value}"));
        return string.Concat(variables.Select(static variable => $"Environment={Quoted.SystemdValue(variable)}\n"));
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
            ? $"ReadWritePaths={string.Join(' ', folders.Select(Quoted.SystemdValue))}\n"
            : $"# ReadWritePaths={Quoted.SystemdValue(site.Directory.TrimEnd('/') + "/instance")}\n";
    }

    private static bool IsIn(string folder, string path) => path.StartsWith(folder + "/", StringComparison.Ordinal);

    private static string Hardening(Site site)
    {
        string[] paths = [site.Directory + "/", site.Program, site.Settings.App.Python, (site.Settings.App.Venv ?? "") + "/"];
        var home = paths.Any(static path => s_hiddenByHome.Any(folder => IsIn("/" + folder, path)));
        var tmp = paths.Any(static path => s_hiddenByTmp.Any(folder => IsIn("/" + folder, path)));
        var low = site.Settings.Binds.Any(static bind => bind.EndPoint is { Port: > 0 and < 1024 });
        return $"""
            {(low ? "# A port below 1024 needs this one right.\nAmbientCapabilities=CAP_NET_BIND_SERVICE\nCapabilityBoundingSet=CAP_NET_BIND_SERVICE" : "CapabilityBoundingSet=")}
            NoNewPrivileges=yes
            ProtectSystem=strict
            {(home ? "# The application or its Python is in there. In /srv it would be better off.\nProtectHome=read-only" : "ProtectHome=yes")}
            {(tmp ? "# The application or its Python is in there, where it will not stay.\nPrivateTmp=no" : "PrivateTmp=yes")}
            PrivateDevices=yes
            PrivateMounts=yes
            {(low ? "" : "PrivateUsers=yes\n")}ProtectProc=invisible
            ProtectClock=yes
            ProtectHostname=yes
            ProtectKernelLogs=yes
            ProtectKernelModules=yes
            ProtectKernelTunables=yes
            ProtectControlGroups=yes
            RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6
            RestrictNamespaces=yes
            RestrictRealtime=yes
            RestrictSUIDSGID=yes
            RemoveIPC=yes
            KeyringMode=private
            LockPersonality=yes
            SystemCallArchitectures=native
            SystemCallFilter=@system-service
            SystemCallFilter=~@privileged
            SystemCallErrorNumber=EPERM
            # Stricter still, unless the application uses ctypes or cffi, or compiles while it runs:
            # MemoryDenyWriteExecute=yes
            # No connections but these, when it needs no others:
            # IPAddressDeny=any
            # IPAddressAllow=localhost

            """;
    }
}
