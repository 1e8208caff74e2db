using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Hotplate.Linux;
using Hotplate.Workers;

namespace Hotplate.Apps;

/// <summary>One pinned array, cut into blocks. All but <see cref="GiveBack"/> under its shelf's lock.</summary>
/// <remarks>
/// The collector neither moves a pinned array nor gives memory back from the middle of its regions, so the pages of blocks that nobody has
/// are given to the kernel here: they are zeros when they are touched again. The array itself stays whole and the collector's, so nothing
/// can point to memory that is gone.
/// </remarks>
internal sealed class BlockSlab
{
    private const int MostBlocks = 64;
    private const int MostBytes = 512 * 1024;
    private const int MADV_DONTNEED = 4;

    private readonly BlockShelf shelf;
    private readonly int size;
    private readonly int count;
    private Block[]? blocks;
    private ulong free;

    internal BlockSlab(BlockShelf shelf, int size, int index)
    {
        (this.shelf, this.size, Index) = (shelf, size, index);
        count = CountOf(size);
        free = All;
    }

    /// <summary>Where it is in its shelf.</summary>
    internal int Index { get; }

    internal int Bytes => size * count;

    /// <summary>It has an array.</summary>
    internal bool Exists => blocks is not null;

    /// <summary>No block is there to take.</summary>
    internal bool IsFull => free == 0;

    /// <summary>No block is out.</summary>
    internal bool IsEmpty => free == All;

    private ulong All => ulong.MaxValue >> (MostBlocks - count);

    internal static int CountOf(int size) => Math.Min(MostBlocks, MostBytes / size);

    /// <summary>The first block that is there; makes the array, if it has none.</summary>
    internal Block Take()
    {
        blocks ??= Cut();
        var number = BitOperations.TrailingZeroCount(free);
        free &= free - 1;
        return blocks[number];
    }

    internal void Put(Block block) => free |= 1UL << block.Number;

    /// <summary>An empty one parts with its array, of which <see cref="GiveBack"/> may be told when the lock is free.</summary>
    internal Block[]? Release()
    {
        var gone = blocks;
        blocks = null;
        return gone;
    }

    /// <summary>The kernel gets the pages of the blocks that are here.</summary>
    internal void GiveBackFree()
    {
        for (var rest = free; blocks is not null && rest != 0;)
        {
            var first = BitOperations.TrailingZeroCount(rest);
            var length = BitOperations.TrailingZeroCount(~(rest >> first));
            GiveBack(blocks.AsSpan(first, length));
            rest = first + length < MostBlocks ? rest & (ulong.MaxValue << (first + length)) : 0;
        }
    }

    /// <summary>The kernel gets the pages of blocks that lie one after another and that nobody has.</summary>
    internal static unsafe void GiveBack(ReadOnlySpan<Block> row)
    {
        var bytes = row[0].Memory.Span;
        var page = (nuint)Environment.SystemPageSize;
        fixed (byte* at = bytes)
        {
            var start = ((nuint)at + page - 1) & ~(page - 1);
            var end = ((nuint)at + (nuint)(bytes.Length * row.Length)) & ~(page - 1);
            if (end > start)
            {
                // When it is refused, as for locked memory, they stay.
                _ = Libc.madvise((byte*)start, end - start, MADV_DONTNEED);
            }
        }
    }

    // From a page's beginning on.
    private unsafe Block[] Cut()
    {
        var page = Environment.SystemPageSize;
        var array = GC.AllocateUninitializedArray<byte>(Bytes + page, pinned: true);
        var begin = (nuint)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(array));
        var skip = (page - (int)(begin % (nuint)page)) % page;
        var all = new Block[count];
        for (var i = 0; i < count; i++)
        {
            all[i] = new Block(shelf, this, i, MemoryMarshal.CreateFromPinnedArray(array, skip + (i * size), size));
        }
        return all;
    }
}
