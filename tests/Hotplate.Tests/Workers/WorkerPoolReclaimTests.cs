using Hotplate.Channel;
using Hotplate.Tests.Fixtures;
using Hotplate.Workers;

namespace Hotplate.Tests.Workers;

/// <summary>Requests that were sent to a worker and are taken back before it begins them.</summary>
public class WorkerPoolReclaimTests
{
    private static readonly TimeSpan OverAMillisecond = TimeSpan.FromMicroseconds(1_100);

    [Fact]
    public async Task Requests_behind_one_that_runs_for_long_are_taken_back_and_run_elsewhere()
    {
        using var pool = await WithRouteAsync(2);
        var (stuck, other) = (pool.Ends[0], pool.Ends[1]);
        var errands = pool.Submit(8);
        var atStuck = stuck.All();
        var atOther = other.All();
        Assert.True(stuck.TryTake(atStuck[0]));
        foreach (var request in atOther)
        {
            Assert.True(other.TryTake(request));
            other.Answer(request);
        }

        pool.Time.Advance(OverAMillisecond);

        for (var i = 1; i < atStuck.Count; i++)
        {
            other.Answer(other.TakeNext());
        }
        await Patience.UntilAsync(() => errands.Count(e => e.Ended.IsCompleted) == 7, "seven answers");
        stuck.Answer(atStuck[0], 9_000);
        await AllAnsweredAsync(errands);
    }

    [Fact]
    public async Task Nothing_more_is_put_behind_one_that_runs_for_long()
    {
        using var pool = await WithRouteAsync(1);
        pool.Submit(3);
        var sent = pool.Ends[0].All();
        Assert.True(pool.Ends[0].TryTake(sent[0]));
        pool.Time.Advance(OverAMillisecond);
        await Patience.UntilAsync(() => pool.Pool.Waiting == 2, "taken back");

        pool.Submit(2);

        Assert.Empty(pool.Ends[0].All());
        Assert.Equal(4, pool.Pool.Waiting);
    }

    [Fact]
    public async Task The_worker_passes_over_what_was_taken_back_and_gets_it_again_when_it_is_free()
    {
        using var pool = await WithRouteAsync(1);
        var end = pool.Ends[0];
        var errands = pool.Submit(3);
        var sent = end.All();
        Assert.True(end.TryTake(sent[0]));
        pool.Time.Advance(OverAMillisecond);
        await Patience.UntilAsync(() => pool.Pool.Waiting == 2, "taken back");

        Assert.All(sent.Skip(1), request => Assert.False(end.TryTake(request)));
        end.Answer(sent[0]);
        end.Answer(end.TakeNext());
        end.Answer(end.TakeNext());

        await AllAnsweredAsync(errands);
    }

    [Fact]
    public async Task One_that_the_worker_began_first_stays_there()
    {
        using var pool = await WithRouteAsync(2);
        var stuck = pool.Ends[0];
        var errands = pool.Submit(4);
        var sent = stuck.All();
        Assert.All(sent, request => Assert.True(stuck.TryTake(request)));
        var elsewhere = pool.Ends[1].All().Count;

        pool.Time.Advance(OverAMillisecond);
        await Patience.UntilAsync(() => stuck.Worker.Load > 2_000, "seen to run for long");

        Assert.Empty(pool.Ends[1].All());
        Assert.All(sent, request => stuck.Answer(request));
        await Patience.UntilAsync(() => errands.Count(e => e.Ended.IsCompleted) == 4 - elsewhere, "answered where they ran");
    }

    [Fact]
    public async Task A_request_that_waits_behind_another_goes_to_a_worker_that_is_free()
    {
        using var pool = await WithRouteAsync(1);
        var errands = pool.Submit(2);
        var busy = pool.Ends[0];
        var sent = busy.All();
        pool.Time.Advance(OverAMillisecond / 2);
        Assert.True(busy.TryTake(sent[0]));
        var free = await pool.JoinAsync();

        // The second has waited for over a millisecond, though the first has not run so long.
        pool.Time.Advance(OverAMillisecond / 2);

        free.Answer(free.TakeNext());
        Assert.Equal(RequestFailure.None, await errands[1].Ended.OrFail());
        Assert.False(busy.TryTake(sent[1]));
    }

    [Fact]
    public async Task They_go_back_in_the_order_in_which_they_came()
    {
        using var pool = await WithRouteAsync(1);
        var end = pool.Ends[0];
        pool.Submit(12);
        var sent = end.All();
        Assert.True(end.TryTake(sent[0]));
        pool.Time.Advance(OverAMillisecond);
        await Patience.UntilAsync(() => pool.Pool.Waiting == 11, "taken back");
        var last = pool.Submit();

        end.Answer(sent[0]);
        var order = new List<int>();
        for (var i = 0; i < 12; i++)
        {
            var request = end.TakeNext();
            order.Add(BitConverter.ToInt32(request.Payload));
            end.Answer(request);
        }

        Assert.Equal(order.Order(), order);
        Assert.Equal(RequestFailure.None, await last.Ended.OrFail());
    }

    [Fact]
    public async Task Frames_of_a_request_that_was_taken_back_are_passed_over()
    {
        using var pool = await WithRouteAsync(1);
        var end = pool.Ends[0];
        var errands = pool.Submit(2);
        var sent = end.All();
        Assert.True(end.TryTake(sent[0]));
        pool.Time.Advance(OverAMillisecond);
        await Patience.UntilAsync(() => pool.Pool.Waiting == 1, "taken back");

        end.Send(FrameType.Response, sent[1].Header.Stream, 0, FrameFlags.End, [.. FarEnd.Head(), 1, 2, 3, 4]);
        end.Send(FrameType.ResponseEnd, sent[1].Header.Stream);
        end.Answer(sent[0]);
        end.Answer(end.TakeNext());

        await AllAnsweredAsync(errands);
    }

    [Fact]
    public async Task Being_taken_back_does_not_count_as_a_death()
    {
        using var pool = await WithRouteAsync(1);
        var end = pool.Ends[0];
        var errands = pool.Submit(6);
        for (var i = 0; i < 6; i++)
        {
            var running = end.TakeNext();
            end.All();
            if (i < 5)
            {
                pool.Time.Advance(OverAMillisecond);
                await Patience.UntilAsync(() => pool.Pool.Waiting == 5 - i, "taken back");
            }
            end.Answer(running);
        }

        await AllAnsweredAsync(errands);
        Assert.All(errands, errand => Assert.Equal(0, errand.Deaths));
    }

    private static async Task<PoolOfFarEnds> WithRouteAsync(int workers)
    {
        var pool = await PoolOfFarEnds.StartAsync(workers);
        await pool.LearnAsync("/hello", 60);
        return pool;
    }

    private static async Task AllAnsweredAsync(IEnumerable<Errand> errands) =>
        Assert.All(await Task.WhenAll(errands.Select(e => e.Ended)).OrFail(), failure => Assert.Equal(RequestFailure.None, failure));
}
