using Hotplate.Settings;
using Hotplate.Supervision;

namespace Hotplate.Tests.Supervision;

/// <summary>How many workers there are to be.</summary>
public sealed class WorkforceTests
{
    private static readonly WorkerSettings s_auto = new WorkerSettings().WithWorkersFor(8);

    [Fact]
    public void Auto_begins_with_one_for_each_CPU() => Assert.Equal(8, new Workforce(s_auto, 16L << 30).Wanted);

    [Theory]
    [InlineData(300, 4)]
    [InlineData(10, 2)]
    public void Where_memory_is_short_it_begins_with_fewer(long mebibytes, int count) => Assert.Equal(count, new Workforce(s_auto, mebibytes << 20).Wanted);

    [Fact]
    public void A_number_that_was_asked_for_is_kept_whatever_the_memory() =>
        Assert.Equal(8, new Workforce(new WorkerSettings { Count = 8, Least = 8, Most = 8 }, 1).Wanted);

    [Fact]
    public void A_signal_changes_and_pins_it_and_leaves_one()
    {
        var workforce = new Workforce(s_auto, null);
        Assert.True(workforce.Set(3));
        Assert.Equal(4, workforce.Pin(1));
        Assert.True(workforce.IsPinned);
        Assert.False(workforce.Set(8));
        Assert.Equal(4, workforce.Wanted);
        Assert.Equal(1, workforce.Pin(-3));
        Assert.Equal(1, workforce.Pin(-1));
    }

    [Fact]
    public void There_may_be_several_where_there_are_or_can_come_to_be()
    {
        Assert.False(new Workforce(new WorkerSettings { Count = 1 }, null).MayBeSeveral);
        Assert.True(new Workforce(new WorkerSettings { Count = 2 }, null).MayBeSeveral);
        var elastic = new Workforce(new WorkerSettings { Count = 1, Least = 1, Most = 2 }, null);
        Assert.True(elastic.MayBeSeveral);
        elastic.Pin(-1);
        Assert.False(elastic.MayBeSeveral);
        elastic.Pin(1);
        Assert.True(elastic.MayBeSeveral);
    }
}
