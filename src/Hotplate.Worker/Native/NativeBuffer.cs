namespace Hotplate.Worker.Native;

/// <summary>Bytes in native memory that grow and are never seen by the garbage collector.</summary>
internal unsafe struct NativeBuffer
{
    internal byte* Bytes;
    internal int Length;
    internal int Capacity;

    internal readonly Span<byte> Written => new(Bytes, Length);

    /// <summary>Room for <paramref name="count"/> more bytes; the caller adds what it wrote to <see cref="Length"/>.</summary>
    internal Span<byte> Reserve(int count)
    {
        if (Capacity - Length < count)
        {
            Grow(count);
        }
        return new(Bytes + Length, Capacity - Length);
    }

    internal void Append(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Reserve(bytes.Length));
        Length += bytes.Length;
    }

    /// <summary>Forgets the bytes, and the memory too when there is more of it than <paramref name="keep"/>.</summary>
    internal void Clear(int keep)
    {
        Length = 0;
        if (Capacity > keep)
        {
            Free();
        }
    }

    internal void Free()
    {
        Libc.free(Bytes);
        this = default;
    }

    private void Grow(int count)
    {
        var capacity = Math.Max(Math.Max(1024, Capacity * 2), checked(Length + count));
        Bytes = (byte*)Libc.realloc(Bytes, capacity);
        if (Bytes is null)
        {
            Fatal.Exit("out of memory");
        }
        Capacity = capacity;
    }
}
