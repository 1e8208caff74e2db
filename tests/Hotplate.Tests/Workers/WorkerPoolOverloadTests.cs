using Hotplate.Channel;
using Hotplate.Settings;
using Hotplate.Tests.Fixtures;
using Hotplate.Workers;

namespace Hotplate.Tests.Workers;

/// <summary>More requests than can be served, and workers that stand still.</summary>
public class WorkerPoolOverloadTests
{
    private static readonly WorkerSettings s_tenSeconds = new() { MaxQueueTime = TimeSpan.FromSeconds(10), FairQueue = 1 };

    [Fact]
    public async Task A_request_that_would_wait_too_long_is_refused_at_once()
    {
        using var pool = await PoolOfFarEnds.StartAsync(1, s_tenSeconds);
        await pool.LearnAsync("/second", 1_000_000);
        var errands = pool.Submit(12, "/second");
        pool.Ends[0].TakeNext();
        pool.Time.Advance(TimeSpan.FromSeconds(2));

        Assert.Equal(RequestFailure.Overloaded, await pool.Submit("/second").Ended.OrFail());
        Assert.All(errands, errand => Assert.False(errand.Ended.IsCompleted));
    }

    [Fact]
    public async Task Two_workers_do_twice_as_much()
    {
        using var pool = await PoolOfFarEnds.StartAsync(2, s_tenSeconds);
        await pool.LearnAsync("/second", 1_000_000);
        pool.Submit(20, "/second");
        pool.Ends[0].TakeNext();
        pool.Ends[1].TakeNext();
        pool.Time.Advance(TimeSpan.FromSeconds(2));

        Assert.False(pool.Submit("/second").Ended.IsCompleted);
        pool.Submit(5, "/second");
        Assert.Equal(RequestFailure.Overloaded, await pool.Submit("/second").Ended.OrFail());
    }

    [Fact]
    public async Task A_burst_is_not_refused_before_anybody_has_waited()
    {
        using var pool = await PoolOfFarEnds.StartAsync(1, s_tenSeconds);
        await pool.LearnAsync("/second", 1_000_000);
        var errands = pool.Submit(100, "/second");
        pool.Ends[0].TakeNext();
        pool.Time.Advance(TimeSpan.FromMilliseconds(900));

        Assert.False(pool.Submit("/second").Ended.IsCompleted);
        Assert.All(errands, errand => Assert.False(errand.Ended.IsCompleted));
    }

    [Fact]
    public async Task Nothing_is_refused_while_workers_find_out_how_much_they_can_run_at_a_time()
    {
        using var pool = await PoolOfFarEnds.StartAsync(1, s_tenSeconds);
        await pool.LearnAsync("/second", 1_000_000);
        pool.Submit(200, "/second");
        pool.Ends[0].TakeNext();
        pool.Time.Advance(TimeSpan.FromSeconds(2));

        pool.Ends[0].Send(FrameType.Credit, 0, 3);
        await Patience.UntilAsync(() => pool.Ends[0].Worker.Concurrency == 3, "three at a time");
        Assert.False(pool.Submit("/second").Ended.IsCompleted);
        pool.Ends[0].TakeNext();
        pool.Ends[0].TakeNext();
        pool.Time.Advance(TimeSpan.FromSeconds(2));

        Assert.Equal(RequestFailure.Overloaded, await pool.Submit("/second").Ended.OrFail());
    }

    [Fact]
    public async Task Of_routes_that_nobody_knows_nothing_is_assumed()
    {
        using var pool = await PoolOfFarEnds.StartAsync(1, new WorkerSettings { MaxQueueTime = TimeSpan.FromMilliseconds(500) });
        pool.Submit(1000, "/new");
        pool.Ends[0].TakeNext();
        pool.Time.Advance(TimeSpan.FromMilliseconds(300));

        Assert.False(pool.Submit("/new").Ended.IsCompleted);
    }

    [Fact]
    public async Task A_fast_request_is_not_refused_for_slow_ones_that_wait()
    {
        using var pool = await PoolOfFarEnds.StartAsync(1, s_tenSeconds with { FairQueue = 4 });
        await pool.LearnAsync("/second", 1_000_000);
        await pool.LearnAsync("/fast", 100);
        pool.Submit(30, "/second");
        pool.Ends[0].TakeNext();
        pool.Time.Advance(TimeSpan.FromSeconds(2));

        Assert.Equal(RequestFailure.Overloaded, await pool.Submit("/second").Ended.OrFail());
        Assert.False(pool.Submit("/fast").Ended.IsCompleted);
    }

