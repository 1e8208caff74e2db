using Hotplate.Settings;

namespace Hotplate.Workers;

/// <summary>What becomes of a request that may run again, when the worker that ran it has died.</summary>
internal sealed class ReplayPolicy(WorkerSettings settings)
{
    /// <summary>
    /// So many workers may be killed from outside under a request before it is suspected. One kill in a thousand requests is much, so four in a
    /// row are no accident; and a request that kills its worker by a signal from within cannot be told from one.
    /// </summary>
    internal const int MostFromOutside = 4;

    private readonly long limit = settings.Timeout == TimeSpan.Zero ? long.MaxValue : settings.Timeout.Ticks * 100;

    /// <summary>True when it began so long ago, in nanoseconds, that nobody should wait for another run.</summary>
    internal bool IsTooLate(long firstBegunAt, long now) => now - firstBegunAt >= limit;

    /// <param name="firstBegunAt">When it began for the first time.</param>
    /// <param name="wasAlone">It ran alone: it was suspected before.</param>
    /// <param name="suspected">This death may be its doing.</param>
    /// <param name="fromOutside">How many of its workers were ended from outside, this one included.</param>
    internal Fate Decide(long firstBegunAt, long now, bool wasAlone, bool suspected, int fromOutside)
    {
        // A kill from outside says as little of one that runs alone as of any other.
        if (IsTooLate(firstBegunAt, now) || (wasAlone && (suspected || fromOutside > MostFromOutside)))
        {
            return Fate.Failed;
        }
        return wasAlone || suspected || fromOutside >= MostFromOutside ? Fate.RunsAlone : Fate.RunsAgain;
    }
}
