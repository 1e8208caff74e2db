using Hotplate.Observability;
using Hotplate.Settings;

namespace Hotplate.Http;

/// <summary>One line for every answered request, in Apache's combined format, as a JSON object, or short.</summary>
/// <remarks>
/// Safe to call from any thread. The request path only puts the line into memory; <see cref="LineWriter"/> writes it. When whatever reads
/// the log is too slow, lines are dropped and counted, and requests go on.
/// </remarks>
/// <param name="namesApps">JSON has the application's name, since there are several.</param>
internal sealed class AccessLog(
    LineWriter lines, AccessLogFormat format, TimeProvider time, AccessLogPattern? pattern = null, bool namesApps = false)
{
    // As Apache's %t and as RFC 3339; made once a second.
    private readonly AccessLogClock combinedClock = new(time, "dd/MMM/yyyy:HH:mm:ss zz", local: true);
    private readonly AccessLogClock shortClock = new(time, "HH:mm:ss", local: true, offset: false);
    private readonly AccessLogClock jsonClock = new(time, "yyyy-MM-ddTHH:mm:ss", local: false);
    private readonly AccessLogLine? own = pattern is null ? null : new AccessLogLine(pattern, new AccessLogClock(time, "dd/MMM/yyyy:HH:mm:ss zz", local: true));

    /// <summary>The log that the settings ask for; null when they ask for none.</summary>
    /// <exception cref="ListenException">The file cannot be opened.</exception>
    internal static AccessLog? Open(
        LogSettings settings, LineWriter standardOutput, LogFiles files, TimeProvider time, bool namesApps = false)
    {
        if (settings.AccessLogFile is not { } path)
        {
            return null;
        }
        try
        {
            var lines = path == "-" ? standardOutput : files.Open(path);
            return new AccessLog(lines, settings.AccessLogFormat, time, settings.AccessLogPattern, namesApps);
        }
        catch (IOException e)
        {
            throw new ListenException($"HP307  --access-logfile {path}: cannot be opened: {e.Message}. Let this user write there, or name another file.", e);
        }
    }

    /// <summary>Returns when every line added before is written.</summary>
    internal void Flush() => lines.Flush();

    internal void Write(in AccessLogEntry entry)
    {
        if (own is not null)
        {
            var ownLine = new EscapedLine(own.Capacity(entry));
            own.Write(ref ownLine, entry);
            lines.TryWrite(ownLine.Written);
            return;
        }
        // A character becomes six bytes at most; the rest is numbers and names.
        var line = new EscapedLine(512 + (6 * entry.TextLength));
        switch (format)
        {
            case AccessLogFormat.Combined:
                WriteCombined(ref line, entry);
                break;
            case AccessLogFormat.Json:
                WriteJson(ref line, entry);
                break;
            default:
                WriteShort(ref line, entry);
                break;
        }
        lines.TryWrite(line.Written);
    }

    private void WriteCombined(ref EscapedLine line, in AccessLogEntry entry)
    {
        line.Apache(entry.Remote.Length == 0 ? "-" : entry.Remote);
        line.Raw(" - - ["u8);
        line.Raw(combinedClock.Now(out _));
        line.Raw("] \""u8);
        if (entry.Line is null)
        {
            line.Apache(entry.Method);
            line.Raw(" "u8);
            line.Apache(entry.Target);
            line.Raw(" "u8);
            line.Apache(entry.Protocol);
        }
        else
        {
            line.Apache(entry.Line);
        }
        line.Raw("\" "u8);
        line.Number(entry.Status);
        line.Raw(" "u8);
        if (entry.Bytes == 0)
        {
            line.Raw("-"u8);
        }
        else
        {
            line.Number(entry.Bytes);
        }
        line.Raw(" \""u8);
        line.Apache(string.IsNullOrEmpty(entry.Referer) ? "-" : entry.Referer);
        line.Raw("\" \""u8);
        line.Apache(string.IsNullOrEmpty(entry.UserAgent) ? "-" : entry.UserAgent);
        line.Raw("\""u8);
    }

    private void WriteShort(ref EscapedLine line, in AccessLogEntry entry)
    {
        line.Raw(shortClock.Now(out _));
        line.Raw(" "u8);
        line.Apache(entry.Method);
        line.Raw(" "u8);
        line.Apache(entry.Target);
        line.Raw(" "u8);
        line.Number(entry.Status);
        line.Raw(" "u8);
        line.Number(entry.TotalMicroseconds / 1000);
        line.Raw("."u8);
        line.Number(entry.TotalMicroseconds % 1000 / 100);
        line.Raw(" ms"u8);
    }

    private void WriteJson(ref EscapedLine line, in AccessLogEntry entry)
    {
        line.Raw("{\"time\":\""u8);
        line.Raw(jsonClock.Now(out var millisecond));
        line.Raw("."u8);
        line.ThreeDigits(millisecond);
        line.Raw("Z\",\"remote\":"u8);
        line.Json(entry.Remote);
        line.Raw(",\"method\":"u8);
        line.Json(entry.Method);
        line.Raw(",\"target\":"u8);
        line.Json(entry.Target);
        line.Raw(",\"protocol\":"u8);
        line.Json(entry.Protocol);
        line.Raw(",\"status\":"u8);
        line.Number(entry.Status);
        line.Raw(",\"bytes\":"u8);
        line.Number(entry.Bytes);
        line.Raw(",\"referer\":"u8);
        line.Json(entry.Referer);
        line.Raw(",\"user_agent\":"u8);
        line.Json(entry.UserAgent);
        line.Raw(",\"request_id\":"u8);
        line.Json(entry.RequestId);
        line.Raw(",\"queue_us\":"u8);
        line.Number(entry.QueueMicroseconds);
        line.Raw(",\"app_us\":"u8);
        line.Number(entry.AppMicroseconds);
        line.Raw(",\"total_us\":"u8);
        line.Number(entry.TotalMicroseconds);
        line.Raw(",\"worker\":"u8);
        line.Number(entry.WorkerPid);
        if (namesApps && entry.App is { Length: > 0 } app)
        {
            line.Raw(",\"app\":"u8);
            line.Json(app);
        }
        line.Raw("}"u8);
    }
}
