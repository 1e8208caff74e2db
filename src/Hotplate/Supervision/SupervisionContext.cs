using Hotplate.Observability;
using Hotplate.Settings;
using Hotplate.Workers;

namespace Hotplate.Supervision;

/// <summary>What all generations of one app share.</summary>
internal sealed class SupervisionContext
{
    private readonly int[] left = new int[Enum.GetValues<LeaveReason>().Length];
    private int lastWorkerId;

    internal required AppSettings App { get; init; }

    internal required WorkerSettings Settings { get; init; }

    /// <summary>How many workers there are to be.</summary>
    internal required Workforce Workforce { get; init; }

    internal required WorkerFiles Files { get; init; }

    internal required WorkerPool Pool { get; init; }

    internal required OutputPump Output { get; init; }

    /// <summary>Takes what the application wrote to stdout.</summary>
    internal required Action<AppWords> WriteOut { get; init; }

    /// <summary>Takes what the application wrote to stderr.</summary>
    internal required Action<AppWords> WriteError { get; init; }

    /// <summary>Takes the bytes that it wrote to either instead, as they are (--output raw); null: they are read as text.</summary>
    internal (LineWriter Output, LineWriter Error)? Raw { get; init; }

    /// <summary>How long a worker that is let go may take to finish.</summary>
    internal required TimeSpan Graceful { get; init; }

    internal MemoryKills MemoryKills { get; } = new();

    /// <summary>Starts a zygote in another way than as the application's Python; its standard output and error are given.</summary>
    internal Func<int, int, Zygote>? StartZygote { get; init; }

    /// <summary>The zygote of the first generation, if it was begun before; null: none was.</summary>
    internal EarlyPython? Early { get; init; }

    /// <summary>Takes the folders that a worker's code came from, and those of packages; null: nobody wants to know.</summary>
    internal Action<IReadOnlyList<string>, IReadOnlyList<string>>? Imported { get; init; }

    /// <summary>What workers are asked that become ready in a generation that serves; null: nothing.</summary>
    internal WarmUp? WarmUp { get; init; }

    internal required TimeProvider Time { get; init; }

    internal required ILogger Log { get; init; }

    internal required ServiceHistory History { get; init; }

    /// <summary>Never the same twice, whatever the generation.</summary>
    internal int NextWorkerId() => Interlocked.Increment(ref lastWorkerId);

    /// <summary>How many workers were let go for this reason since the server started.</summary>
    internal int LeftFor(LeaveReason reason) => Volatile.Read(ref left[(int)reason]);

    internal void CountLeaving(LeaveReason reason) => Interlocked.Increment(ref left[(int)reason]);
}