    [Fact]
    public async Task Without_workers_nothing_is_refused()
    {
        using var pool = await PoolOfFarEnds.StartAsync(1, s_tenSeconds);
        await pool.LearnAsync("/second", 1_000_000);
        var worker = pool.Ends[0].Worker;
        pool.Ends[0].Dispose();
        await Patience.UntilAsync(() => worker.State == WorkerState.Exited, "it is gone");
        pool.Submit(30, "/second");
        pool.Time.Advance(TimeSpan.FromSeconds(2));

        Assert.False(pool.Submit("/second").Ended.IsCompleted);
    }

    [Fact]
    public async Task What_a_worker_that_stands_still_has_not_begun_fails_in_time_and_is_never_begun()
    {
        using var pool = await PoolOfFarEnds.StartAsync(2, s_tenSeconds);
        var errands = pool.Submit(2);
        var frames = new[] { pool.Ends[0].Next(FrameType.Request), pool.Ends[1].Next(FrameType.Request) };

        pool.Time.Advance(TimeSpan.FromSeconds(11));

        Assert.All(await Task.WhenAll(errands.Select(e => e.Ended)).OrFail(), failure => Assert.Equal(RequestFailure.QueueTimeout, failure));
        Assert.False(pool.Ends[0].TryTake(frames[0]));
        Assert.False(pool.Ends[1].TryTake(frames[1]));
        Assert.Equal((0, 0), (pool.Pool.InFlight, pool.Pool.Waiting));
    }

    [Fact]
    public async Task A_worker_that_stands_still_gets_nothing_until_it_moves()
    {
        using var pool = await PoolOfFarEnds.StartAsync(1, s_tenSeconds);
        pool.Submit();
        var first = pool.Ends[0].Next(FrameType.Request);
        pool.Time.Advance(TimeSpan.FromSeconds(1));
        var second = pool.Submit();
        Assert.Equal(2, pool.Pool.Waiting);
        Assert.Empty(pool.Ends[0].All());

        Assert.False(pool.Ends[0].TryTake(first));

        var again = pool.Ends[0].TakeNext();
        pool.Ends[0].Answer(again);
        pool.Ends[0].Answer(pool.Ends[0].TakeNext());
        Assert.Equal(RequestFailure.None, await second.Ended.OrFail());
    }

    [Fact]
    public async Task What_a_worker_that_stands_still_has_not_begun_goes_to_another()
    {
        using var pool = await PoolOfFarEnds.StartAsync(2, s_tenSeconds);
        var errand = pool.Submit();
        var stuck = pool.Ends[0].Next(FrameType.Request);

        pool.Time.Advance(TimeSpan.FromSeconds(1));

        pool.Ends[1].Answer(pool.Ends[1].TakeNext());
        Assert.Equal(RequestFailure.None, await errand.Ended.OrFail());
        Assert.False(pool.Ends[0].TryTake(stuck));
    }

    [Fact]
    public async Task A_worker_that_runs_something_long_does_not_stand_still()
    {
        using var pool = await PoolOfFarEnds.StartAsync(1, s_tenSeconds);
        var errand = pool.Submit();
        var request = pool.Ends[0].TakeNext();
        pool.Time.Advance(TimeSpan.FromSeconds(20));

        pool.Ends[0].Answer(request);
        Assert.Equal(RequestFailure.None, await errand.Ended.OrFail());
        Assert.False(pool.Ends[0].Worker.Stalled);
    }

    [Fact]
    public async Task A_worker_that_is_drained_gives_others_what_it_has_not_begun()
    {
        using var pool = await PoolOfFarEnds.StartAsync(2);
        var errand = pool.Submit();
        var frame = pool.Ends[0].Next(FrameType.Request);

        pool.Pool.Drain(pool.Ends[0].Worker);

        pool.Ends[1].Answer(pool.Ends[1].TakeNext());
        Assert.Equal(RequestFailure.None, await errand.Ended.OrFail());
        Assert.False(pool.Ends[0].TryTake(frame));
    }
}
