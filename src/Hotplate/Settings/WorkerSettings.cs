namespace Hotplate.Settings;

/// <summary>How many workers and threads, and how requests are shared out among them.</summary>
internal sealed record WorkerSettings
{
    /// <summary>Worker processes to start with, 1 to 1024. Default: the CPUs this process may use (affinity and cgroup limit), at least 1.</summary>
    public int Count { get; init; } = 1;

    /// <summary>The fewest there are when little is to do; null is <see cref="Count"/>.</summary>
    public int? Least { get; init; }

    /// <summary>The most there are when requests wait; null is <see cref="Count"/>.</summary>
    public int? Most { get; init; }

    /// <summary>As many as <paramref name="cpus"/>, and down to two while little is to do: one that dies is then never the only one.</summary>
    public WorkerSettings WithWorkersFor(int cpus) => this with { Count = cpus, Least = Math.Min(2, cpus), Most = cpus, IsAuto = true };

    /// <summary>As many as suit the machine and the application: one where that keeps its sessions in one process.</summary>
    public bool IsAuto { get; init; }

    /// <summary>Most threads of one worker that may run requests at a time, 1 to 1024; started only when requests wait for blocked ones. Default 256.</summary>
    public int Threads { get; init; } = 256;

    /// <summary>How many times the share that predicted-fast requests get over predicted-slow ones when both wait; 1 is plain first come,
    /// first served. Default 2.</summary>
    public int FairQueue { get; init; } = 2;

    /// <summary>How much predicted work may lie ready at a busy worker, in microseconds; null, the default, is by load.</summary>
    public int? ReadyWorkMicroseconds { get; init; }

    /// <summary>Most requests that may wait for a worker; the next gets 503. Default 2048 (gunicorn's backlog).</summary>
    public int MaxQueue { get; init; } = 2048;

    /// <summary>Which requests go to one worker while it lives; null: none, the default.</summary>
    public AffinityRule? Affinity { get; init; }

    /// <summary>After how long without a request an application ends until the next one, which starts it; null: never, the default.</summary>
    public TimeSpan? IdleStop { get; init; }

    /// <summary>How long a request may wait for a worker before it gets 503. Default 30 s.</summary>
    public TimeSpan MaxQueueTime { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a request may run without giving its client anything, before it is ended. 0 is for ever. Default 30 s, as gunicorn's.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>From when on a request that gives its client nothing is logged with its stack, while it runs. 0 is never, the default.</summary>
    public TimeSpan SlowRequest { get; init; }
}
