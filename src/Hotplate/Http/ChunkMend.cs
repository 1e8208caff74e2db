using System.Buffers;
using System.Runtime.InteropServices;

namespace Hotplate.Http;

/// <summary>Lets white space stand between a chunk's size and its extension (RFC 9112 §7.1.1), which Kestrel refuses: there it becomes part of the extension.</summary>
/// <remarks>
/// Sizes are read as Kestrel reads them, and chunks are stepped over. At the first line that is not exactly so nothing is looked at any more, and
/// Kestrel judges. Nothing that is passed on has another size than it had.
/// </remarks>
internal sealed class ChunkMend
{
    private const int MostDigits = 8;
    private long looked;
    private long left;
    private int digits;
    private State state;

    private enum State : byte
    {
        Size,
        Blank,
        Extension,
        Data,

        /// <summary>The last chunk has come, or something that is none.</summary>
        Done,
    }

    /// <summary>A chunked body begins.</summary>
    internal void Begin() => (looked, left, digits, state) = (0, 0, 0, State.Size);

    /// <summary>So much of what was shown is taken.</summary>
    internal void Consumed(long bytes) => looked -= bytes;

    /// <summary>Looks at what came since, and returns how much of it may be shown: what stands behind a size may need what is not there yet.</summary>
    internal long Look(in ReadOnlySequence<byte> body)
    {
        if (state == State.Done || looked > body.Length)
        {
            state = State.Done;
            return body.Length;
        }
        var (at, blank) = (looked, 0L);
        foreach (var memory in body.Slice(looked))
        {
            var span = memory.Span;
            for (var i = 0; i < span.Length && state != State.Done;)
            {
                if (state == State.Data)
                {
                    var step = (int)Math.Min(left, span.Length - i);
                    (left, i, at) = (left - step, i + step, at + step);
                    if (left == 0)
                    {
                        (state, digits) = (State.Size, 0);
                    }
                    continue;
                }
                var one = span[i++];
                if (state == State.Blank && one == ';')
                {
                    for (; blank < at; blank++)
                    {
                        MemoryMarshal.AsMemory(body.Slice(blank, 1).First).Span[0] = (byte)';';
                    }
                }
                else if (state == State.Size && one is (byte)' ' or (byte)'\t')
                {
                    blank = at;
                }
                Step(one);
                at++;
            }
        }
        if (state == State.Blank)
        {
            // Looked at again when more is there.
            state = State.Size;
            return looked = blank;
        }
        looked = body.Length;
        return body.Length;
    }

    private void Step(byte one)
    {
        var isBlank = one is (byte)' ' or (byte)'\t';
        state = (state, one) switch
        {
            (State.Extension, (byte)'\n') => left == 0 ? State.Done : State.Data,
            (State.Extension, _) => State.Extension,
            (State.Blank, (byte)';') => State.Extension,
            (State.Blank, _) => isBlank ? State.Blank : State.Done,
            (_, (byte)';' or (byte)'\r') when digits > 0 => State.Extension,
            _ when isBlank && digits > 0 => State.Blank,
            _ when char.IsAsciiHexDigit((char)one) && digits < MostDigits => State.Size,
            _ => State.Done,
        };
        if (state == State.Size)
        {
            left = ((digits == 0 ? 0 : left) << 4) + (one & 0xF) + ((one >> 6) * 9);
            digits++;
        }
        else if (state == State.Data)
        {
            // And the CR LF behind it.
            left += 2;
        }
    }
}
