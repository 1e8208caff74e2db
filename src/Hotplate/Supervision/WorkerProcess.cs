using Hotplate.Workers;

namespace Hotplate.Supervision;

/// <summary>One worker as the control plane sees it: a process with an end, and its last words.</summary>
internal sealed class WorkerProcess(Worker worker, Generation generation)
{
    internal Worker Worker { get; } = worker;

    internal Generation Generation { get; } = generation;

    internal int Id => Worker.Id;

    internal required DateTimeOffset StartedAt { get; init; }

    /// <summary>It said that it serves, at least once.</summary>
    internal bool WasReady { get; set; }

    /// <summary>It was asked to go, so its end is no news.</summary>
    internal bool Expected { get; set; }

    internal ExitReason? Exit { get; set; }

    internal LastWords Words { get; } = new();
}
