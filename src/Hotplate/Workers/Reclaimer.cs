namespace Hotplate.Workers;

/// <summary>Calls back every two milliseconds for as long as requests wait behind others at a worker, and sleeps otherwise.</summary>
/// <remarks>A thread of its own: a timer of the pool would cost two wake-ups a tick instead of one.</remarks>
internal sealed class Reclaimer : IDisposable
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(2);
    private readonly Func<bool> reclaim;
    private readonly AutoResetEvent wake = new(false);
    private volatile bool armed;
    private volatile bool stopped;

    /// <param name="reclaim">Returns false when it may sleep until the next <see cref="Arm"/>. Must not throw.</param>
    internal Reclaimer(Func<bool> reclaim)
    {
        this.reclaim = reclaim;
        new Thread(Run) { IsBackground = true, Name = "reclaimer" }.Start();
    }

    /// <summary>Something waits behind something. Costs one read when the thread is up already. Not under the pool's gate: it may wake a thread.</summary>
    internal void Arm()
    {
        if (!armed)
        {
            armed = true;
            wake.Set();
        }
    }

    public void Dispose()
    {
        stopped = true;
        wake.Set();
    }

    private void Run()
    {
        var idle = 0;
        while (!stopped)
        {
            if (!armed)
            {
                wake.WaitOne();
                idle = 0;
            }
            Thread.Sleep(Tick);
            // A busy server arms all the time; ten quiet ticks before sleeping spare it the wake-ups.
            idle = reclaim() ? 0 : idle + 1;
            if (idle < 10)
            {
                continue;
            }
            idle = 0;
            armed = false;
            // Whoever came behind something before that may have seen it armed: one more look, now that nobody can miss us.
            if (reclaim())
            {
                armed = true;
            }
        }
    }
}
