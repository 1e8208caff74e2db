namespace Hotplate.Supervision;

/// <summary>What became of workers and reloads since the server started: all of it in numbers, the last few in words.</summary>
/// <remarks>Safe to call from any thread.</remarks>
internal sealed class ServiceHistory(TimeProvider time)
{
    private const int Kept = 8;
    private readonly Lock gate = new();
    private readonly Queue<WorkerDeath> deaths = new();
    private readonly SortedDictionary<string, long> restarts = new(StringComparer.Ordinal);
    private readonly long[] reloads = new long[Enum.GetValues<ReloadOutcome>().Length];

    private readonly long began = time.GetTimestamp();

    /// <summary>By the clock on the wall, which may be set later: <see cref="Uptime"/> is not the time since then.</summary>
    internal DateTimeOffset StartedAt { get; } = time.GetUtcNow();

    internal TimeSpan Uptime => time.GetElapsedTime(began);

    /// <summary>What the last reload came to; null before any.</summary>
    internal ReloadRecord? LastReload { get; private set; }

    /// <summary>The last deaths that nobody had asked for, the newest first.</summary>
    internal IReadOnlyList<WorkerDeath> Deaths
    {
        get
        {
            lock (gate)
            {
                return [.. deaths.Reverse()];
            }
        }
    }

    /// <summary>How many workers were started again, by why the one before ended.</summary>
    internal IReadOnlyList<KeyValuePair<string, long>> Restarts
    {
        get
        {
            lock (gate)
            {
                return [.. restarts];
            }
        }
    }

    internal long Reloads(ReloadOutcome outcome) => Volatile.Read(ref reloads[(int)outcome]);

    internal void WorkerDied(WorkerProcess process, ExitReason reason) => Add(
        process.WasReady ? reason.Label : "boot",
        new WorkerDeath(time.GetTimestamp(), process.Worker.Pid, process.Generation.Number, process.WasReady ? reason.ToString() : $"{reason} while it started"));

    /// <summary>The zygote went, and all its workers with it.</summary>
    internal void ZygoteDied(int pid, int generation, ExitReason? reason) =>
        Add("zygote", new WorkerDeath(time.GetTimestamp(), pid, generation, $"the zygote and its workers: {reason?.ToString() ?? "unknown"}"));

    internal void Reloaded(int generation, ReloadOutcome outcome, ReloadResult result)
    {
        LastReload = new ReloadRecord(time.GetTimestamp(), generation, outcome, result.Message, result.Error);
        Interlocked.Increment(ref reloads[(int)outcome]);
    }

    private void Add(string label, WorkerDeath death)
    {
        lock (gate)
        {
            if (deaths.Count == Kept)
            {
                deaths.Dequeue();
            }
            deaths.Enqueue(death);
            restarts[label] = restarts.GetValueOrDefault(label) + 1;
        }
    }
}

/// <summary>One death that nobody had asked for.</summary>
/// <param name="At">A timestamp of the server's clock.</param>
internal sealed record WorkerDeath(long At, int Pid, int Generation, string Reason);

/// <summary>One reload that was tried.</summary>
/// <param name="At">A timestamp of the server's clock.</param>
internal sealed record ReloadRecord(long At, int Generation, ReloadOutcome Outcome, string Message, string? Error);

/// <summary>What a reload can come to.</summary>
internal enum ReloadOutcome
{
    /// <summary>The new generation serves.</summary>
    Serves,

    /// <summary>It was not fit to serve, and nothing has changed.</summary>
    Failed,

    /// <summary>It served, did badly, and the old one serves again.</summary>
    RolledBack,
}
