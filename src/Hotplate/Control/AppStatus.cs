namespace Hotplate.Control;

/// <summary>How an application does. Times are seconds.</summary>
internal record AppStatus
{
    public required string App { get; init; }

    public required string Target { get; init; }

    /// <summary>starting, serving, reloading, stopping; down: it could not be started; of a server also replaced: another process
    /// serves in its place.</summary>
    public required string State { get; init; }

    /// <summary>Why it is down.</summary>
    public string? Why { get; init; }

    /// <summary>Of the application's Python; empty until a worker has told.</summary>
    public required string Python { get; init; }

    /// <summary>Requests that wait for a worker.</summary>
    public required int Waiting { get; init; }

    /// <summary>Requests at workers.</summary>
    public required int InFlight { get; init; }

    /// <summary>Those with processes, the one that serves first.</summary>
    public required IReadOnlyList<GenerationStatus> Generations { get; init; }

    /// <summary>How many workers were started again, by why the one before ended.</summary>
    public required IReadOnlyDictionary<string, long> Restarts { get; init; }

    /// <summary>The last deaths, the newest first.</summary>
    public required IReadOnlyList<DeathStatus> Deaths { get; init; }

    /// <summary>Requests that workers died of, the newest first.</summary>
    public required IReadOnlyList<PoisonStatus> Poisons { get; init; }

    /// <summary>What a reload tries at the moment; null: nothing.</summary>
    public CanaryStatus? Canary { get; init; }

    public ReloadStatus? LastReload { get; init; }
}
