using Hotplate.Channel;
using Hotplate.Settings;
using Hotplate.Tests.Fixtures;
using Hotplate.Workers;

namespace Hotplate.Tests.Workers;

/// <summary>Requests that wait, and clients that do not.</summary>
public class WorkerPoolQueueTests
{
    [Fact]
    public async Task One_request_more_than_may_wait_is_refused()
    {
        using var pool = await PoolOfFarEnds.StartAsync(1, new WorkerSettings { MaxQueue = 2 });
        pool.Submit(3);

        Assert.Equal(RequestFailure.QueueFull, await pool.Submit().Ended.OrFail());
        Assert.Equal(2, pool.Pool.Waiting);
    }

    [Fact]
    public async Task A_request_that_waits_past_the_timeout_fails_with_QueueTimeout()
    {
        using var pool = await PoolOfFarEnds.StartAsync(1, new WorkerSettings { MaxQueueTime = TimeSpan.FromSeconds(5) });
        var errands = pool.Submit(2);
        pool.Ends[0].TakeNext();
        pool.Time.Advance(TimeSpan.FromSeconds(3));
        var later = pool.Submit();

        pool.Time.Advance(TimeSpan.FromSeconds(3));

        Assert.Equal(RequestFailure.QueueTimeout, await errands[1].Ended.OrFail());
        Assert.False(errands[0].Ended.IsCompleted);
        Assert.False(later.Ended.IsCompleted);
    }

    [Fact]
    public void Without_workers_requests_wait()
    {
        using var pool = new PoolOfFarEnds();
        pool.Submit(3);

        Assert.Equal(3, pool.Pool.Waiting);
    }

    [Fact]
    public async Task After_the_stop_new_requests_are_refused_and_waiting_ones_go_on()
    {
        using var pool = await PoolOfFarEnds.StartAsync(1);
        var errands = pool.Submit(2);
        pool.Pool.Stop();

        Assert.Equal(RequestFailure.Stopping, await pool.Submit().Ended.OrFail());
        pool.Ends[0].Answer(pool.Ends[0].TakeNext());
        pool.Ends[0].Answer(pool.Ends[0].TakeNext());
        Assert.All(await Task.WhenAll(errands.Select(e => e.Ended)).OrFail(), failure => Assert.Equal(RequestFailure.None, failure));
    }

    [Fact]
    public async Task A_client_that_leaves_gives_its_place_in_the_queue_to_the_next()
    {
        using var pool = await PoolOfFarEnds.StartAsync(1, new WorkerSettings { MaxQueue = 1 });
        var errands = pool.Submit(2);

        errands[1].Leave(pool.Pool);

        Assert.Equal(RequestFailure.ClientLeft, await errands[1].Ended.OrFail());
        Assert.False(pool.Submit().Ended.IsCompleted);
        Assert.Single(pool.Ends[0].All());
    }

    [Fact]
    public async Task A_client_that_leaves_before_its_request_began_frees_the_worker_at_once()
    {
        using var pool = await PoolOfFarEnds.StartAsync(1);
        var errands = pool.Submit(2);
        var first = pool.Ends[0].Next(FrameType.Request);

        errands[0].Leave(pool.Pool);

        Assert.False(pool.Ends[0].TryTake(first));
        pool.Ends[0].Answer(pool.Ends[0].TakeNext());
        Assert.Equal(RequestFailure.None, await errands[1].Ended.OrFail());
    }

    [Fact]
    public async Task A_client_that_leaves_while_its_request_runs_has_the_worker_told()
    {
        using var pool = await PoolOfFarEnds.StartAsync(1);
        var errands = pool.Submit(2);
        var request = pool.Ends[0].TakeNext();

        errands[0].Leave(pool.Pool);

        Assert.Equal(request.Header.Stream, pool.Ends[0].Next(FrameType.Abandon).Header.Stream);
        Assert.Equal(1, pool.Ends[0].Worker.InFlight);
        pool.Ends[0].Answer(request);
        pool.Ends[0].Answer(pool.Ends[0].TakeNext());
        Assert.Equal(RequestFailure.None, await errands[1].Ended.OrFail());
        Assert.Equal((RequestFailure.ClientLeft, 1), (await errands[0].Ended, errands[0].Ends));
        Assert.Empty(errands[0].Body);
    }

    [Fact]
    public async Task A_client_that_leaves_while_its_request_is_encoded_is_told_once_that_is_done()
    {
        using var pool = await PoolOfFarEnds.StartAsync(1);
        Errand? leaving = null;
        leaving = new Errand(1) { WhileWriting = () => Task.Run(() => leaving!.Leave(pool.Pool)).Wait(Patience.Limit) };
        leaving.SubmitTo(pool.Pool);

        Assert.Equal(RequestFailure.ClientLeft, await leaving.Ended.OrFail());
        Assert.Equal((0, 0L), (pool.Ends[0].Worker.InFlight, pool.Ends[0].Worker.Load));
        Assert.False(pool.Ends[0].TryTake(pool.Ends[0].Next(FrameType.Request)));
        var next = pool.Submit();
        pool.Ends[0].Answer(pool.Ends[0].TakeNext());
        Assert.Equal(RequestFailure.None, await next.Ended.OrFail());
    }

    [Fact]
    public async Task A_worker_that_is_drained_finishes_what_it_has_and_gets_nothing_new()
    {
        using var pool = await PoolOfFarEnds.StartAsync(2);
        var errands = pool.Submit(2);
        var last = pool.Ends[0].TakeNext();

        pool.Pool.Drain(pool.Ends[0].Worker);
        pool.Submit(2);

        pool.Ends[0].Next(FrameType.Drain);
        Assert.Empty(pool.Ends[0].All());
        pool.Ends[0].Answer(last);
        Assert.Equal(RequestFailure.None, await errands[0].Ended.OrFail());
    }

    [Fact]
    public async Task A_request_tells_how_long_it_waited_and_ran_and_where()
    {
        using var pool = await PoolOfFarEnds.StartAsync(1);
        var errands = pool.Submit(2);
        pool.Time.Advance(TimeSpan.FromMilliseconds(3));
        pool.Ends[0].Answer(pool.Ends[0].TakeNext());
        pool.Ends[0].Answer(pool.Ends[0].TakeNext(), microseconds: 1_234);
        await errands[1].Ended.OrFail();

        Assert.Equal((3_000, 1_234u, 1001), (errands[1].QueuedMicroseconds, errands[1].RanMicroseconds, errands[1].WorkerPid));
    }
}
