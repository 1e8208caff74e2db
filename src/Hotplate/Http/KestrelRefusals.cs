using System.Buffers;
using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using Hotplate.Routing;
using Hotplate.Settings;
using Hotplate.Workers;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;

namespace Hotplate.Http;

/// <summary>Requests that Kestrel's parser refuses, and that <see cref="FrontApplication"/> never sees: they get our page, a line in each log, and are counted.</summary>
/// <remarks>
/// Kestrel answers them with a status alone, and tells nobody but its log what was wrong. So a logger listens (<see cref="Hearing"/>), and the connection that it
/// names exchanges the answer (<see cref="WatchedOutput"/>). Safe to use from any thread.
/// </remarks>
internal sealed class KestrelRefusals(HttpSettings settings, AnswerTally tally, AccessLog? accessLog, ILogger log)
{
    private AnswerTally Tally => tally;

    private readonly ConcurrentDictionary<string, WatchedTransport> connections = new(StringComparer.Ordinal);

    private readonly ConcurrentDictionary<string, Http2Output> streams = new(StringComparer.Ordinal);
    private readonly ErrorPageSet pages = new(settings.ErrorPages);

    /// <summary>Connection middleware, HTTP/1 only; the <see cref="HeadWatch"/> becomes a feature of the connection.</summary>
    internal ConnectionDelegate Watch(ConnectionDelegate next) => async connection =>
    {
        var watched = new WatchedTransport(connection, this);
        connection.Transport = watched;
        connection.Features.Set(watched.Watch);
        connection.Features.Set(watched.Answers);
        connections[connection.ConnectionId] = watched;
        try
        {
            await next(connection);
        }
        finally
        {
            connections.TryRemove(connection.ConnectionId, out _);
        }
    };

    /// <summary>Connection middleware, HTTP/2 only; the <see cref="Http2Output"/> becomes a feature of the connection.</summary>
    internal ConnectionDelegate WatchStreams(ConnectionDelegate next) => async connection =>
    {
        var watched = new WatchedStreams(connection.Transport, connection.Features.Get<ClientConnection>());
        connection.Transport = watched;
        connection.Features.Set(watched.Answers);
        streams[connection.ConnectionId] = watched.Answers;
        try
        {
            await next(connection);
        }
        finally
        {
            streams.TryRemove(connection.ConnectionId, out _);
        }
    };

    /// <summary>The loggers for Kestrel: those given, one of which is listened to.</summary>
    internal ILoggerFactory Hearing(ILoggerFactory loggers) => new Loggers(loggers, this);

    /// <summary>Writes what the client of a refused request gets, and tells the logs.</summary>
    /// <param name="kestrels">Kestrel's own answer: a whole head without a body.</param>
    internal void Answer(WatchedTransport transport, BadHttpRequestException reason, ReadOnlySpan<byte> kestrels, IBufferWriter<byte> output)
    {
        var head = new RefusedHead(transport.Watch.Head);
        var given = settings.TrustedProxies.Trusts(transport.Peer) ? head.Field("X-Request-Id") : null;
        var id = RequestId.FromTrusted(given).ToString();
        var (body, status) = (0, reason.StatusCode);
        var failed = transport.Watch.IsRefused ? RequestFailure.NoMemory : FailureRule.FromHead(reason, head);
        if (failed is { } failure)
        {
            tally.Count(failure);
            var rule = FailureRule.Of(failure);
            status = rule.Status;
            log.RequestRefused(rule.Level, head.Method, head.Target, rule.Status, rule.Label, reason.Message, id);
            var page = pages.Of(failure, head.Field("Accept"));
            var withBody = head.Method != HttpMethods.Head;
            if (TryWriteHead(kestrels, rule, page, id, output))
            {
                body = withBody ? page.Length(id) : 0;
                if (withBody)
                {
                    page.Write(output, id);
                }
            }
            else
            {
                output.Write(kestrels);
            }
        }
        else
        {
            log.RequestRefused(LogLevel.Debug, head.Method, head.Target, reason.StatusCode, "refused", reason.Message, id);
            output.Write(kestrels);
        }
        accessLog?.Write(new AccessLogEntry
        {
            Remote = transport.Peer?.ToString() ?? "",
            Line = head.RequestLine,
            Method = head.Method,
            Target = head.Target,
            Protocol = head.Protocol,
            Status = status,
            Bytes = body,
            Referer = head.Field("Referer"),
            UserAgent = head.Field("User-Agent"),
            RequestId = id,
            Failure = failed is { } why ? FailureRule.Of(why).Label : "refused",
        });
    }

