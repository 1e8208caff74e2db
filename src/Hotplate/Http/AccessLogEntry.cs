using Microsoft.AspNetCore.Http;

namespace Hotplate.Http;

/// <summary>What the access log tells of one request. Times are microseconds.</summary>
internal readonly ref struct AccessLogEntry
{
    public AccessLogEntry()
    {
    }

    /// <summary>REMOTE_ADDR; empty for a Unix socket's peer.</summary>
    internal required string Remote { get; init; }

    /// <summary>The request line where it could not be read; null: it is made of the three parts.</summary>
    internal string? Line { get; init; }

    internal required string Method { get; init; }

    /// <summary>As it stood in the request line.</summary>
    internal required string Target { get; init; }

    internal required string Protocol { get; init; }

    /// <summary>499 when the client left before its answer.</summary>
    internal required int Status { get; init; }

    /// <summary>Bytes of body sent.</summary>
    internal long Bytes { get; init; }

    internal string? Referer { get; init; }

    internal string? UserAgent { get; init; }

    internal required string RequestId { get; init; }

    /// <summary>From the whole request read to a worker's beginning it.</summary>
    internal long QueueMicroseconds { get; init; }

    /// <summary>While the application ran.</summary>
    internal long AppMicroseconds { get; init; }

    /// <summary>From the head read to the answer written.</summary>
    internal long TotalMicroseconds { get; init; }

    /// <summary>The worker that answered; 0 when none did.</summary>
    internal int WorkerPid { get; init; }

    /// <summary>Null: it could not be read.</summary>
    internal IHeaderDictionary? RequestHeaders { get; init; }

    /// <summary>Null: the parser refused the request.</summary>
    internal IHeaderDictionary? ResponseHeaders { get; init; }

    /// <summary>As a trusted proxy tells it, like <see cref="Host"/>.</summary>
    internal bool IsHttps { get; init; }

    /// <summary>With its port, as the client wrote it; null: none was named.</summary>
    internal string? Host { get; init; }

    /// <summary>As metrics have it; empty: none took the request.</summary>
    internal string Route { get; init; } = "";

    /// <summary>The application that was asked; empty: none was.</summary>
    internal string App { get; init; } = "";

    /// <summary>"TLSv1.3"; empty: the client came without.</summary>
    internal string TlsVersion { get; init; } = "";

    /// <summary>What the client has named in the handshake; empty: nothing.</summary>
    internal string ServerName { get; init; } = "";

    /// <summary>Why the application gave no whole answer, as metrics have it; empty: it did.</summary>
    internal string Failure { get; init; } = "";

    /// <summary>Characters of all texts but of header fields.</summary>
    internal int TextLength =>
        Remote.Length + (Line?.Length ?? 0) + Method.Length + Target.Length + Protocol.Length + (Referer?.Length ?? 0)
        + (UserAgent?.Length ?? 0) + RequestId.Length + (Host?.Length ?? 0) + Route.Length + App.Length + TlsVersion.Length
        + ServerName.Length + Failure.Length;
}
