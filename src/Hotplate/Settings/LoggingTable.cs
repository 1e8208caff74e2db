using Microsoft.Extensions.Logging;

namespace Hotplate.Settings;

/// <summary>Settings of what is written where.</summary>
internal static class LoggingTable
{
    private static readonly string[] s_levels = ["debug", "info", "warning", "error", "critical"];
    private static readonly string[] s_formats = ["combined", "json", "short"];

    public static IReadOnlyList<Setting> All { get; } =
    [
        new(SettingGroup.Logging, "access-logfile", "FILE|-|none", "The access log; - is standard output.")
        {
            Read = (draft, text) => draft.Log = draft.Log with { AccessLogFile = text is "-" ? text : text is "none" ? null : draft.LogFile(text) },
            Show = settings => settings.Log.AccessLogFile ?? "none",
        },
        new(SettingGroup.Logging, "access-log-format", "combined|json|short|PATTERN", "How its lines look: Apache's combined format, one JSON object a line, short ones for a terminal, or "
            + "gunicorn's words and ours: '%(h)s \"%(r)s\" %(s)s %(queue_us)s' (docs/logs.md). gunicorn's spelling, --access-logformat, is "
            + "understood.")
        {
            Aliases = ["access-logformat"],
            Read = ReadFormat,
            Show = settings => settings.Log.AccessLogPattern?.Text ?? s_formats[(int)settings.Log.AccessLogFormat],
        },
        new(SettingGroup.Logging, "access-log-clients", "full|short",
            "Clients' addresses in the access log: whole, or only their network, of IPv4 the /24 and of IPv6 the /48, for privacy.")
        {
            Read = (draft, text) => draft.Log = draft.Log with { ShortensClients = Values.Choice(text, "full", "short") == 1 },
            Show = settings => settings.Log.ShortensClients ? "short" : "full",
        },
        new(SettingGroup.Logging, "error-logfile", "FILE|-", "The server's own log, and what applications write to wsgi.errors; - is standard error.")
        {
            Aliases = ["log-file"],
            Read = (draft, text) => draft.Log = draft.Log with { ErrorLogFile = text == "-" ? null : draft.LogFile(text) },
            Show = settings => settings.Log.ErrorLogFile ?? "-",
        },
        new(SettingGroup.Logging, "log-max-size", "SIZE|none",
            "A log file that has grown to this is moved away, access.log to access.log.1, what was that to access.log.2 and so on, and a "
            + "new one is begun; from 4K.")
        {
            Read = (draft, text) => draft.Log = draft.Log with
            {
                MaxFileSize = text == "none" ? null : Values.Size(text, 4096, long.MaxValue, or: "none"),
            },
            Show = settings => settings.Log.MaxFileSize is { } size ? Values.ShowSize(size) : "none",
        },
        new(SettingGroup.Logging, "log-keep", "N", "How many log files that were moved away are kept of each, 1 to 1000.")
        {
            Read = (draft, text) => draft.Log = draft.Log with { Keep = Values.Whole(text, 1, 1000) },
            Show = settings => settings.Log.Keep.ToString(),
        },
        new(SettingGroup.Logging, "log-format", "text|json", "How everything looks that the server writes: text, or JSON, one object a line. json is for the access log, too, unless --access-log-format says "
            + "otherwise.")
        {
            Read = (draft, text) => draft.Log = draft.Log with { Json = Values.Choice(text, "text", "json") == 1 },
            Show = settings => settings.Log.Json ? "json" : "text",
        },
        new(SettingGroup.Logging, "output", "lines|raw", "What the application prints: lines, with the worker's pid before them and a record of Python's logging as one; or raw, byte for byte.")
        {
            Read = (draft, text) => draft.Log = draft.Log with { RawOutput = Values.Choice(text, "lines", "raw") == 1 },
            Show = settings => settings.Log.RawOutput ? "raw" : "lines",
        },
        new(SettingGroup.Logging, "log-level", "LEVEL", "The least important lines of the server's own log to write: debug, info, warning, error or critical. What the application says is always written.")
        {
            Read = (draft, text) => draft.Log = draft.Log with { Level = LogLevel.Debug + Values.Choice(text.ToLowerInvariant(), s_levels) },
            Show = settings => s_levels[settings.Log.Level - LogLevel.Debug],
        },
    ];

    private static void ReadFormat(SettingsDraft draft, string text)
    {
        if (!text.Contains("%(", StringComparison.Ordinal))
        {
            draft.Log = draft.Log with { AccessLogFormat = AccessLogFormat.Combined + Values.Choice(text, s_formats), AccessLogPattern = null };
            return;
        }
        var pattern = AccessLogPattern.Parse(text);
        draft.Log = draft.Log with { AccessLogPattern = pattern };
        if (pattern.Unknown.Count > 0)
        {
            draft.Notes.Add(
                $"The access log has a dash for {string.Join(", ", pattern.Unknown)}: only the application knows that. docs/logs.md "
                + "lists what the server knows.");
        }
    }
}
