using Hotplate.Channel;
using Hotplate.Worker.Native;

namespace Hotplate.Worker.Link;

/// <summary>One of the outbox's two buffers: a box of the memory that the front reads when this process has died (<see cref="UnsentFrames"/>).</summary>
/// <remarks>What does not fit there, because the front has not read for long, is kept in memory of our own until it is sent.</remarks>
internal unsafe struct OutboxBuffer
{
    private byte* shared;
    private int sharedSize;
    private UnsentBox* box;
    private int length;
    private int capacity;

    internal int Index { get; private init; }

    internal byte* Bytes { get; private set; }

    internal readonly int Length => Volatile.Read(in length);

    internal static OutboxBuffer In(UnsentFrames frames, int index) => new()
    {
        Index = index,
        shared = frames.Bytes(index),
        sharedSize = UnsentFrames.BoxSize,
        box = frames.Box(index),
        Bytes = frames.Bytes(index),
        capacity = UnsentFrames.BoxSize,
    };

    /// <summary>One that nobody else sees.</summary>
    internal static OutboxBuffer Private(int index) => new() { Index = index, box = (UnsentBox*)Libc.calloc(1, sizeof(UnsentBox)) };

    /// <summary>Room for <paramref name="count"/> more bytes; <see cref="Add"/> makes them count.</summary>
    internal Span<byte> Reserve(int count)
    {
        if (capacity - length < count)
        {
            Grow(count);
        }
        return new(Bytes + length, capacity - length);
    }

    /// <summary>So many bytes are complete. When this process ends at any moment, the front finds all of them or none.</summary>
    internal void Add(int count)
    {
        Volatile.Write(ref length, length + count);
        if (Bytes == shared)
        {
            Volatile.Write(ref box->Length, length);
        }
    }

    /// <summary>All of it was sent. Memory of our own is kept up to <paramref name="keep"/> bytes where there is no other.</summary>
    internal void Clear(int keep)
    {
        Volatile.Write(ref box->Length, 0);
        Volatile.Write(ref box->Position, 0);
        Volatile.Write(ref length, 0);
        if (Bytes != shared && (shared is not null || capacity > keep))
        {
            Libc.free(Bytes);
            Bytes = shared;
            capacity = sharedSize;
        }
    }

    /// <summary>It is sent from now on; so many bytes went before it. Where the front cannot read it, nothing that comes later is to be taken either.</summary>
    internal readonly void Leave(long position) => Volatile.Write(ref box->Position, Bytes == shared ? position : UnsentBox.Elsewhere);

    private void Grow(int count)
    {
        var larger = Math.Max(Math.Max(1024, capacity * 2), checked(length + count));
        var own = (byte*)Libc.realloc(Bytes == shared ? null : Bytes, larger);
        if (own is null)
        {
            Fatal.Exit("out of memory");
        }
        if (Bytes == shared)
        {
            new ReadOnlySpan<byte>(shared, length).CopyTo(new Span<byte>(own, larger));
            Volatile.Write(ref box->Length, 0);
        }
        Bytes = own;
        capacity = larger;
    }
}
