using Hotplate.Settings;
using Hotplate.Supervision;

namespace Hotplate.Tests.Supervision;

/// <summary>When a worker must go because memory is short, and when there is room for another.</summary>
public sealed class MemoryPolicyTests
{
    private const long Worker = 100;
    private readonly MemoryPolicy policy = new(new WorkerSettings { Count = 4, Least = 2, Most = 4 });
    private TimeSpan now = TimeSpan.FromHours(1);
    private int wanted = 4;

    [Fact]
    public void With_enough_memory_nobody_goes() => Assert.Equal(0, Pass(seconds: 600, free: 64));

    [Fact]
    public void Memory_that_nobody_knows_of_forbids_nothing()
    {
        Assert.Equal(0, Pass(seconds: 600, free: null));
        Assert.True(HasRoom(null));
    }

    [Fact]
    public void A_peak_is_no_shortage()
    {
        for (var i = 0; i < 20; i++)
        {
            Assert.Equal(0, Pass(seconds: 2, free: 1));
            Assert.Equal(0, Pass(seconds: 1, free: 500));
        }
    }

    [Fact]
    public void When_it_stays_short_one_goes_after_the_other_down_to_the_least()
    {
        Assert.Equal(1, Pass(seconds: 3, free: 63));
        Assert.Equal(0, Pass(seconds: 9, free: 63));
        Assert.Equal(1, Pass(seconds: 1, free: 63));
        Assert.Equal(0, Pass(seconds: 3600, free: 0));
        Assert.Equal(2, wanted);
    }

    [Fact]
    public void The_next_waits_until_the_last_is_gone()
    {
        Assert.Equal(1, Pass(seconds: 3, free: 63));
        Assert.Equal(0, Pass(seconds: 600, free: 63, leaving: true));
        Assert.Equal(1, Pass(seconds: 1, free: 63));
    }

    [Theory]
    [InlineData(214, true)]
    [InlineData(213, false)]
    [InlineData(63, false)]
    public void Another_must_fit_with_room_to_spare(long free, bool fits) => Assert.Equal(fits, HasRoom(free));

    [Fact]
    public void After_one_had_to_go_there_must_be_room_for_a_minute_on_end()
    {
        Pass(seconds: 3, free: 63);
        Assert.Equal(0, Pass(seconds: 3600, free: 63 + Worker));
        Assert.False(HasRoom(63 + Worker));
        Assert.Equal(0, Pass(seconds: 59, free: 300));
        Assert.False(HasRoom(300));
        Pass(seconds: 1, free: 200);
        Pass(seconds: 60, free: 300);
        Assert.False(HasRoom(300));
        Pass(seconds: 1, free: 300);
        Assert.True(HasRoom(300));
        Assert.False(HasRoom(200));
    }

    private bool HasRoom(long? free) => policy.HasRoom(Reading(free, leaving: false));

    /// <returns>How many had to go.</returns>
    private int Pass(int seconds, long? free, bool leaving = false)
    {
        var gone = 0;
        for (var second = 0; second < seconds; second++)
        {
            now += TimeSpan.FromSeconds(1);
            if (policy.MustLetGo(Reading(free, leaving)))
            {
                wanted--;
                gone++;
            }
        }
        return gone;
    }

    private MemoryReading Reading(long? free, bool leaving) => new(now, free << 20, Worker << 20, wanted, leaving);
}
