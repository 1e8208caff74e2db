using Hotplate.Settings;

namespace Hotplate.Generate;

/// <summary>Rotation of the log files: <c>/etc/logrotate.d/shop</c>.</summary>
internal static class LogrotateFile
{
    public static GeneratedFile Make(Site site)
    {
        var (log, name) = (site.Settings.Log, site.Name);
        List<string> files = [.. new[] { log.AccessLogFile, log.ErrorLogFile }.Where(static file => file is not (null or "-")).Select(static file => file!).Distinct()];
        if (files.Count == 0)
        {
            throw new SettingException(ErrorCode.CannotGenerate, "these settings have no log file, and what goes to standard output or to the journal is rotated by whoever reads it. "
                + "Name one: --access-logfile /var/log/shop/access.log, --error-logfile /var/log/shop/error.log");
        }
        if (files.FirstOrDefault(static file => file.Contains('"', StringComparison.Ordinal) || file.Any(char.IsControl)) is { } odd)
        {
            throw new SettingException(ErrorCode.CannotGenerate, $"logrotate's file cannot hold the path {odd}. Choose one without quotes.");
        }
        var folder = Path.GetDirectoryName(files[0]);
        // It tells the server itself; the rest of the service has no log open.
        var tell = site.Settings.Control.PidFile is { } pid
            ? $"kill -USR1 \"$(cat {Quoted.Shell(pid)})\""
            : $"systemctl kill --signal=USR1 --kill-whom=main {name}.service";
        return new GeneratedFile(name, $$"""
            # Rotation of Hotplate's logs. Made by: hotplate generate logrotate
            #
            # Change: how often, and how many are kept.
            #
            #   sudo cp {{name}} /etc/logrotate.d/{{name}}
            #   sudo logrotate -d /etc/logrotate.d/{{name}}      shows what it would do

            {{string.Join(' ', files.Select(Quoted.Logrotate))}} {
                daily
                rotate 14
                maxage 90
                compress
                delaycompress
                missingok
                notifempty
                # The folder is the site's own, so it is the site's user who rotates, and root follows no link of its.
                {{(folder == "/var/log/" + name ? "" : "# ")}}su {{site.User}} {{site.Group}}
                sharedscripts
                postrotate
                    # USR1: Hotplate opens its log files anew.
                    {{tell}}
                endscript
            }

            """);
    }
}
