namespace Hotplate.Workers;

/// <summary>Whether requests have waited long enough, and workers shown well enough what they can do, to say how long one more would wait.</summary>
/// <remarks>
/// A burst on idle workers looks hopeless for a moment when its requests wait for sockets: until the workers have started threads for them, they
/// seem to be able to run one at a time. So nothing is said before somebody has waited for a second, in which no worker could run more at a time
/// than before. Guarded by the pool's gate.
/// </remarks>
/// <param name="longest">How long a request may wait, in nanoseconds.</param>
internal struct Backlog(long longest)
{
    private readonly long settling = Math.Min(1_000_000_000, longest / 4);
    private long since;
    private int atOnce;

    /// <summary>The first request waits; before it none did.</summary>
    internal void Began(long now)
    {
        since = now;
        atOnce = 0;
    }

    /// <summary>Workers can run so many at a time now.</summary>
    internal void Grew(int concurrency, long now)
    {
        if (concurrency > atOnce)
        {
            atOnce = concurrency;
            since = now;
        }
    }

    /// <summary>True when a request behind so much work would wait longer than it may.</summary>
    /// <param name="work">Predicted, in microseconds.</param>
    /// <param name="oldest">How long the first in the queue has waited, in nanoseconds.</param>
    internal readonly bool IsTooLong(long work, long oldest, ReadyWorkers workers, long now)
    {
        // The first comparison is nearly always the last.
        if (work * 1000 <= longest || oldest < settling || now - since < settling || workers.Count == 0)
        {
            return false;
        }
        return work * 1000 / Math.Max(atOnce, workers.Concurrency) > longest;
    }
}
