namespace Hotplate.Apps;

/// <summary>One budget for all bodies in memory, requests' and answers' alike. What does not fit goes to disk at once.</summary>
/// <param name="limit">Bytes. See <see cref="ForThisProcess"/>.</param>
internal sealed class BodyMemory(long limit)
{
    private long used;

    internal long Limit { get; } = limit;

    /// <summary>Bytes taken.</summary>
    internal long Used => Interlocked.Read(ref used);

    /// <summary>Half of the heap this process may have, which is a fifth of the machine's or the container's memory (DOTNET_GCHeapHardLimitPercent).</summary>
    internal static BodyMemory ForThisProcess() => new(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 2);

    /// <summary>False: it is used up.</summary>
    internal bool TryTake(int bytes)
    {
        if (Interlocked.Add(ref used, bytes) <= Limit)
        {
            return true;
        }
        Interlocked.Add(ref used, -bytes);
        return false;
    }

    internal void Give(long bytes) => Interlocked.Add(ref used, -bytes);
}