    /// <summary>Kestrel's head with our fields. False: it is not what is expected, such as the frames that tell an HTTP/2 client to go away.</summary>
    private static bool TryWriteHead(ReadOnlySpan<byte> kestrels, FailureRule rule, ErrorPages.Page page, string id, IBufferWriter<byte> output)
    {
        if (!kestrels.StartsWith("HTTP/1.1 "u8) || kestrels.IndexOf("\r\n\r\n"u8) != kestrels.Length - 4)
        {
            return false;
        }
        output.Write(Encoding.Latin1.GetBytes(string.Create(CultureInfo.InvariantCulture, $"HTTP/1.1 {rule.Status} {rule.Title}\r\n")));
        if (rule.RetryAfter > 0)
        {
            output.Write(Encoding.Latin1.GetBytes(string.Create(CultureInfo.InvariantCulture, $"Retry-After: {rule.RetryAfter}\r\n")));
        }
        var theirs = kestrels[(kestrels.IndexOf("\r\n"u8) + 2)..^2];
        foreach (var part in theirs.Split("\r\n"u8))
        {
            var line = theirs[part];
            if (!line.IsEmpty && !IsOurs(line) && (rule.Status == StatusCodes.Status405MethodNotAllowed || !line.StartsWith("Allow:"u8)))
            {
                output.Write(line);
                output.Write("\r\n"u8);
            }
        }
        var fields = string.Create(
            CultureInfo.InvariantCulture,
            $"Content-Type: {page.ContentType}\r\nContent-Length: {page.Length(id)}\r\nCache-Control: no-store\r\nX-Request-Id: {id}\r\nConnection: close\r\n\r\n");
        output.Write(Encoding.Latin1.GetBytes(fields));
        return true;
    }

    private static bool IsOurs(ReadOnlySpan<byte> line) =>
        Ascii.EqualsIgnoreCase(line[..Math.Min(line.Length, "Content-Length:".Length)], "Content-Length:"u8)
        || Ascii.EqualsIgnoreCase(line[..Math.Min(line.Length, "Connection:".Length)], "Connection:"u8);

    /// <summary>False: nobody else tells the log.</summary>
    private bool Hear(string? connection, BadHttpRequestException reason)
    {
        if (connection is null || !connections.TryGetValue(connection, out var transport))
        {
            return false;
        }
        transport.Answers.Refuse(reason);
        return !transport.Watch.Head.IsEmpty;
    }

    private sealed class Loggers(ILoggerFactory inner, KestrelRefusals refusals) : ILoggerFactory
    {
        public ILogger CreateLogger(string categoryName)
        {
            var logger = inner.CreateLogger(categoryName);
            return categoryName switch
            {
                "Microsoft.AspNetCore.Server.Kestrel.BadRequests" => new Ear(logger, refusals),
                "Microsoft.AspNetCore.Server.Kestrel.Http2" => new StreamEar(logger, refusals),
                "Microsoft.AspNetCore.Server.Kestrel" => new KestrelLog(logger),
                _ => logger,
            };
        }

        public void AddProvider(ILoggerProvider provider) => inner.AddProvider(provider);

        /// <summary>The given ones are their owner's.</summary>
        public void Dispose()
        {
        }
    }

    /// <summary>Kestrel tells this logger what is wrong with a request on the connection's thread, before it answers.</summary>
    private sealed class Ear(ILogger inner, KestrelRefusals refusals) : ILogger
    {
        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Debug && logLevel != LogLevel.None;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => inner.BeginScope(state);

        void ILogger.Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (eventId.Name == "ConnectionBadRequest" && exception is BadHttpRequestException reason
                && state is IEnumerable<KeyValuePair<string, object?>> values
                && refusals.Hear(values.FirstOrDefault(static value => value.Key == "ConnectionId").Value as string, reason))
            {
                return;
            }
            if (inner.IsEnabled(logLevel))
            {
                inner.Log(logLevel, eventId, state, exception, formatter);
            }
        }
    }

    /// <summary>Kestrel tells this logger that it resets a stream, and why, before it does.</summary>
    private sealed class StreamEar(ILogger inner, KestrelRefusals refusals) : ILogger
    {
        // "connection:stream", the stream in eight hexadecimal digits.
        private const int StreamDigits = 8;

        public bool IsEnabled(LogLevel logLevel) => logLevel == LogLevel.Debug || inner.IsEnabled(logLevel);

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => inner.BeginScope(state);

        void ILogger.Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            // Its words for a head whose :path and the like are none; nothing of an answer is sent then.
            if (eventId.Name == "Http2StreamResetAbort" && exception is ConnectionAbortedException && exception.Message.StartsWith("The request :", StringComparison.Ordinal)
                && state is IEnumerable<KeyValuePair<string, object?>> values
                && values.FirstOrDefault(static value => value.Key == "TraceIdentifier").Value is string { Length: > StreamDigits } id
                && refusals.streams.TryGetValue(id[..^(StreamDigits + 1)], out var output)
                && int.TryParse(id.AsSpan(id.Length - StreamDigits), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var stream))
            {
                refusals.Tally.Count(RequestFailure.BadRequest);
                output.Refuse(stream);
            }
            // A client that resets streams as fast as it opens them, and others whose connection Kestrel ends for it: nothing that somebody here must do.
            if (eventId.Name is "Http2QueueOperationsExceeded" or "Http2FlowControlQueueOperationsExceeded" or "Http2TooManyEnhanceYourCalms")
            {
                logLevel = LogLevel.Debug;
            }
            if (inner.IsEnabled(logLevel))
            {
                inner.Log(logLevel, eventId, state, exception, formatter);
            }
        }
    }
}
