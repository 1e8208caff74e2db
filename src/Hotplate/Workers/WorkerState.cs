namespace Hotplate.Workers;

/// <summary>Where a worker is in its life. Why it exited is an <c>ExitReason</c>.</summary>
internal enum WorkerState
{
    /// <summary>Forked or about to be; loads the application.</summary>
    Starting,

    /// <summary>Serves.</summary>
    Ready,

    /// <summary>Finishes what it has; gets nothing new.</summary>
    Draining,

    /// <summary>Its channel has ended.</summary>
    Exited,
}
