using System.Buffers;

namespace Hotplate.Apps;

/// <summary>A piece of a <see cref="BlockSlab"/>, which one connection has at a time.</summary>
/// <param name="memory">Of a pinned array: Kestrel asks for arrays.</param>
internal sealed class Block(BlockShelf shelf, BlockSlab slab, int number, Memory<byte> memory) : IMemoryOwner<byte>
{
    public Memory<byte> Memory { get; } = memory;

    internal BlockSlab Slab { get; } = slab;

    /// <summary>Where it is in its slab.</summary>
    internal int Number { get; } = number;

    /// <summary>Somebody has it. Under the shelf's lock.</summary>
    internal bool IsLent { get; set; }

    /// <summary>Gives it back. What nobody has cannot be given back again.</summary>
    public void Dispose() => shelf.Put(this);
}
