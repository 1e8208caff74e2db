using Hotplate.Settings;

namespace Hotplate.Apps;

/// <summary>One budget for all that clients make the front hold: connections, unfinished heads, HTTP/2 streams, bodies and answers in memory.</summary>
/// <remarks>
/// Bodies and answers that do not fit go to disk. For the rest there is <see cref="MakeRoom"/>, which has to send clients away. The heap's hard limit
/// (System.GC.HeapHardLimitPercent) is several times as large, so that no client comes near it. Safe to use from any thread, without a lock.
/// </remarks>
/// <param name="limit">Bytes. See <see cref="ForThisProcess"/>.</param>
/// <param name="bodies">How many of them bodies and answers may have, large blocks included; null: all.</param>
/// <param name="blocks">Whose blocks count as well, when connections have them: what was sent and not read yet, or written and not
/// taken.</param>
internal sealed class ClientMemory(long limit, long? bodies = null, BlockPool? blocks = null)
{
    // An eighth of the machine or the container. What is counted is about half of what the heap takes for it; the applications need the rest.
    private const int Share = 8;
    private const long Least = 8 << 20;

    private readonly long most = bodies ?? limit;
    private long inBodies;
    private long held;
    private long leaving;

    internal long Limit { get; } = limit;

    /// <summary>Bytes taken.</summary>
    internal long Used => Interlocked.Read(ref inBodies) + Interlocked.Read(ref held) + (blocks?.Lent ?? 0);

    /// <summary>Bytes of bodies and answers.</summary>
    internal long InBodies => Interlocked.Read(ref inBodies);

    /// <summary>Bytes of large blocks, which are used for bodies.</summary>
    internal long InLargeBlocks => blocks?.LentLarge ?? 0;

    /// <summary>Bytes by which it is over, when what was told to go has gone; negative when there is room.</summary>
    internal long Excess => Used - Interlocked.Read(ref leaving) - Limit;

    /// <summary>So much is there, what was told to go included, that nothing may be added before some has gone.</summary>
    internal bool IsFull => Used > Limit + (Limit / 2);

    /// <summary>Called on the thread that has gone over; may return before there is room.</summary>
    internal Action? MakeRoom { get; set; }

    /// <summary>From the memory that the machine has and the control groups grant.</summary>
    /// <param name="given">As the user wants it; null: from the memory.</param>
    internal static ClientMemory ForThisProcess(long? given)
    {
        var limit = given ?? Math.Max((MemoryAllowance.Granted() ?? GC.GetGCMemoryInfo().TotalAvailableMemoryBytes) / Share, Least);
        BlockPool.Instance.MostForBodies = limit / 8;
        // Half is enough for as many connections as there may be: what is left is for heads and streams, so that those do not cost others
        // theirs.
        return new ClientMemory(limit, limit / 8 * 3, BlockPool.Instance);
    }

    /// <summary>For a body or an answer. False: it is used up.</summary>
    internal bool TryTake(int bytes)
    {
        if (Interlocked.Add(ref inBodies, bytes) + InLargeBlocks <= most)
        {
            return true;
        }
        Interlocked.Add(ref inBodies, -bytes);
        return false;
    }

    /// <summary>Gives back what <see cref="TryTake"/> took.</summary>
    internal void Give(long bytes) => Interlocked.Add(ref inBodies, -bytes);

    /// <summary>Counts what is there already. False: it is too much, and nobody could be sent away for it.</summary>
    internal bool Hold(long bytes)
    {
        Interlocked.Add(ref held, bytes);
        if (bytes <= 0 || (Excess <= 0 && !IsFull))
        {
            return true;
        }
        MakeRoom?.Invoke();
        return Excess <= 0 && !IsFull;
    }

    /// <summary>So much is about to be given back, or, when negative, was.</summary>
    internal void Leaving(long bytes) => Interlocked.Add(ref leaving, bytes);
}
