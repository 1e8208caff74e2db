namespace Hotplate.Workers;

/// <summary>A request that had begun when its worker died, and what became of it. Guarded by the pool's gate.</summary>
/// <param name="name">What people know it by.</param>
/// <param name="thread">Python's identifier of the thread that ran it, as the worker said.</param>
internal sealed class Casualty(RequestName name, ulong thread)
{
    internal RequestName Name { get; } = name;

    internal ulong Thread { get; } = thread;

    /// <summary>Waits for the verdict; null when its client has left, or it cannot run again whatever that says.</summary>
    internal Exchange? Exchange { get; set; }

    internal Fate Fate { get; set; }
}

/// <summary>What became of a request whose worker died.</summary>
internal enum Fate
{
    /// <summary>Nobody waited for it any more.</summary>
    Abandoned,

    /// <summary>Its client had got 504 already: it ran over its time limit.</summary>
    TimedOut,

    /// <summary>It failed: 502, or a cut connection.</summary>
    Failed,

    /// <summary>It runs again.</summary>
    RunsAgain,

    /// <summary>It runs once more, alone on a worker.</summary>
    RunsAlone,
}
