using System.Buffers;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace Hotplate.Apps;

/// <summary>The memory that connections read into and write from: pinned blocks of 4 KiB, and of 64 KiB where a body is known to come.</summary>
/// <remarks>
/// As much is read at once as the block has room, so a body of 64 KiB in usual blocks is sixteen calls of recv(2), each with all that
/// stands above it; who sends slowly holds its block for long, so all of them large would cost. Hence <see cref="ExpectBody"/>.
/// </remarks>
internal sealed class BlockPool : MemoryPool<byte>
{
    /// <summary>Bytes of a small block.</summary>
    internal const int Small = 4 * 1024;

    private const int Large = 64 * 1024;

    [ThreadStatic]
    private static bool bodyExpected;

    private readonly BlockShelf small = new(Small);
    private readonly BlockShelf large = new(Large);

    internal BlockPool()
    {
    }

    internal static BlockPool Instance { get; } = new();

    public override int MaxBufferSize => Large;

    /// <summary>Bytes of the blocks that connections have.</summary>
    internal long Lent => small.Lent + large.Lent;

    /// <summary>Bytes of the large ones among them.</summary>
    internal long LentLarge => large.Lent;

    /// <summary>Bytes of large blocks for bodies at a time; then those get small ones too. A sender that is slow keeps its block for
    /// long.</summary>
    internal long MostForBodies { get; set; } = long.MaxValue;

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

    /// <summary>The next block asked for on this thread is large: it is asked for as soon as whoever reads the body wants more.</summary>
    internal static void ExpectBody(long bytes) => bodyExpected = bytes > Small;

    /// <summary>True once after <see cref="ExpectBody"/>, for who takes the block later and on another thread.</summary>
    internal static bool TakeExpectation()
    {
        var expected = bodyExpected;
        bodyExpected = false;
        return expected;
    }

    /// <summary>One for a body that is expected, or a small one.</summary>
    internal IMemoryOwner<byte> Rent(bool forBody) => (forBody && large.Lent < MostForBodies ? large : small).Take();

    public override IMemoryOwner<byte> Rent(int minBufferSize = -1)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(minBufferSize, Large);
        var isLarge = minBufferSize > Small || (bodyExpected && large.Lent < MostForBodies);
        bodyExpected = false;
        return (isLarge ? large : small).Take();
    }

    /// <summary>Gives the memory of all blocks that nobody uses back to the kernel.</summary>
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
}
