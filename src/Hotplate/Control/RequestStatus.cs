namespace Hotplate.Control;

/// <summary>One request in flight, as <c>hotplate ps</c> shows it. Times are seconds.</summary>
internal sealed record RequestStatus
{
    /// <summary>As in logs and on error pages; "-" when nobody knows it any more.</summary>
    public required string Id { get; init; }

    /// <summary>waiting, ready, running, answering or left.</summary>
    public required string Phase { get; init; }

    /// <summary>Since it was read.</summary>
    public required double Age { get; init; }

    /// <summary>Until the application began with it, or until now.</summary>
    public required double QueueTime { get; init; }

    public required string Method { get; init; }

    /// <summary>Path and query as they stood in the request line.</summary>
    public required string Path { get; init; }

    /// <summary>The application that it is for.</summary>
    public string? App { get; init; }

    /// <summary>The worker's process; null while it waits.</summary>
    public int? Worker { get; init; }

    /// <summary>The kernel's id of the thread that runs it; null before.</summary>
    public int? Thread { get; init; }
}
