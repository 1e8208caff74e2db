using Hotplate.Channel;
using Hotplate.Tests.Fixtures;
using Hotplate.Workers;

namespace Hotplate.Tests.Workers;

/// <summary>How many requests lie ready at a worker, and at which.</summary>
public class WorkerPoolDepthTests
{
    [Theory]
    [InlineData(60u, 12)]
    [InlineData(300u, 2)]
    [InlineData(740u, 1)]
    [InlineData(5_000u, 1)]
    public async Task A_worker_holds_as_many_of_a_route_as_make_750_microseconds(uint runs, int depth)
    {
        using var pool = await PoolOfFarEnds.StartAsync(1);
        await pool.LearnAsync("/route", runs);

        pool.Submit(40, "/route");

        Assert.Equal(depth, pool.Ends[0].All().Count);
        Assert.Equal(40 - depth, pool.Pool.Waiting);
    }

    [Theory]
    [InlineData(64 * 1024, 0, 6)]
    [InlineData(300 * 1024, 0, 1)]
    [InlineData(2 << 20, 0, 1)]
    [InlineData(1024, 16 * 1024, 15)]
    [InlineData(1024, 128 * 1024, 8)]
    [InlineData(1024, 256 * 1024, 4)]
    public async Task A_busy_worker_holds_no_more_of_bodies_than_its_channel_or_their_memory_has_room_for(int framed, int laid, int depth)
    {
        using var pool = await PoolOfFarEnds.StartAsync(1);
        await pool.LearnAsync("/upload", 50);

        for (var i = 0; i < 20; i++)
        {
            _ = new Errand(i, "/upload") { Claims = framed, Large = laid }.SubmitTo(pool.Pool);
        }

        Assert.Equal(depth, pool.Ends[0].Worker.InFlight);
        Assert.Equal(20 - depth, pool.Pool.Waiting);
    }

    [Fact]
    public async Task A_worker_holds_one_request_of_a_route_that_nobody_knows()
    {
        using var pool = await PoolOfFarEnds.StartAsync(1);

        pool.Submit(3, "/new");

        Assert.Single(pool.Ends[0].All());
    }

    [Fact]
    public async Task Predictions_are_per_route()
    {
        using var pool = await PoolOfFarEnds.StartAsync(1);
        await pool.LearnAsync("/fast", 60);
        await pool.LearnAsync("/slow", 5_000);

        Assert.Equal(60, pool.Submit("/fast").Predicted);
        Assert.Equal(5_000, pool.Submit("/slow").Predicted);
        Assert.Equal(RoutePredictor.Unknown, pool.Submit("/new").Predicted);
    }

    [Fact]
    public async Task A_request_goes_to_a_worker_that_is_free()
    {
        using var pool = await PoolOfFarEnds.StartAsync(3);
        await pool.LearnAsync("/route", 60);

        pool.Submit(3, "/route");

        Assert.All(pool.Ends, end => Assert.Single(end.All()));
    }

    [Fact]
    public async Task When_none_is_free_it_goes_to_the_one_with_the_least_to_do()
    {
        using var pool = await PoolOfFarEnds.StartAsync(2);
        await pool.LearnAsync("/short", 60);
        await pool.LearnAsync("/long", 500);
        pool.Submit("/long");
        pool.Submit("/short");

        pool.Submit(4, "/short");

        Assert.Single(pool.Ends[0].All());
        Assert.Equal(5, pool.Ends[1].All().Count);
    }

    [Fact]
    public async Task A_request_predicted_slow_asks_that_answers_before_it_are_sent_first()
    {
        using var pool = await PoolOfFarEnds.StartAsync(1);
        await pool.LearnAsync("/slow", 5_000);
        await pool.LearnAsync("/fast", 60);

        pool.Submit("/fast");
        pool.Ends[0].Answer(pool.Ends[0].TakeNext());
        pool.Submit("/slow");

        Assert.True(pool.Ends[0].TakeNext().Header.Flags.HasFlag(FrameFlags.FlushFirst));
    }

