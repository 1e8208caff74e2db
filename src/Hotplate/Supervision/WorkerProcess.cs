using Hotplate.Workers;

namespace Hotplate.Supervision;

/// <summary>One worker as the control plane sees it: a process with an end, and its last words.</summary>
internal sealed class WorkerProcess(Worker worker, Generation generation)
{
    internal Worker Worker { get; } = worker;

    internal Generation Generation { get; } = generation;

    internal int Id => Worker.Id;

    /// <summary>A timestamp of the server's clock.</summary>
    internal required long StartedAt { get; init; }

    /// <summary>Its application was told that no other worker runs beside it (wsgi.multiprocess).</summary>
    internal bool Alone { get; init; }

    /// <summary>It said that it serves, at least once.</summary>
    internal bool WasReady { get; set; }

    /// <summary>It gets requests, or did until it was to go.</summary>
    internal bool InService { get; set; }

    /// <summary>When it first said so, by the clock of supervision.</summary>
    internal long ReadyAt { get; set; }

    /// <summary>It was asked to go, so its end is no news.</summary>
    internal bool Expected { get; set; }

    /// <summary>It was replaced by a reload, and is there in case that is rolled back.</summary>
    internal bool Rests { get; set; }

    /// <summary>Why it is on its way out, if it is: it serves until another does in its place.</summary>
    internal LeaveReason Leaving { get; set; }

    /// <summary>Why it asked for that itself, to be told when it goes; null: it did not, or it was told.</summary>
    internal string? Wish { get; set; }

    /// <summary>It counts among those that are wanted.</summary>
    internal bool Stays => !Expected && Leaving == LeaveReason.None;

    /// <summary>Why we killed it, if we did before it could end by itself.</summary>
    internal KillReason? KilledFor { get; set; }

    internal ExitReason? Exit { get; set; }

    internal LastWords Words { get; } = new();
}
