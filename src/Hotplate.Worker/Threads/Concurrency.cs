using Hotplate.Channel;
using Hotplate.Worker.Link;

namespace Hotplate.Worker.Threads;

/// <summary>How many requests the front may run here at a time, as it was told by credit frames of stream 0.</summary>
internal static class Concurrency
{
    private const long DecayTime = 100_000_000;
    private static int told = 1;
    private static int most;
    private static long decayedAt;

    /// <summary>There is nothing to decay: one may run, beside those that are blocked.</summary>
    internal static bool AtRest => Volatile.Read(ref told) == Least;

    // Less, and the front would hold everything back until a blocked one is done.
    private static int Least => Math.Min(LoopThreads.Blocked + 1, LoopThreads.Ceiling);

    /// <summary>More threads run than before, and they are blocked: the front may send as many again and one.</summary>
    internal static void Grow(int busy)
    {
        var wanted = Math.Min((2 * busy) + 1, LoopThreads.Ceiling);
        if (wanted > Volatile.Read(ref told))
        {
            Tell(wanted);
        }
    }

    /// <summary>For loops that are not made of threads.</summary>
    internal static void Tell(int concurrency)
    {
        Volatile.Write(ref told, concurrency);
        Outbox.Append(FrameType.Credit, FrameFlags.None, 0, 0, (uint)concurrency, default);
    }

    /// <summary>Called by the helper at every tick: takes back slowly what is no longer used.</summary>
    internal static void Look(long now)
    {
        if (AtRest || LoopThreads.Ceiling <= 1)
        {
            return;
        }
        most = Math.Max(most, LoopThreads.Busy);
        if (LoopThreads.Crowded)
        {
            Grow(LoopThreads.Busy);
        }
        if (now - decayedAt < DecayTime)
        {
            return;
        }
        var wanted = LoopThreads.Crowded ? Math.Min((2 * most) + 1, LoopThreads.Ceiling) : Least;
        decayedAt = now;
        most = 0;
        if (wanted < told)
        {
            Tell(Math.Max(wanted, told * 3 / 4));
        }
    }
}
