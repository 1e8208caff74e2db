using Hotplate.Channel;
using Hotplate.Settings;
using Hotplate.Tests.Fixtures;
using Hotplate.Workers;
using PoolWorker = Hotplate.Workers.Worker;

namespace Hotplate.Tests.Workers;

/// <summary>What becomes of a request that runs over its time limit, and of its worker.</summary>
public class WorkerPoolTimeLimitTests
{
    private static readonly WorkerSettings s_half_a_minute = new() { Timeout = TimeSpan.FromSeconds(30), MaxQueueTime = TimeSpan.FromHours(1) };
    private readonly List<PoolWorker> overran = [];
    private readonly List<string> stuck = [];

    [Fact]
    public async Task It_is_ended_and_its_worker_is_asked_to_interrupt_it()
    {
        using var pool = await StartAsync();
        var errand = pool.Submit();
        var request = pool.Ends[0].TakeNext();

        pool.Time.Advance(TimeSpan.FromSeconds(29));
        Assert.False(errand.Ended.IsCompleted);
        pool.Time.Advance(TimeSpan.FromSeconds(2));

        Assert.Equal(0u, pool.Ends[0].Next(FrameType.DumpStacks).Header.Stream);
        var interrupt = pool.Ends[0].Next(FrameType.Interrupt).Header;
        Assert.Equal((request.Header.Stream, request.Header.Argument, request.Header.Slot), (interrupt.Stream, interrupt.Argument, interrupt.Slot));
        Assert.False(errand.Ended.IsCompleted);

        pool.Ends[0].Send(FrameType.Interrupted, request.Header.Stream, 1);
        Assert.Equal(RequestFailure.TimedOut, await errand.Ended.OrFail());
        Assert.Equal(request.Header.Stream, pool.Ends[0].Next(FrameType.Abandon).Header.Stream);
    }

    [Fact]
    public async Task It_is_told_with_its_stack_once_the_worker_has_answered()
    {
        var log = new KeptLog();
        using var pool = await StartAsync(log);
        pool.Submit("/report");
        var request = pool.Ends[0].TakeNext();
        pool.Time.Advance(TimeSpan.FromSeconds(31));

        pool.Ends[0].Send(FrameType.Interrupted, request.Header.Stream, 1, FrameFlags.None, "  File \"shop.py\", line 7, in report\n"u8);

        await Patience.UntilAsync(() => overran.Count == 1, "the worker is to be replaced");
        Assert.Same(pool.Ends[0].Worker, overran[0]);
        var line = Assert.Single(log.Lines, static line => line.Text.Contains("was ended", StringComparison.Ordinal));
        Assert.Contains("/report was ended: nothing came of it for 30.0 s", line.Text, StringComparison.Ordinal);
        Assert.Contains("an exception was raised in its thread", line.Text, StringComparison.Ordinal);
        Assert.Equal("  File \"shop.py\", line 7, in report", line.Exception?.ToString());
        Assert.Empty(stuck);
    }

    [Fact]
    public async Task One_that_is_answered_at_that_moment_is_answered_and_its_worker_stays()
    {
        var log = new KeptLog();
        using var pool = await StartAsync(log);
        var errand = pool.Submit();
        var request = pool.Ends[0].TakeNext();
        pool.Time.Advance(TimeSpan.FromSeconds(31));

        pool.Ends[0].Answer(request);
        pool.Ends[0].Send(FrameType.Interrupted, request.Header.Stream);
        Assert.Equal((RequestFailure.None, 1), (await errand.Ended.OrFail(), errand.Ends));
        pool.Time.Advance(TimeSpan.FromSeconds(10));

        Assert.DoesNotContain(log.Lines, static line => line.Text.Contains("was ended", StringComparison.Ordinal));
        Assert.Empty(overran);
        Assert.Empty(stuck);
    }

    [Fact]
    public async Task A_worker_whose_GIL_nobody_gets_is_killed()
    {
        var log = new KeptLog();
        using var pool = await StartAsync(log);
        pool.Submit();
        pool.Ends[0].TakeNext();
        pool.Time.Advance(TimeSpan.FromSeconds(30.25));
        var dump = pool.Ends[0].Next(FrameType.DumpStacks).Header.Argument;
        pool.Ends[0].Send(FrameType.Stack, 0, dump, FrameFlags.End, "Thread 0x0000000000000000 (most recent call first):\n  File \"a.py\", line 3 in f\n  File \"/x/hotplate_worker/loop.py\", line 48 in answer_requests\n  File \"threading.py\", line 1 in run\n\nCurrent thread 0x0000000000000001 (most recent call first):\n  File \"b.py\", line 3 in g\n"u8);
        await Patience.UntilAsync(() => { pool.Time.Advance(TimeSpan.FromSeconds(0.25)); return stuck.Count > 0; }, "it is killed");

        Assert.Equal(["no thread of it gets the GIL"], stuck);
        var line = Assert.Single(log.Lines, static line => line.Text.Contains("was ended", StringComparison.Ordinal));
        Assert.Contains("cannot be interrupted", line.Text, StringComparison.Ordinal);
        Assert.Equal("  File \"a.py\", line 3 in f", line.Exception!.ToString());
    }

