using System.Collections.Concurrent;
using Hotplate.Apps;

namespace Hotplate.Tests.Apps;

public class BlockShelfTests
{
    private const int Size = 4096;

    // As many as are kept at hand without a slab being asked.
    private const int Few = 64;
    private static readonly int InSlab = BlockSlab.CountOf(Size);

    [Theory]
    [InlineData(4096, 256 * 1024)]
    [InlineData(65536, 512 * 1024)]
    public void Blocks_of_a_slab_lie_one_after_another_from_a_pages_beginning_on(int size, int slab)
    {
        var shelf = new BlockShelf(size);
        var blocks = TakeSlab(shelf, size);
        Assert.Equal(slab, shelf.Bytes);
        Assert.Equal(0, Address(blocks[0]) % Environment.SystemPageSize);
        Assert.Equal(Enumerable.Range(0, blocks.Length).Select(i => i * (nint)size), blocks.Select(block => Address(block) - Address(blocks[0])));
        Assert.All(blocks, block => Assert.Equal(size, block.Memory.Length));
    }

    [Fact]
    public void The_block_that_came_back_last_is_the_next()
    {
        var shelf = new BlockShelf(Size);
        var (one, other) = (shelf.Take(), shelf.Take());
        other.Dispose();
        one.Dispose();
        Assert.Same(one, shelf.Take());
        Assert.Same(other, shelf.Take());
    }

    [Fact]
    public void Blocks_are_taken_from_the_oldest_slab_that_has_one()
    {
        var shelf = new BlockShelf(Size);
        var slabs = Enumerable.Range(0, 4).Select(_ => TakeSlab(shelf, Size)).ToArray();
        // These stay at hand.
        Array.ForEach(slabs[0], block => block.Dispose());
        slabs[3][5].Dispose();
        slabs[2][5].Dispose();
        slabs[1][9].Dispose();
        slabs[2][4].Dispose();
        var taken = Enumerable.Range(0, Few + 4).Select(_ => shelf.Take()).ToArray();
        Assert.Equal([slabs[1][9], slabs[2][4], slabs[2][5], slabs[3][5]], taken[Few..]);
        Assert.Equal(4L * InSlab * Size, shelf.Bytes);
    }

    [Fact]
    public void An_empty_slab_goes_when_enough_is_kept()
    {
        const int kept = 8 << 20;
        var shelf = new BlockShelf(Size);
        var blocks = Enumerable.Range(0, 3 * kept / Size).Select(_ => shelf.Take()).ToArray();
        Assert.Equal(3 * kept, shelf.Bytes);
        Array.ForEach(blocks, block => block.Dispose());
        Assert.InRange(shelf.Bytes, kept, kept + (2 * InSlab * Size));
    }

    [Fact]
    public void Nothing_is_kept_of_slabs_that_nobody_uses()
    {
        var shelf = new BlockShelf(Size);
        var blocks = Enumerable.Range(0, 5).SelectMany(_ => TakeSlab(shelf, Size)).ToArray();
        Array.ForEach(blocks, block => block.Memory.Span.Fill(1));
        foreach (var block in blocks.Skip(1))
        {
            block.Dispose();
        }
        shelf.Trim();
        Assert.Equal(InSlab * Size, shelf.Bytes);
        Assert.Equal(-1, blocks[0].Memory.Span.IndexOfAnyExcept((byte)1));
        // The kernel has the pages of all others, in the slab that is left too.
        Assert.All(blocks.Skip(1), block => Assert.Equal(-1, block.Memory.Span.IndexOfAnyExcept((byte)0)));

        blocks[0].Dispose();
        shelf.Trim();
        Assert.Equal(0, shelf.Bytes);
        using var next = shelf.Take();
        next.Memory.Span.Fill(2);
        Assert.Equal(InSlab * Size, shelf.Bytes);
    }

    [Fact]
    public void What_lies_between_blocks_in_use_is_given_back_and_they_keep_their_bytes()
    {
        var shelf = new BlockShelf(Size);
        var blocks = TakeSlab(shelf, Size);
        var others = Enumerable.Range(0, Few).Select(_ => shelf.Take()).ToArray();
        Array.ForEach(others, block => block.Dispose());
        Array.ForEach(blocks, block => block.Memory.Span.Fill(7));
        bool Goes(int i) => i is 0 or 1 or 30 or 31 or 32 or 63 || (i & 4) != 0;
        foreach (var block in blocks.Where((_, i) => Goes(i)))
        {
            block.Dispose();
        }
        shelf.Trim();
        for (var i = 0; i < blocks.Length; i++)
        {
            Assert.Equal(-1, blocks[i].Memory.Span.IndexOfAnyExcept((byte)(Goes(i) ? 0 : 7)));
        }
    }

    [Fact]
    public void What_came_back_cannot_come_back_again()
    {
        var shelf = new BlockShelf(Size);
        var block = shelf.Take();
        block.Dispose();
        block.Dispose();
        Assert.NotSame(shelf.Take(), shelf.Take());

        block.Dispose();
        shelf.Trim();
        block.Dispose();
        var all = Enumerable.Range(0, 3 * InSlab).Select(_ => shelf.Take()).ToArray();
        Assert.Equal(all.Length, all.Distinct().Count());
    }

    [Fact]
    public async Task No_two_have_the_same_block_whoever_trims_meanwhile()
    {
        const int turns = 2000;
        var shelf = new BlockShelf(Size);
        var handed = new ConcurrentQueue<Block>();
        using var ended = new CancellationTokenSource();
        var trims = Task.Run(
            () =>
            {
                while (!ended.IsCancellationRequested)
                {
                    shelf.Trim();
                }
            },
            TestContext.Current.CancellationToken);
        await Task.WhenAll(Enumerable.Range(1, 4).Select(mark => Task.Run(() => Work((byte)mark))));
        await ended.CancelAsync();
        await trims;
        while (handed.TryDequeue(out var block))
        {
            block.Dispose();
        }
        shelf.Trim();
        Assert.Equal(0, shelf.Bytes);

        void Work(byte mark)
        {
            for (var turn = 0; turn < turns; turn++)
            {
                var mine = Enumerable.Range(0, 1 + (turn % 90)).Select(_ => shelf.Take()).ToArray();
                Array.ForEach(mine, block => block.Memory.Span.Fill(mark));
                Assert.All(mine, block => Assert.Equal(-1, block.Memory.Span.IndexOfAnyExcept(mark)));
                // Half of them come back on another thread.
                foreach (var block in mine)
                {
                    handed.Enqueue(block);
                }
                for (var i = 0; i < mine.Length && handed.TryDequeue(out var other); i++)
                {
                    other.Dispose();
                }
            }
        }
    }

    private static Block[] TakeSlab(BlockShelf shelf, int size) => [.. Enumerable.Range(0, BlockSlab.CountOf(size)).Select(_ => shelf.Take())];

    private static unsafe nint Address(Block block)
    {
        fixed (byte* at = block.Memory.Span)
        {
            return (nint)at;
        }
    }
}
