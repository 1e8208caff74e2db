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
            + "gunicorn's words: '%(h)s \"%(r)s\" %(s)s %(M)s'. gunicorn's spelling, --access-logformat, is understood.")
        {
            Aliases = ["access-logformat"],
            Read = ReadFormat,
            Show = settings => settings.Log.AccessLogPattern?.Text ?? s_formats[(int)settings.Log.AccessLogFormat],
        },
        new(SettingGroup.Logging, "log-level", "LEVEL", "The least important lines of the log to write: debug, info, warning, error or critical.")
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
            draft.Notes.Add($"The access log has a dash for {string.Join(", ", pattern.Unknown)}: that is not kept for it. docs/gunicorn.md lists what is.");
        }
    }
}