    [Fact]
    public async Task A_worker_that_says_nothing_at_all_is_killed_later()
    {
        using var pool = await StartAsync();
        pool.Submit();
        pool.Ends[0].TakeNext();
        pool.Time.Advance(TimeSpan.FromSeconds(34.75));
        Assert.Empty(stuck);
        pool.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(["it does not answer at all"], stuck);
    }

    [Fact]
    public async Task Its_neighbours_are_not_touched()
    {
        using var pool = await StartAsync();
        pool.Ends[0].Send(FrameType.Credit, 0, 8);
        var late = pool.Submit();
        var first = pool.Ends[0].TakeNext();
        pool.Time.Advance(TimeSpan.FromSeconds(25));
        var neighbour = pool.Submit();
        var request = pool.Ends[0].TakeNext();
        pool.Time.Advance(TimeSpan.FromSeconds(6));
        pool.Ends[0].Send(FrameType.Interrupted, first.Header.Stream, 1);

        Assert.Equal(RequestFailure.TimedOut, await late.Ended.OrFail());
        pool.Ends[0].Answer(request);
        Assert.Equal(RequestFailure.None, await neighbour.Ended.OrFail());
    }

    [Fact]
    public async Task A_stream_goes_on_for_as_long_as_pieces_come()
    {
        using var pool = await StartAsync();
        var errand = pool.Submit();
        var request = pool.Ends[0].TakeNext();
        pool.Ends[0].Send(FrameType.Response, request.Header.Stream, 0, FrameFlags.None, FarEnd.Head());
        for (var i = 0; i < 5; i++)
        {
            pool.Ends[0].Send(FrameType.ResponseBody, request.Header.Stream, 0, FrameFlags.None, [(byte)i]);
            await Patience.UntilAsync(() => errand.Body.Count == i + 1, "the piece");
            pool.Time.Advance(TimeSpan.FromSeconds(29));
        }
        Assert.False(errand.Ended.IsCompleted);
        pool.Time.Advance(TimeSpan.FromSeconds(2));
        pool.Ends[0].Send(FrameType.Interrupted, request.Header.Stream, 1);
        Assert.Equal(RequestFailure.TimedOut, await errand.Ended.OrFail());
    }

    [Fact]
    public async Task One_whose_client_has_left_is_ended_too()
    {
        using var pool = await StartAsync();
        var errand = pool.Submit();
        var request = pool.Ends[0].TakeNext();
        errand.Leave(pool.Pool);
        pool.Ends[0].Next(FrameType.Abandon);
        pool.Time.Advance(TimeSpan.FromSeconds(31));

        pool.Ends[0].Next(FrameType.DumpStacks);
        Assert.Equal(request.Header.Stream, pool.Ends[0].Next(FrameType.Interrupt).Header.Stream);
        Assert.Equal(1, errand.Ends);
    }

    [Fact]
    public async Task What_waits_at_a_worker_has_not_begun_and_is_not_over()
    {
        using var pool = await StartAsync();
        var running = pool.Submit();
        var waiting = pool.Submit();
        var request = pool.Ends[0].TakeNext();
        pool.Time.Advance(TimeSpan.FromSeconds(31));
        pool.Ends[0].Send(FrameType.Interrupted, request.Header.Stream, 1);
        Assert.Equal(RequestFailure.TimedOut, await running.Ended.OrFail());
        Assert.False(waiting.Ended.IsCompleted);
    }

    [Fact]
    public async Task A_worker_that_drains_and_has_nothing_left_but_such_requests_is_killed()
    {
        using var pool = await StartAsync();
        pool.Submit();
        var request = pool.Ends[0].TakeNext();
        pool.Time.Advance(TimeSpan.FromSeconds(31));
        pool.Ends[0].Send(FrameType.Interrupted, request.Header.Stream, 1);
        await Patience.UntilAsync(() => overran.Count == 1, "told");
        pool.Pool.Drain(pool.Ends[0].Worker);

        pool.Time.Advance(TimeSpan.FromSeconds(4));
        Assert.Empty(stuck);
        pool.Time.Advance(TimeSpan.FromSeconds(2));
        Assert.StartsWith("nothing is left to finish", Assert.Single(stuck), StringComparison.Ordinal);
    }

    private async Task<PoolOfFarEnds> StartAsync(KeptLog? log = null)
    {
        var pool = await PoolOfFarEnds.StartAsync(1, s_half_a_minute, log);
        pool.Pool.Interrupted = (worker, _) => overran.Add(worker);
        pool.Pool.Stuck = (_, why) => stuck.Add(why);
        return pool;
    }
}
