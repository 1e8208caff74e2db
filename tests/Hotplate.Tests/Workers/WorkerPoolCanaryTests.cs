using Hotplate.Workers;

namespace Hotplate.Tests.Workers;

/// <summary>A share of the requests goes to workers that are tried.</summary>
public class WorkerPoolCanaryTests
{
    [Fact]
    public async Task They_get_their_share_and_are_counted_apart()
    {
        using var pool = await PoolOfFarEnds.StartAsync(2);
        var trial = Try(pool, 0.25);
        var theirs = 0;
        for (var i = 0; i < 400; i++)
        {
            theirs += await AskAsync(pool) == 1 ? 1 : 0;
        }

        // Five standard deviations of the binomial distribution.
        Assert.InRange(theirs, 57, 143);
        var (tried, others) = pool.Pool.Compare(trial, atTheEnd: true);
        Assert.Equal(new AnswerView(theirs, 0, 0), tried);
        Assert.Equal(new AnswerView(400 - theirs, 0, 0), others);
    }

    [Fact]
    public async Task Where_they_have_no_room_a_request_goes_to_the_others()
    {
        using var pool = await PoolOfFarEnds.StartAsync(2);
        Try(pool, 0.999999);
        var errands = pool.Submit(3);
        Assert.Equal([pool.Ends[0].Worker, pool.Ends[1].Worker, null], errands.Select(static errand => errand.Worker));

        pool.Ends[0].Answer(pool.Ends[0].TakeNext());
        await errands[0].Ended.OrFail();
        pool.Ends[0].Answer(pool.Ends[0].TakeNext());
        Assert.Equal(RequestFailure.None, await errands[2].Ended.OrFail());
        Assert.False(errands[1].Ended.IsCompleted);
    }

    [Fact]
    public async Task What_has_no_answer_yet_counts_in_the_time()
    {
        using var pool = await PoolOfFarEnds.StartAsync(2);
        var trial = Try(pool, 0.999999);
        pool.Submit(2);
        pool.Ends[0].TakeNext();
        pool.Ends[1].TakeNext();
        pool.Time.Advance(TimeSpan.FromSeconds(2));

        Assert.Equal(new AnswerView(0, 0, 0), pool.Pool.Compare(trial, atTheEnd: false).Tried);
        var (tried, others) = pool.Pool.Compare(trial, atTheEnd: true);
        Assert.Equal((0L, 0L), (tried.Answers, others.Answers));
        Assert.InRange(tried.P99, 2_000_000, 2_250_000);
        Assert.InRange(others.P99, 2_000_000, 2_250_000);
    }

    [Fact]
    public async Task When_it_is_over_they_get_nothing_or_all()
    {
        using var pool = await PoolOfFarEnds.StartAsync(2);
        Try(pool, 0.9);
        pool.Pool.EndTrial();
        for (var i = 0; i < 20; i++)
        {
            Assert.Equal(0, await AskAsync(pool));
        }

        Try(pool, 0.1);
        pool.Pool.Swap([pool.Ends[1].Worker], [pool.Ends[0].Worker]);
        for (var i = 0; i < 20; i++)
        {
            Assert.Equal(1, await AskAsync(pool));
        }
        Assert.Null(pool.Pool.Canary);
    }

    /// <summary>Asks, and has whoever got it answer. Returns which one that was.</summary>
    private static async Task<int> AskAsync(PoolOfFarEnds pool)
    {
        var errand = pool.Submit();
        var end = errand.Worker == pool.Ends[0].Worker ? 0 : 1;
        pool.Ends[end].Answer(pool.Ends[end].TakeNext());
        Assert.Equal(RequestFailure.None, await errand.Ended.OrFail());
        return end;
    }

    /// <summary>The second worker is tried.</summary>
    private static CanaryWorkers Try(PoolOfFarEnds pool, double share)
    {
        pool.Pool.Swap([], [pool.Ends[1].Worker], rest: true);
        return pool.Pool.Try([pool.Ends[1].Worker], share);
    }
}
