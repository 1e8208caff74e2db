namespace Hotplate.Control;

/// <summary>How a server does, as <c>hotplate status</c> shows it. Times are seconds. What is of one application is of the first.</summary>
internal sealed record ServerStatus : AppStatus
{
    public required string Version { get; init; }

    public required int Pid { get; init; }

    public required double Uptime { get; init; }

    /// <summary>The file of its log; null: its standard error.</summary>
    public string? Log { get; init; }

    /// <summary>Where it listens.</summary>
    public required IReadOnlyList<string> Addresses { get; init; }

    /// <summary>All applications, where the file has tables for them; null: there is one.</summary>
    public IReadOnlyList<AppStatus>? Apps { get; init; }

    /// <summary>Of its applications.</summary>
    internal IEnumerable<string> Names => Apps?.Select(static app => app.App) ?? [App];
}

/// <summary>One generation of workers.</summary>
internal sealed record GenerationStatus
{
    public required int Number { get; init; }

    /// <summary>starting, canary, serving, parked or ended.</summary>
    public required string State { get; init; }

    public required int ZygotePid { get; init; }

    public required IReadOnlyList<WorkerStatus> Workers { get; init; }
}

/// <summary>One worker.</summary>
internal sealed record WorkerStatus
{
    /// <summary>Counts upward over the server's life.</summary>
    public required int Id { get; init; }

    public required int Pid { get; init; }

    /// <summary>starting, ready, draining or exited.</summary>
    public required string State { get; init; }

    public required double Uptime { get; init; }

    /// <summary>Requests it has in hand.</summary>
    public required int InFlight { get; init; }

    /// <summary>How many it runs at a time.</summary>
    public required int Concurrency { get; init; }

    public required long Answered { get; init; }

    /// <summary>How many of those were 5xx.</summary>
    public required long ServerErrors { get; init; }

    /// <summary>Seconds that its requests waited for the GIL, as in the metric of that name.</summary>
    public required double GilWait { get; init; }

    /// <summary>Seconds of CPU time that it has used.</summary>
    public double Cpu { get; init; }

    /// <summary>Bytes in RAM, what it shares with others included.</summary>
    public required long Memory { get; init; }
}

/// <summary>A worker that ended without being asked to.</summary>
internal sealed record DeathStatus
{
    /// <summary>Seconds ago.</summary>
    public required double Ago { get; init; }

    public required int Pid { get; init; }

    public required int Generation { get; init; }

    public required string Reason { get; init; }
}

/// <summary>Requests of one method and target that workers died of.</summary>
internal sealed record PoisonStatus
{
    /// <summary>Seconds since the last one failed.</summary>
    public required double Ago { get; init; }

    public required string Method { get; init; }

    public required string Path { get; init; }

    /// <summary>How many there were.</summary>
    public required int Count { get; init; }

    /// <summary>The last one's.</summary>
    public required string Id { get; init; }
}

/// <summary>A reload and what it came to.</summary>
internal sealed record ReloadStatus
{
    /// <summary>Seconds ago.</summary>
    public required double Ago { get; init; }

    public required int Generation { get; init; }

    /// <summary>serves, failed or rolled_back.</summary>
    public required string Outcome { get; init; }

    public required string Message { get; init; }

    /// <summary>The code of what went wrong.</summary>
    public string? Error { get; init; }
}
