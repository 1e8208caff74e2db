using Hotplate.Observability;

namespace Hotplate.Workers;

/// <summary>What the pool has done since it began, for metrics. Counted under the pool's gate: some ten additions a request.</summary>
internal sealed class TrafficTally
{
    /// <summary>No wait that a worker claims is longer than this hour, in nanoseconds: its word is not trusted.</summary>
    private const long Longest = 3_600_000_000_000;

    private readonly Histogram queueTime = new();
    private readonly Histogram runTime = new();
    private long replayed;
    private long moved;
    private double gilWait;

    /// <summary>A request has ended whose client was there to the end.</summary>
    /// <param name="waited">Nanoseconds until the application began with it, as its worker says.</param>
    /// <param name="ran">Microseconds.</param>
    internal void Ended(long waited, uint ran)
    {
        queueTime.Observe(Math.Clamp(waited, 0, Longest) / 1000);
        runTime.Observe(ran);
    }

    /// <summary>A request left a worker that died, to run on another.</summary>
    internal void Moved(bool hadBegun)
    {
        if (hadBegun)
        {
            replayed++;
        }
        else
        {
            moved++;
        }
    }

    /// <summary>A worker has ended, whose requests had waited for the GIL for so many seconds.</summary>
    internal void Left(double waitedForGil) => gilWait += waitedForGil;

    /// <param name="waitingForGil">What the requests of workers that live have waited for the GIL, in seconds.</param>
    internal TrafficView Read(double waitingForGil) => new(queueTime.Read(), runTime.Read(), replayed, moved, gilWait + waitingForGil);
}

/// <summary>What a tally held at one moment.</summary>
/// <param name="QueueTime">From the request read to the application's beginning it.</param>
/// <param name="RunTime">While the application ran.</param>
/// <param name="Replayed">Requests that ran again after their worker died.</param>
/// <param name="Moved">Requests that left a dead worker before they had begun.</param>
/// <param name="GilWait">Seconds that requests waited for the GIL, those at workers that have ended included.</param>
internal sealed record TrafficView(HistogramView QueueTime, HistogramView RunTime, long Replayed, long Moved, double GilWait);
