using System.Diagnostics;
using Hotplate.Observability;
using Hotplate.Settings;
using Hotplate.Workers;

namespace Hotplate.Http;

/// <summary>One line for every answered request, in Apache's combined format, as a JSON object, or short.</summary>
/// <remarks>
/// Safe to call from any thread. The request path only puts the line into memory; <see cref="LineWriter"/> writes it. When whatever reads
/// the log is too slow, lines are dropped and counted, and requests go on.
/// </remarks>
/// <param name="pattern">In place of the format; null: there is none.</param>
/// <param name="shortens">Clients' addresses without their ends.</param>
internal sealed class AccessLog(
    LineWriter lines, AccessLogFormat format, TimeProvider time, AccessLogPattern? pattern = null, bool shortens = false)
{
    // As Apache's %t and as RFC 3339; made once a second.
    private readonly AccessLogClock combinedClock = new(time, "dd/MMM/yyyy:HH:mm:ss zz", local: true);
    private readonly AccessLogClock shortClock = new(time, "HH:mm:ss", local: true, offset: false);
    private readonly AccessLogClock jsonClock = new(time, "yyyy-MM-ddTHH:mm:ss", local: false);
    private readonly AccessLogLine? own = pattern is null ? null : new AccessLogLine(pattern, new AccessLogClock(time, "dd/MMM/yyyy:HH:mm:ss zz", local: true));

    /// <summary>The log that the settings ask for; null when they ask for none.</summary>
    /// <exception cref="ListenException">The file cannot be opened.</exception>
    internal static AccessLog? Open(LogSettings settings, LineWriter standardOutput, LogFiles files, TimeProvider time)
    {
        if (settings.AccessLogFile is not { } path)
        {
            return null;
        }
        try
        {
            return new AccessLog(
                path == "-" ? standardOutput : files.Open(path), settings.AccessLogFormat, time, settings.AccessLogPattern,
                settings.ShortensClients);
        }
        catch (IOException e)
        {
            throw new ListenException($"HP307  --access-logfile {path}: cannot be opened: {e.Message}. Let this user write there, or name another file.", e);
        }
    }

    /// <summary>Returns when every line added before is written.</summary>
    internal void Flush() => lines.Flush();

    /// <summary>Writes the line of a request when it has been answered, or was not.</summary>
    /// <param name="begun">When its head had been read: <see cref="Stopwatch.GetTimestamp"/>.</param>
    internal async Task AfterAsync(RequestContext context, long begun, Task answered)
    {
        try
        {
            await answered;
        }
        finally
        {
            var request = context.Request;
            var exchange = context.Exchange;
            Write(new AccessLogEntry
            {
                Remote = context.Origin.Address ?? context.PeerAddress,
                Method = request.Method,
                Target = request.RawTarget,
                Protocol = request.Protocol,
                Status = context.Failure == RequestFailure.None ? context.Response.StatusCode : FailureRule.Of(context.Failure).Status,
                Bytes = context.BytesSent,
                Referer = request.Headers.Referer,
                UserAgent = request.Headers.UserAgent,
                RequestId = context.RequestId,
                QueueMicroseconds = exchange?.QueuedMicroseconds ?? 0,
                AppMicroseconds = exchange?.RanMicroseconds ?? 0,
                TotalMicroseconds = (long)Stopwatch.GetElapsedTime(begun).TotalMicroseconds,
                WorkerPid = exchange?.WorkerPid ?? 0,
                RequestHeaders = request.Headers,
                ResponseHeaders = context.Response.Headers,
                IsHttps = context.IsHttps,
                Host = context.Fields.Host,
                Route = context.Tally.Route,
                App = context.Tally.App,
                TlsVersion = context.Tls?.Version ?? "",
                ServerName = context.Tls?.HostName ?? "",
                Failure = context.Failure == RequestFailure.None ? "" : FailureRule.Of(context.Failure).Label,
            });
        }
    }

    internal void Write(in AccessLogEntry entry)
    {
        if (shortens)
        {
            WriteLine(entry with { Remote = ShortAddress.Of(entry.Remote) });
        }
        else
        {
            WriteLine(entry);
        }
    }

    private void WriteLine(in AccessLogEntry entry)
    {
        if (own is not null)
        {
            var ownLine = new EscapedLine(own.Capacity(entry));
            own.Write(ref ownLine, entry);
            lines.TryWrite(ownLine.Written);
            return;
        }
        // A character becomes six bytes at most; the rest is numbers and names.
        var line = new EscapedLine(AccessLogJson.LongestFrame + (6 * entry.TextLength));
        switch (format)
        {
            case AccessLogFormat.Combined:
                WriteCombined(ref line, entry);
                break;
            case AccessLogFormat.Json:
                AccessLogJson.Write(ref line, entry, jsonClock);
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
}
