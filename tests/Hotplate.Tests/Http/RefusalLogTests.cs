using Hotplate.Http;
using Hotplate.Tests.Workers;
using Hotplate.Workers;

namespace Hotplate.Tests.Http;

/// <summary>What the log tells of a rush.</summary>
public sealed class RefusalLogTests
{
    private readonly FakeTime time = new();

    [Fact]
    public void Ten_a_second_and_then_how_many_more_there_were()
    {
        var log = new RefusalLog(time);
        Assert.Equal(10, Enumerable.Range(0, 500).Count(number => log.MayTell(RequestFailure.Overloaded, out var before) && before == 0));

        time.Advance(TimeSpan.FromSeconds(1));

        Assert.True(log.MayTell(RequestFailure.QueueFull, out var passedOver));
        Assert.Equal(490, passedOver);
        Assert.True(log.MayTell(RequestFailure.QueueFull, out passedOver));
        Assert.Equal(0, passedOver);
    }

    [Fact]
    public void Of_every_other_failure_each()
    {
        var log = new RefusalLog(time);
        Assert.Equal(500, Enumerable.Range(0, 500).Count(number => log.MayTell(RequestFailure.AppFailed, out _)));
    }
}
