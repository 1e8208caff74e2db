using System.Buffers;

namespace Hotplate.Apps;

/// <summary>Buffers for bodies and answers in memory. What is kept for the next can be let go at once.</summary>
/// <remarks>
/// The shared pool lets go of what it keeps a little at each collection, and not before it has lain there for a minute: after a crowd
/// sixteen megabytes stayed for good in a process that had nothing to collect any more. Safe to call from any thread.
/// </remarks>
internal static class BodyBuffers
{
    // Longer ones are made for their request. Of each length, two to the power of something, so many are kept.
    private const int Longest = 1 << 20;
    private const int Kept = 16;

    private static ArrayPool<byte> pool = Make();

    internal static byte[] Rent(int size) => Volatile.Read(ref pool).Rent(size);

    /// <summary>Also one that was rented before <see cref="LetGo"/>.</summary>
    internal static void Return(byte[] buffer) => Volatile.Read(ref pool).Return(buffer);

    /// <summary>Keeps none of those that nobody uses.</summary>
    internal static void LetGo() => Volatile.Write(ref pool, Make());

    private static ArrayPool<byte> Make() => ArrayPool<byte>.Create(Longest, Kept);
}
