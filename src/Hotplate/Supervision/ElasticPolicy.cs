using Hotplate.Settings;

namespace Hotplate.Supervision;

/// <summary>Whether there are to be more workers or fewer: more as soon as requests wait, fewer when little has been to do for a while.</summary>
/// <remarks>Fed with a sample four times a second. Not safe for several threads.</remarks>
internal sealed class ElasticPolicy
{
    /// <summary>Less is what a burst of requests takes to be shared out.</summary>
    private static readonly TimeSpan LongWait = TimeSpan.FromMilliseconds(100);

    /// <summary>So long must somebody wait, sample for sample, before another worker is started.</summary>
    private static readonly TimeSpan PressureTime = TimeSpan.FromMilliseconds(500);

    /// <summary>So long must half of the workers have been enough before one of them goes.</summary>
    private static readonly TimeSpan IdleTime = TimeSpan.FromMinutes(1);

    private readonly int least;
    private readonly int most;
    private TimeSpan? pressureSince;
    private TimeSpan? windowSince;
    private long busy;
    private int samples;

    internal ElasticPolicy(WorkerSettings settings)
    {
        least = settings.Least ?? settings.Count;
        most = settings.Most ?? settings.Count;
    }

    /// <summary>There is nothing to decide.</summary>
    internal bool IsOff => least == most;

    /// <summary>How many there are to be from now on.</summary>
    internal int Decide(in WorkforceSample sample)
    {
        if (sample.LongestWait >= LongWait && sample.Busy >= sample.Ready)
        {
            windowSince = null;
            pressureSince ??= sample.Now;
            // One after another: the next is worth its memory only if this one was not enough.
            if (sample.Now - pressureSince < PressureTime || sample.Ready < sample.Wanted || sample.Wanted >= most)
            {
                return sample.Wanted;
            }
            pressureSince = null;
            return sample.Wanted + 1;
        }
        pressureSince = null;
        if (windowSince is null)
        {
            windowSince = sample.Now;
            busy = samples = 0;
        }
        busy += sample.Busy;
        samples++;
        if (sample.Now - windowSince < IdleTime)
        {
            return sample.Wanted;
        }
        var enough = busy < 0.5 * samples * (sample.Wanted - 1);
        windowSince = null;
        return enough && sample.Wanted > least && sample.Ready >= sample.Wanted ? sample.Wanted - 1 : sample.Wanted;
    }
}

/// <summary>What the workers look like at one moment.</summary>
/// <param name="Now">On any clock that only goes forward.</param>
/// <param name="Wanted">How many there are to be.</param>
/// <param name="Ready">How many serve.</param>
/// <param name="Busy">How many of these could begin nothing more now.</param>
/// <param name="LongestWait">How long the first in the queue has waited; zero when nobody waits.</param>
internal readonly record struct WorkforceSample(TimeSpan Now, int Wanted, int Ready, int Busy, TimeSpan LongestWait);
