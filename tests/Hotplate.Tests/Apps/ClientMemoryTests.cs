using Hotplate.Apps;

namespace Hotplate.Tests.Apps;

/// <summary>The budget for what clients make the front hold.</summary>
public class ClientMemoryTests
{
    [Fact]
    public void Bodies_have_their_part_and_no_more()
    {
        var memory = new ClientMemory(1000, bodies: 500);
        Assert.True(memory.TryTake(500));
        Assert.False(memory.TryTake(1));
        memory.Give(1);
        Assert.True(memory.TryTake(1));
        Assert.Equal(500, memory.Used);
    }

    [Fact]
    public void Who_goes_over_asks_for_room_and_is_told_whether_there_is_some()
    {
        var memory = new ClientMemory(1000);
        var asked = 0;
        memory.MakeRoom = () => asked++;
        Assert.True(memory.Hold(1000));
        Assert.Equal(0, asked);
        Assert.False(memory.Hold(1));
        memory.MakeRoom = () => memory.Leaving(100);
        Assert.True(memory.Hold(1));
        Assert.Equal(1, asked);
    }

    [Fact]
    public void What_is_told_to_go_is_counted_until_it_has_gone()
    {
        var memory = new ClientMemory(1000);
        memory.Hold(1000);
        memory.Leaving(400);
        Assert.Equal(1000, memory.Used);
        Assert.Equal(-400, memory.Excess);
        memory.Hold(-400);
        memory.Leaving(-400);
        Assert.Equal(-400, memory.Excess);
    }

    [Fact]
    public void It_comes_from_the_memory_there_is_unless_it_is_given()
    {
        Assert.Equal(5 << 20, ClientMemory.ForThisProcess(5 << 20).Limit);
        Assert.True(ClientMemory.ForThisProcess(null).Limit >= 8 << 20);
    }

    [Fact]
    public void Blocks_that_connections_have_count()
    {
        var pool = new BlockPool();
        var memory = new ClientMemory(100_000, blocks: pool);
        var small = pool.Rent();
        var large = pool.Rent(65536);
        Assert.Equal(4096 + 65536, memory.Used);
        small.Dispose();
        large.Dispose();
        Assert.Equal(0, memory.Used);
    }

    [Fact]
    public void Large_blocks_are_of_what_bodies_may_have()
    {
        var pool = new BlockPool();
        var memory = new ClientMemory(200_000, 100_000, pool);
        using var large = pool.Rent(65536);
        Assert.False(memory.TryTake(40_000));
        Assert.True(memory.TryTake(30_000));
    }

    [Fact]
    public void Slow_senders_have_few_large_blocks()
    {
        var pool = new BlockPool { MostForBodies = 100_000 };
        var sizes = new List<int>();
        for (var i = 0; i < 4; i++)
        {
            BlockPool.ExpectBody(1 << 20);
            sizes.Add(pool.Rent().Memory.Length);
        }
        Assert.Equal([65536, 65536, 4096, 4096], sizes);
        Assert.Equal(65536, pool.Rent(65536).Memory.Length);
    }
}
