using Hotplate.Settings;

namespace Hotplate.Workers;

/// <summary>How long a request may give its client nothing, and from when it is called slow.</summary>
internal sealed class TimeLimits(WorkerSettings settings)
{
    /// <summary>A worker whose GIL nobody can get for so long does not get it at all. In nanoseconds, from when its stacks came.</summary>
    internal const long GilPatience = 2_000_000_000;

    /// <summary>A worker that does not even send its stacks.</summary>
    internal const long SilencePatience = 5_000_000_000;

    /// <summary>How long a request may take to end after the exception, for what stands in <c>finally</c>, when its worker has nothing else to do.</summary>
    internal const long EndingPatience = 5_000_000_000;

    /// <summary>Not more than one slow request is told in this time.</summary>
    private const long SlowPause = 1_000_000_000;

    private long nextSlow = long.MinValue;

    /// <summary>In nanoseconds; <see cref="long.MaxValue"/> is none.</summary>
    internal long Timeout { get; } = Nanoseconds(settings.Timeout);

    internal long Slow { get; } = Nanoseconds(settings.SlowRequest);

    /// <summary>What runs for less is no matter for anyone.</summary>
    internal long Shortest => Math.Min(Timeout, Slow);

    /// <summary>Looks at a running request.</summary>
    internal LimitVerdict Judge(ref RequestClock clock, long now, long begunAt, uint moves, bool waitsForClient)
    {
        var still = clock.Look(now, begunAt, moves, waitsForClient);
        if (still >= Timeout)
        {
            return LimitVerdict.Over;
        }
        if (still < Slow || clock.ToldSlow || now < nextSlow)
        {
            return LimitVerdict.Fine;
        }
        clock.ToldSlow = true;
        nextSlow = now + SlowPause;
        return LimitVerdict.Slow;
    }

    private static long Nanoseconds(TimeSpan time) => time == TimeSpan.Zero ? long.MaxValue : time.Ticks * 100;
}

/// <summary>What is to be done about a running request.</summary>
internal enum LimitVerdict
{
    Fine,

    /// <summary>To be told, with its stack.</summary>
    Slow,

    /// <summary>To be ended.</summary>
    Over,
}
