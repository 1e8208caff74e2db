namespace Hotplate.Http;

/// <summary>What the access log tells of one request. Times are microseconds.</summary>
internal readonly ref struct AccessLogEntry
{
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

    /// <summary>The application that was asked; empty or null: none.</summary>
    internal string? App { get; init; }

    /// <summary>Characters of all texts.</summary>
    internal int TextLength =>
        Remote.Length + (Line?.Length ?? 0) + Method.Length + Target.Length + Protocol.Length + (Referer?.Length ?? 0)
            + (UserAgent?.Length ?? 0) + RequestId.Length + (App?.Length ?? 0);
}
