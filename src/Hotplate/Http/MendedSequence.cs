using System.Buffers;

namespace Hotplate.Http;

/// <summary>Bytes that Kestrel is shown in place of others: most are the very same, a few are replaced. Positions in it are led back.</summary>
internal sealed class MendedSequence
{
    private readonly ReadOnlySequence<byte> original;
    private Piece? last;

    /// <param name="original">What came.</param>
    /// <param name="edits">In their order: where, how many bytes, and what stands there instead.</param>
    internal MendedSequence(in ReadOnlySequence<byte> original, IReadOnlyList<(int Start, int Length, byte[] Bytes)> edits)
    {
        this.original = original;
        Piece? first = null;
        var at = 0L;
        foreach (var (start, length, bytes) in edits)
        {
            Keep(at, start);
            Append(new Piece(bytes, start, length));
            at = start + length;
        }
        Keep(at, original.Length);
        Buffer = new ReadOnlySequence<byte>(first!, 0, last!, last!.Memory.Length);

        void Keep(long from, long to)
        {
            foreach (var memory in this.original.Slice(from, to - from))
            {
                Append(new Piece(memory, from, memory.Length));
                from += memory.Length;
            }
        }

        void Append(Piece piece)
        {
            if (!piece.Memory.IsEmpty)
            {
                first ??= piece;
                last = piece.After(last);
            }
        }
    }

    internal ReadOnlySequence<byte> Buffer { get; }

    /// <summary>The same place in what came. Within bytes that are replaced there is none but their start and their end.</summary>
    internal SequencePosition Original(SequencePosition mended)
    {
        var piece = (Piece)mended.GetObject()!;
        var index = mended.GetInteger();
        return original.GetPosition(index == 0 ? piece.From : piece.From + (piece.Memory.Length == piece.Replaces ? index : piece.Replaces));
    }

    private sealed class Piece : ReadOnlySequenceSegment<byte>
    {
        internal Piece(ReadOnlyMemory<byte> memory, long from, int replaces)
        {
            Memory = memory;
            From = from;
            Replaces = replaces;
        }

        internal long From { get; }

        internal int Replaces { get; }

        internal Piece After(Piece? before)
        {
            if (before is not null)
            {
                before.Next = this;
                RunningIndex = before.RunningIndex + before.Memory.Length;
            }
            return this;
        }
    }
}
