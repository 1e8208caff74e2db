using System.Numerics;

namespace Hotplate.Channel;

/// <summary>Which pieces of <see cref="SharedBodies"/> are in use, a bit each. Guarded by its user: the pool's gate, or the GIL.</summary>
internal struct BodyPieces
{
    private ulong used;

    /// <summary>There are neighbours enough for a body of so many bytes.</summary>
    internal readonly bool HasRoom(int length) => Find(length) != 0;

    /// <summary>The first neighbours that are enough for so many bytes, from now on in use; 0: there are none.</summary>
    internal ulong Take(int length)
    {
        var taken = Find(length);
        used |= taken;
        return taken;
    }

    /// <summary>They are free again.</summary>
    internal void Give(ulong taken) => used &= ~taken;

    /// <summary>The pieces that a body lies in, which is within the memory.</summary>
    internal static ulong Of(uint offset, uint length)
    {
        if (length == 0)
        {
            return 0;
        }
        var first = (int)(offset / SharedBodies.PieceSize);
        var last = (int)((offset + length - 1) / SharedBodies.PieceSize);
        return ulong.MaxValue >> (SharedBodies.Pieces - 1 - last) & (ulong.MaxValue << first);
    }

    /// <summary>Where the body lies, in bytes.</summary>
    internal static int OffsetOf(ulong taken) => BitOperations.TrailingZeroCount(taken) * SharedBodies.PieceSize;

    private readonly ulong Find(int length)
    {
        var count = (length + SharedBodies.PieceSize - 1) / SharedBodies.PieceSize;
        if (count is < 1 or > SharedBodies.Pieces)
        {
            return 0;
        }
        // A bit that is set here begins a run of free pieces; the run is made longer until it is long enough.
        var starts = ~used;
        for (var run = 1; run < count;)
        {
            var step = Math.Min(run, count - run);
            starts &= starts >> step;
            run += step;
        }
        return starts == 0 ? 0 : ulong.MaxValue >> (SharedBodies.Pieces - count) << BitOperations.TrailingZeroCount(starts);
    }
}
