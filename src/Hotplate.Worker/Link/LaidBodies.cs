using Hotplate.Channel;
using Hotplate.Worker.Wsgi;

namespace Hotplate.Worker.Link;

/// <summary>Where bodies of answers are laid that are too large to be copied through the channel. With the GIL.</summary>
internal static class LaidBodies
{
    private static SharedBodies memory;
    private static BodyPieces pieces;

    internal static void Open(SharedBodies shared) => memory = shared;

    /// <summary>This process is a child that the application forked: what it writes is not for the front.</summary>
    internal static void Fork() => memory = default;

    /// <summary>A place for so many bytes, until the front has read them. False: they had better go through the channel.</summary>
    internal static bool TryTake(int length, out int offset, out Span<byte> place)
    {
        offset = 0;
        place = default;
        if (length < SharedBodies.Shortest || !memory.IsThere)
        {
            return false;
        }
        ref var read = ref Exchanges.Board.Worker.AnswersRead;
        if (Volatile.Read(ref read) != 0)
        {
            pieces.Give(Interlocked.Exchange(ref read, 0));
        }
        var taken = pieces.Take(length);
        if (taken == 0)
        {
            return false;
        }
        offset = BodyPieces.OffsetOf(taken);
        place = memory.At(offset, length);
        return true;
    }

    /// <summary>Nothing came of it.</summary>
    internal static void GiveBack(int offset, int length) => pieces.Give(BodyPieces.Of((uint)offset, (uint)length));

    /// <summary>Writes where a body lies, behind the rest of its frame's payload.</summary>
    internal static void WritePlace(Span<byte> to, int offset, int length)
    {
        System.Buffers.Binary.BinaryPrimitives.WriteInt32LittleEndian(to, offset);
        System.Buffers.Binary.BinaryPrimitives.WriteInt32LittleEndian(to[sizeof(int)..], length);
    }
}
