using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace Hotplate.Apps;

/// <summary>The memory that connections read into and write from: pinned blocks of 4 KiB, and of 64 KiB where a body is known to come.</summary>
/// <remarks>
/// Kestrel reads as much at once as the block has room, so a body of 64 KiB in usual blocks is sixteen calls of recv(2), each with all that stands
/// above it; an idle connection holds a block too, so all of them large would cost. Hence <see cref="ExpectBody"/>.
/// </remarks>
internal sealed class BlockPool : MemoryPool<byte>
{
    private const int Small = 4 * 1024;
    private const int Large = 64 * 1024;

    // What is kept of either size when nobody uses it; more goes back to the collector.
    private const int MostKept = 8 << 20;
    private const int FewKept = 256 * 1024;

    [ThreadStatic]
    private static bool bodyExpected;

    private readonly Shelf small = new(Small);
    private readonly Shelf large = new(Large);

    private BlockPool()
    {
    }

    internal static BlockPool Instance { get; } = new();

    public override int MaxBufferSize => Large;

    /// <summary>Has Kestrel's sockets use this pool. False: this .NET has no such option, which is not public in .NET 10; all works without.</summary>
    internal static bool UseIn(SocketTransportOptions options)
    {
        try
        {
            SetFactory(options, new Factory());
            return true;
        }
        catch (MissingMethodException)
        {
            return false;
        }
    }

    /// <summary>The next block asked for on this thread is large: Kestrel asks for it as soon as whoever reads the body waits for more.</summary>
    internal static void ExpectBody(long bytes) => bodyExpected = bytes > Small;

    public override IMemoryOwner<byte> Rent(int minBufferSize = -1)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(minBufferSize, Large);
        var isLarge = bodyExpected || minBufferSize > Small;
        bodyExpected = false;
        return (isLarge ? large : small).Take();
    }

    /// <summary>Keeps few of the blocks that nobody uses; the others are the collector's.</summary>
    internal void Trim()
    {
        small.Trim();
        large.Trim();
    }

    protected override void Dispose(bool disposing)
    {
    }

    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "set_MemoryPoolFactory")]
    private static extern void SetFactory(SocketTransportOptions options, IMemoryPoolFactory<byte> factory);

    private sealed class Factory : IMemoryPoolFactory<byte>
    {
        public MemoryPool<byte> Create(MemoryPoolOptions? options = null) => Instance;
    }

    private sealed class Shelf(int size)
    {
        private readonly Lock gate = new();
        private readonly Block[] kept = new Block[MostKept / size];
        private int count;

        internal Block Take()
        {
            lock (gate)
            {
                if (count > 0)
                {
                    return kept[--count];
                }
            }
            return new Block(this, size);
        }

        internal void Trim()
        {
            lock (gate)
            {
                var fewer = Math.Min(count, FewKept / size);
                Array.Clear(kept, fewer, count - fewer);
                count = fewer;
            }
        }

        internal void Put(Block block)
        {
            lock (gate)
            {
                if (count < kept.Length)
                {
                    kept[count++] = block;
                }
            }
        }
    }

    private sealed class Block(Shelf shelf, int size) : IMemoryOwner<byte>
    {
        public Memory<byte> Memory { get; } = MemoryMarshal.CreateFromPinnedArray(GC.AllocateUninitializedArray<byte>(size, pinned: true), 0, size);

        public void Dispose() => shelf.Put(this);
    }
}