    [Fact]
    public async Task Once_a_slow_one_has_run_the_next_waits_for_a_free_worker_and_fast_ones_go_before_it()
    {
        using var pool = await PoolOfFarEnds.StartAsync(1);
        var end = pool.Ends[0];
        await pool.LearnAsync("/slow", 5_000);
        await pool.LearnAsync("/fast", 60);
        pool.Submit("/fast");
        var slow = pool.Submit(2, "/slow");
        end.Answer(end.TakeNext());
        var first = end.TakeNext();
        pool.Submit(3, "/fast");

        end.Answer(first, 5_000);
        await slow[0].Ended.OrFail();
        pool.Submit(3, "/fast");

        Assert.Equal(6, end.Worker.InFlight);
        Assert.Equal(1, pool.Pool.Waiting);
        Assert.False(slow[1].Ended.IsCompleted);
    }

    [Fact]
    public async Task Nothing_goes_behind_a_slow_one_that_came_to_its_turn_while_fast_ones_keep_coming()
    {
        using var pool = await PoolOfFarEnds.StartAsync(1);
        var end = pool.Ends[0];
        await pool.LearnAsync("/slow", 5_000);
        await pool.LearnAsync("/fast", 60);
        pool.Submit("/fast");
        pool.Submit(2, "/slow");
        end.Answer(end.TakeNext());
        var slow = end.TakeNext();
        pool.Submit(2, "/fast");
        end.Answer(slow, 5_000);
        var request = end.TakeNext();
        for (var i = 0; pool.Pool.Waiting > 0; i++)
        {
            // One for one, so that the worker is never idle: until the fast have had their share, twice the slow one's time.
            Assert.InRange(i, 0, (2 * 5_000 / 60) + 1);
            end.Answer(request);
            pool.Submit("/fast");
            request = end.TakeNext();
        }

        pool.Submit("/fast");

        Assert.Equal(1, pool.Pool.Waiting);
    }

    [Fact]
    public async Task Fast_ones_that_keep_every_worker_busy_do_not_starve_a_slow_one()
    {
        using var pool = await PoolOfFarEnds.StartAsync(1);
        var end = pool.Ends[0];
        await pool.LearnAsync("/slow", 5_000);
        await pool.LearnAsync("/fast", 60);
        pool.Submit(30, "/fast");
        var slow = pool.Submit("/slow");

        for (var i = 0; !slow.Ended.IsCompleted; i++)
        {
            Assert.True(i < 1_000, "the slow one never came to its turn");
            var request = end.TakeNext();
            end.Answer(request, request.Header.Flags.HasFlag(FrameFlags.FlushFirst) ? 5_000u : 60u);
            pool.Submit("/fast");
        }
        Assert.Equal(RequestFailure.None, await slow.Ended);
    }

    [Fact]
    public async Task A_worker_that_says_it_can_run_more_gets_more_at_a_time()
    {
        using var pool = await PoolOfFarEnds.StartAsync(1);
        await pool.LearnAsync("/slow", 50_000);
        pool.Submit(10, "/slow");
        Assert.Single(pool.Ends[0].All());

        pool.Ends[0].Send(FrameType.Credit, 0, 5);

        await Patience.UntilAsync(() => pool.Pool.InFlight == 5, "five in flight");
        pool.Ends[0].Send(FrameType.Credit, 0, 2);
        await Patience.UntilAsync(() => pool.Ends[0].Worker.Concurrency == 2, "two at a time");
        Assert.Equal((5, 5), (pool.Ends[0].All().Count + 1, pool.Pool.Waiting));
    }

    [Fact]
    public async Task However_much_a_worker_says_it_can_run_it_gets_no_more_than_it_has_slots()
    {
        using var pool = new PoolOfFarEnds();
        var end = await pool.JoinAsync(slots: 4);
        end.Send(FrameType.Credit, 0, uint.MaxValue);
        await Patience.UntilAsync(() => end.Worker.Concurrency == 4, "credit");

        pool.Submit(9);

        Assert.Equal((4, 5), (end.All().Count, pool.Pool.Waiting));
    }

    [Fact]
    public async Task Requests_that_one_read_makes_room_for_leave_in_one_send()
    {
        using var pool = await PoolOfFarEnds.StartAsync(1);
        var end = pool.Ends[0];
        await pool.LearnAsync("/fast", 60);
        pool.Submit(24, "/fast");
        var first = end.All();
        Assert.Equal(12, first.Count);
        Assert.All(first, request => Assert.True(end.TryTake(request)));

        var before = end.Reads;
        end.AnswerTogether(first);
        await Patience.UntilAsync(() => pool.Pool.Waiting == 0, "all sent");
        for (var i = 0; i < 12; i++)
        {
            end.Next(FrameType.Request);
        }

        Assert.Equal(1, end.Reads - before);
    }
}
