using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging;

namespace Hotplate.Observability;

/// <summary>How a line of the server's log looks: <c>[2026-11-22 10:00:00 +0000] [4182] [INFO] text</c>, as gunicorn's.</summary>
internal static class LogLine
{
    /// <param name="now">Null: no time.</param>
    public static string Format(DateTimeOffset? now, int pid, LogLevel level, string text, Exception? exception = null)
    {
        var line = new StringBuilder(text.Length + 64);
        if (now is { Offset: var offset } at)
        {
            line.Append(CultureInfo.InvariantCulture, $"[{at:yyyy-MM-dd HH:mm:ss} ")
                .Append(offset < TimeSpan.Zero ? '-' : '+')
                .Append(CultureInfo.InvariantCulture, $"{offset:hhmm}] ");
        }
        line.Append(CultureInfo.InvariantCulture, $"[{pid}] [{Name(level)}] ").Append(Visible.Line(text));
        if (exception is not null)
        {
            line.Append('\n').Append(Visible.Lines(exception.ToString()));
        }
        return line.ToString();
    }

    private static string Name(LogLevel level) => level switch
    {
        LogLevel.Trace or LogLevel.Debug => "DEBUG",
        LogLevel.Information => "INFO",
        LogLevel.Warning => "WARNING",
        LogLevel.Error => "ERROR",
        _ => "CRITICAL",
    };
}
