namespace Hotplate.Workers;

/// <summary>Calls back every two milliseconds for as long as requests wait behind others at a worker, and sleeps otherwise.</summary>
/// <remarks>A thread of its own: a timer of the pool would cost two wake-ups a tick instead of one.</remarks>
internal sealed class Reclaimer : IDisposable
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(2);
    private static readonly TimeSpan LongestTick = TimeSpan.FromMilliseconds(4);
    private readonly Look reclaim;
    private readonly AutoResetEvent wake = new(false);
    private volatile bool armed;
    private volatile bool stopped;

    /// <summary>Returns false when nothing waits behind anything.</summary>
    /// <param name="taken">Something was taken back.</param>
    internal delegate bool Look(out bool taken);

    /// <param name="reclaim">Returns false when it may sleep until the next <see cref="Arm"/>. Must not throw.</param>
    internal Reclaimer(Look reclaim)
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
        var tick = Tick;
        while (!stopped)
        {
            if (!armed)
            {
                wake.WaitOne();
                idle = 0;
            }
            Thread.Sleep(tick);
            // A busy server arms all the time; ten quiet ticks before sleeping spare it the wake-ups.
            idle = reclaim(out var taken) ? 0 : idle + 1;
            tick = taken ? Tick : LongestTick;
            if (idle < 10)
            {
                continue;
            }
            idle = 0;
            armed = false;
            // Whoever came behind something before that may have seen it armed: one more look, now that nobody can miss us.
            if (reclaim(out _))
            {
                armed = true;
            }
        }
    }
}
