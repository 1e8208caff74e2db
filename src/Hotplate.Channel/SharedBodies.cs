namespace Hotplate.Channel;

/// <summary>Memory in which one side lays bodies for the other that are too large to be copied through a socket: of requests, or of
/// answers.</summary>
/// <remarks>
/// A body lies in pieces that are neighbours, and a frame says where. Which pieces are in use only the side knows that lays them
/// (<see cref="BodyPieces"/>). A request's are in use until its slot is given back; an answer's until the front says that it has read them
/// (<see cref="WorkerLine.AnswersRead"/>).
/// </remarks>
internal unsafe readonly struct SharedBodies(byte* memory)
{
    /// <summary>Bytes of a piece.</summary>
    internal const int PieceSize = 16 * 1024;

    /// <summary>How many there are.</summary>
    internal const int Pieces = 64;

    /// <summary>Bytes of all of them. Memory is used as far as bodies were laid there, from the first piece on.</summary>
    internal const int Size = Pieces * PieceSize;

    /// <summary>Bytes from which on a body is laid here. What is shorter is cheaper in its frame.</summary>
    internal const int Shortest = 16 * 1024;

    /// <summary>Bytes of what a frame says of where its body lies: <c>u32 offset · u32 length</c>, the last of its payload.</summary>
    internal const int PlaceSize = 8;

    private readonly byte* memory = memory;

    internal bool IsThere => memory is not null;

    /// <summary>Where those of requests begin in the segment of a scoreboard of so many slots.</summary>
    internal static int RequestsIn(int slots) => UnsentFrames.OffsetFor(slots) + UnsentFrames.Size;

    /// <summary>Those of answers.</summary>
    internal static int AnswersIn(int slots) => RequestsIn(slots) + Size;

    /// <summary>Bytes of a segment that has both.</summary>
    internal static int SegmentSize(int slots) => AnswersIn(slots) + Size;

    /// <summary>For the side that lays them.</summary>
    internal Span<byte> At(int offset, int length) => new Span<byte>(memory, Size).Slice(offset, length);

    /// <summary>For the other side. False: what the frame says is not within this memory, or there is none.</summary>
    internal bool TryRead(uint offset, uint length, out ReadOnlySpan<byte> body)
    {
        if (memory is null || length > Size || offset > Size - length)
        {
            body = default;
            return false;
        }
        body = new(memory + offset, (int)length);
        return true;
    }
}
