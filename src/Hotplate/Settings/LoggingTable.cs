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
        new(SettingGroup.Logging, "access-log-format", "combined|json|short", "How its lines look: Apache's combined format, one JSON object a line, or short ones for a terminal.")
        {
            Read = (draft, text) => draft.Log = draft.Log with { AccessLogFormat = AccessLogFormat.Combined + Values.Choice(text, s_formats) },
            Show = settings => s_formats[(int)settings.Log.AccessLogFormat],
        },
        new(SettingGroup.Logging, "log-level", "LEVEL", "The least important lines of the log to write: debug, info, warning, error or critical.")
        {
            Read = (draft, text) => draft.Log = draft.Log with { Level = LogLevel.Debug + Values.Choice(text.ToLowerInvariant(), s_levels) },
            Show = settings => s_levels[settings.Log.Level - LogLevel.Debug],
        },
    ];
}
