using Hotplate.Channel;
using Hotplate.Worker.Native;

namespace Hotplate.Worker.Wsgi;

/// <summary>The part of a streamed request body that has arrived and was not read.</summary>
/// <remarks>The reader of the channel adds, the application's thread takes; credit bounds what can be in it.</remarks>
internal unsafe struct BodyPipe
{
    private const int Capacity = Wire.InitialCredit;
    private Gate gate;
    private byte* ring;
    private int start;
    private int count;
    private bool ended;
    private uint unacknowledged;

    /// <summary>Something is there, or the end is.</summary>
    internal readonly bool IsReadable => Volatile.Read(in count) > 0 || Volatile.Read(in ended);

    /// <summary>Starts anew: for a body that follows in frames of its own, or one that does not.</summary>
    internal void Reset(bool follows)
    {
        gate.Enter();
        if (ring is not null)
        {
            Libc.free(ring);
            ring = null;
        }
        start = count = 0;
        unacknowledged = 0;
        ended = !follows;
        gate.Exit();
    }

    /// <summary>False: the front sent more than it had credit for, or after the end.</summary>
    internal bool TryAdd(ReadOnlySpan<byte> bytes, bool end)
    {
        gate.Enter();
        var fits = !ended && bytes.Length <= Capacity - count;
        if (fits)
        {
            ended = end;
            if (ring is null && bytes.Length > 0)
            {
                ring = (byte*)Libc.malloc(Capacity);
                if (ring is null)
                {
                    Fatal.Exit("out of memory");
                }
            }
            var at = (start + count) % Capacity;
            var first = Math.Min(bytes.Length, Capacity - at);
            bytes[..first].CopyTo(new Span<byte>(ring + at, first));
            bytes[first..].CopyTo(new Span<byte>(ring, bytes.Length - first));
            count += bytes.Length;
        }
        gate.Exit();
        return fits;
    }

    /// <summary>Takes up to <paramref name="to"/>'s length. 0: nothing is there, and nothing will be when <paramref name="atEnd"/>.</summary>
    /// <param name="credit">Not 0: so many bytes are to be allowed to the front.</param>
    internal int Take(Span<byte> to, out bool atEnd, out uint credit)
    {
        gate.Enter();
        var taken = Math.Min(count, to.Length);
        var first = Math.Min(taken, Capacity - start);
        new ReadOnlySpan<byte>(ring + start, first).CopyTo(to);
        new ReadOnlySpan<byte>(ring, taken - first).CopyTo(to[first..]);
        start = (start + taken) % Capacity;
        count -= taken;
        atEnd = ended && count == 0;
        unacknowledged += (uint)taken;
        credit = 0;
        if (!ended && unacknowledged >= Wire.MaxBodyFrame)
        {
            credit = unacknowledged;
            unacknowledged = 0;
        }
        gate.Exit();
        return taken;
    }
}
