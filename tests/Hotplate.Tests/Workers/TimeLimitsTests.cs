using Hotplate.Settings;
using Hotplate.Workers;

namespace Hotplate.Tests.Workers;

/// <summary>When a running request is slow, and when it is over its limit.</summary>
public class TimeLimitsTests
{
    private const long Second = 1_000_000_000;
    private readonly FakeTime time = new();
    private readonly long begun;
    private RequestClock clock;

    public TimeLimitsTests() => begun = time.GetTimestamp();

    [Fact]
    public void Nothing_is_over_before_the_limit_and_all_is_after_it()
    {
        var limits = Limits(timeout: 30);
        Assert.Equal(LimitVerdict.Fine, After(29.9, limits));
        Assert.Equal(LimitVerdict.Over, After(0.1, limits));
    }

    [Fact]
    public void Without_a_limit_nothing_is_ever_over()
    {
        var limits = Limits(timeout: 0);
        Assert.Equal(LimitVerdict.Fine, After(1e6, limits));
        Assert.Equal(long.MaxValue, limits.Shortest);
    }

    [Fact]
    public void A_stream_that_moves_is_never_over()
    {
        var limits = Limits(timeout: 30);
        for (var piece = 1u; piece < 100; piece++)
        {
            Assert.Equal(LimitVerdict.Fine, After(29, limits, moves: piece));
        }
        Assert.Equal(LimitVerdict.Fine, After(29, limits, moves: 99));
        Assert.Equal(LimitVerdict.Over, After(1, limits, moves: 99));
    }

    [Fact]
    public void Time_that_the_client_takes_does_not_count()
    {
        var limits = Limits(timeout: 30);
        for (var i = 0; i < 100; i++)
        {
            Assert.Equal(LimitVerdict.Fine, After(29, limits, moves: 1, waitsForClient: true));
        }
        Assert.Equal(LimitVerdict.Fine, After(29, limits, moves: 1));
        Assert.Equal(LimitVerdict.Over, After(1, limits, moves: 1));
    }

    [Fact]
    public void A_slow_request_is_told_once()
    {
        var limits = Limits(timeout: 30, slow: 2);
        Assert.Equal(LimitVerdict.Fine, After(1.9, limits));
        Assert.Equal(LimitVerdict.Slow, After(0.1, limits));
        Assert.Equal(LimitVerdict.Fine, After(20, limits));
        Assert.Equal(LimitVerdict.Over, After(8, limits));
    }

    [Fact]
    public void One_slow_request_a_second_is_told_and_the_others_wait_their_turn()
    {
        var limits = Limits(timeout: 30, slow: 2);
        var clocks = new RequestClock[3];
        time.Advance(TimeSpan.FromSeconds(2));
        for (var told = 0; told < 3; told++)
        {
            Assert.Equal(1, Enumerable.Range(0, 3).Count(i => Look(ref clocks[i], limits) == LimitVerdict.Slow));
            time.Advance(TimeSpan.FromSeconds(1));
        }
        Assert.Equal(0, Enumerable.Range(0, 3).Count(i => Look(ref clocks[i], limits) == LimitVerdict.Slow));
    }

    private LimitVerdict Look(ref RequestClock one, TimeLimits limits) => limits.Judge(ref one, time.GetTimestamp(), begun, 0, waitsForClient: false);

    private LimitVerdict After(double seconds, TimeLimits limits, uint moves = 0, bool waitsForClient = false)
    {
        time.Advance(TimeSpan.FromSeconds(seconds));
        Assert.True(time.GetTimestamp() >= begun + (long)(seconds * Second));
        return limits.Judge(ref clock, time.GetTimestamp(), begun, moves, waitsForClient);
    }

    private static TimeLimits Limits(double timeout, double slow = 0) =>
        new(new WorkerSettings { Timeout = TimeSpan.FromSeconds(timeout), SlowRequest = TimeSpan.FromSeconds(slow) });
}
