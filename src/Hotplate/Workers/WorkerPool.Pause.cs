namespace Hotplate.Workers;

/// <content>Requests may be made to wait although workers are free, while a database is migrated, say.</content>
internal sealed partial class WorkerPool
{
    private volatile bool paused;

    /// <summary>Requests wait, as many as may and for as long as they may, and none begins. Those that run go on.</summary>
    internal bool IsPaused => paused;

    internal void Pause()
    {
        lock (gate)
        {
            paused = true;
        }
    }

    /// <summary>Those that wait begin, in their order.</summary>
    internal void Resume()
    {
        lock (gate)
        {
            paused = false;
        }
        Pump();
    }
}
