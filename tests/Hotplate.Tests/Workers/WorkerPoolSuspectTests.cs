using Hotplate.Channel;
using Hotplate.Settings;
using Hotplate.Tests.Fixtures;
using Hotplate.Workers;

namespace Hotplate.Tests.Workers;

/// <summary>A request that a worker may have died of runs once more, alone; no other pays for it.</summary>
public class WorkerPoolSuspectTests
{
    private static readonly WorkerSettings s_settings = new() { MaxQueueTime = TimeSpan.FromHours(1) };
    private static readonly Verdict s_crash = new(Suspicion.All);

    [Fact]
    public async Task What_had_begun_waits_for_the_verdict_and_then_runs_again()
    {
        using var pool = await StartAsync(2);
        var errand = Submit(pool, 1);
        var (dying, other, _) = await TakeAsync(pool);
        dying.Dispose();
        await GoneAsync(dying);
        Assert.Empty(other.All());

        var begun = await pool.Pool.JudgeAsync(dying.Worker, Verdict.FromOutside).OrFail();

        Assert.Equal([Fate.RunsAgain], begun.Select(static one => one.Fate));
        other.Answer(other.TakeNext());
        Assert.Equal(RequestFailure.None, await errand.Ended.OrFail());
    }

    [Fact]
    public async Task A_verdict_that_comes_before_the_channel_is_read_to_its_end_waits_for_that()
    {
        using var pool = await StartAsync(1);
        var errand = Submit(pool, 1);
        var request = pool.Ends[0].TakeNext();
        var judged = pool.Pool.JudgeAsync(pool.Ends[0].Worker, s_crash);

        pool.Ends[0].Answer(request);
        pool.Ends[0].Dispose();

        Assert.Empty(await judged.OrFail());
        Assert.Equal(RequestFailure.None, await errand.Ended.OrFail());
    }

    [Fact]
    public async Task A_verdict_that_never_comes_is_not_waited_for()
    {
        using var pool = await StartAsync(1);
        var errand = Submit(pool, 1);
        pool.Ends[0].TakeNext();
        pool.Ends[0].Dispose();
        await GoneAsync(pool.Ends[0]);

        pool.Time.Advance(TimeSpan.FromSeconds(2));
        var other = await pool.JoinAsync();

        other.Answer(other.TakeNext());
        Assert.Equal(RequestFailure.None, await errand.Ended.OrFail());
    }

    [Fact]
    public async Task A_suspect_gets_a_worker_of_its_own_and_all_others_the_rest()
    {
        using var pool = await StartAsync(3);
        var (suspect, free, busy) = await SuspectAsync(pool);

        var request = Assert.Single(free.All().Concat(busy.All()), static frame => frame.Header.Type == FrameType.Request);
        var cell = free.Worker.InFlight == 1 ? free : busy;
        var others = cell == free ? busy : free;
        var neighbours = pool.Submit(20);
        Assert.Equal(1, cell.Worker.InFlight);
        Assert.All(others.All(), frame => Assert.True(others.TryTake(frame)));

        Assert.True(cell.TryTake(request));
        cell.Answer(request);
        Assert.Equal(RequestFailure.None, await suspect.Ended.OrFail());
        await Patience.UntilAsync(() => pool.Pool.Ready == 2, "its worker serves all again");
        Assert.All(neighbours, static errand => Assert.False(errand.Ended.IsFaulted));
    }

    [Fact]
    public async Task It_waits_until_a_worker_has_finished_what_it_has()
    {
        using var pool = await StartAsync(2);
        var errand = Submit(pool, 1);
        var (dying, other, _) = await TakeAsync(pool);
        var running = pool.Submit();
        var request = other.TakeNext();
        dying.Dispose();
        await pool.Pool.JudgeAsync(dying.Worker, s_crash).OrFail();
        await Patience.UntilAsync(() => pool.Pool.Ready == 0, "nobody else gets the worker it waits for");
        Assert.Empty(other.All());

        other.Answer(request);
        Assert.Equal(RequestFailure.None, await running.Ended.OrFail());
        other.Answer(other.TakeNext());
        Assert.Equal(RequestFailure.None, await errand.Ended.OrFail());
        await Patience.UntilAsync(() => pool.Pool.Ready == 1, "its worker serves all again");
    }

    [Fact]
    public async Task It_kills_two_workers_at_most_and_is_named()
    {
        using var pool = await StartAsync(3);
        var (suspect, free, busy) = await SuspectAsync(pool);
        var cell = free.Worker.InFlight == 1 ? free : busy;
        cell.TakeNext();
        cell.Dispose();
        var begun = await pool.Pool.JudgeAsync(cell.Worker, s_crash).OrFail();

        Assert.Equal([Fate.Failed], begun.Select(static one => one.Fate));
        Assert.Equal(RequestFailure.WorkerDied, await suspect.Ended.OrFail());
        Assert.Equal(1, Assert.Single(pool.Pool.Poisons.All).Count);
        Assert.Equal(1, pool.Pool.Ready);
    }

    [Fact]
    public async Task A_kill_from_outside_while_it_runs_alone_is_not_its_doing()
    {
        using var pool = await StartAsync(3);
        var (suspect, one, other) = await SuspectAsync(pool);
        var (cell, left) = one.Worker.InFlight == 1 ? (one, other) : (other, one);
        cell.TakeNext();
        cell.Dispose();
        var begun = await pool.Pool.JudgeAsync(cell.Worker, Verdict.FromOutside).OrFail();

        Assert.Equal([Fate.RunsAlone], begun.Select(static one => one.Fate));
        left.Answer(left.TakeNext());
        Assert.Equal(RequestFailure.None, await suspect.Ended.OrFail());
        Assert.Empty(pool.Pool.Poisons.All);
    }

    [Fact]
    public async Task A_worker_that_others_took_over_from_meanwhile_does_not_serve_again()
    {
        using var pool = await StartAsync(2);
        var errand = Submit(pool, 1);
        var (dying, old, _) = await TakeAsync(pool);
        dying.Dispose();
        await pool.Pool.JudgeAsync(dying.Worker, s_crash).OrFail();
        var request = old.TakeNext();
        var next = await pool.JoinAsync();

        pool.Pool.Swap([next.Worker], [old.Worker], rest: true);
        Assert.False(pool.Pool.Serves(old.Worker));
        old.Answer(request);
        Assert.Equal(RequestFailure.None, await errand.Ended.OrFail());

        var later = Submit(pool, 2);
        next.Answer(next.TakeNext());
        Assert.Equal(RequestFailure.None, await later.Ended.OrFail());
        Assert.False(pool.Pool.Serves(old.Worker));
    }

    [Fact]
    public async Task Only_the_one_whose_thread_crashed_is_suspected()
    {
        using var pool = await StartAsync(1);
        var end = pool.Ends[0];
        end.Send(FrameType.Credit, 0, 2);
        var guilty = Submit(pool, 1);
        var first = end.TakeNext();
        end.Worker.Board[first.Header.Slot].Ident = 0xA1;
        var innocent = Submit(pool, 2);
        end.Worker.Board[end.TakeNext().Header.Slot].Ident = 0xB2;
        end.Dispose();

        var begun = await pool.Pool.JudgeAsync(end.Worker, new Verdict(Suspicion.Thread, 0xA1)).OrFail();

        Assert.Equal([Fate.RunsAlone, Fate.RunsAgain], begun.OrderBy(static one => one.Thread).Select(static one => one.Fate));
        Assert.Equal((true, false), (guilty.IsSuspect, innocent.IsSuspect));
    }

    [Fact]
    public async Task One_that_the_application_forbade_to_run_again_fails()
    {
        using var pool = await StartAsync(1);
        var errand = Submit(pool, 1);
        var request = pool.Ends[0].TakeNext();
        pool.Ends[0].Worker.Board[request.Header.Slot].NoReplay = 1;
        pool.Ends[0].Dispose();
        Assert.Equal(RequestFailure.WorkerDied, await errand.Ended.OrFail());
    }

    [Fact]
    public async Task What_the_last_request_of_a_slot_said_does_not_hold_for_the_next()
    {
        using var pool = await StartAsync(1);
        var errand = Submit(pool, 1);
        var request = pool.Ends[0].TakeNext();
        pool.Ends[0].Worker.Board[request.Header.Slot].NoReplay = 1;
        pool.Ends[0].Answer(request);
        await errand.Ended.OrFail();
        var next = Submit(pool, 2);
        Assert.Equal(request.Header.Slot, pool.Ends[0].TakeNext().Header.Slot);
        pool.Ends[0].Dispose();
        await pool.Pool.JudgeAsync(pool.Ends[0].Worker, Verdict.FromOutside).OrFail();
        Assert.False(next.Ended.IsCompleted);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_client_may_leave_while_it_waits(bool judged)
    {
        using var pool = await StartAsync(1);
        var errand = Submit(pool, 1);
        pool.Ends[0].TakeNext();
        pool.Ends[0].Dispose();
        await GoneAsync(pool.Ends[0]);
        if (judged)
        {
            await pool.Pool.JudgeAsync(pool.Ends[0].Worker, s_crash).OrFail();
        }
        errand.Leave(pool.Pool);
        Assert.Equal(RequestFailure.ClientLeft, await errand.Ended.OrFail());
        await pool.Pool.JudgeAsync(pool.Ends[0].Worker, s_crash).OrFail();
        var other = await pool.JoinAsync();
        await Patience.UntilAsync(() => pool.Pool.Serves(other.Worker), "it serves");
        Assert.Equal(1, errand.Ends);
        Assert.Empty(other.All());
    }

    [Theory]
    [InlineData(Suspicion.Nobody)]
    [InlineData(Suspicion.All)]
    public async Task Nobody_waits_for_another_run_when_the_time_is_over(object suspicion)
    {
        using var pool = await StartAsync(1);
        var errand = Submit(pool, 1);
        pool.Ends[0].TakeNext();
        pool.Time.Advance(TimeSpan.FromSeconds(20));
        pool.Ends[0].Dispose();
        await pool.Pool.JudgeAsync(pool.Ends[0].Worker, new Verdict((Suspicion)suspicion)).OrFail();
        Assert.False(errand.Ended.IsCompleted);
        pool.Time.Advance(TimeSpan.FromSeconds(11));
        Assert.Equal(RequestFailure.WorkerDied, await errand.Ended.OrFail());
    }

    private static async Task<PoolOfFarEnds> StartAsync(int workers)
    {
        var pool = await PoolOfFarEnds.StartAsync(workers, s_settings);
        pool.Pool.AwaitsVerdicts = true;
        return pool;
    }

    private static Errand Submit(PoolOfFarEnds pool, int number) => new Errand(number) { Idempotent = true }.SubmitTo(pool.Pool);

    /// <summary>The worker that has the one request, which begins it, and the others.</summary>
    private static async Task<(FarEnd Has, FarEnd Other, FarFrame Request)> TakeAsync(PoolOfFarEnds pool)
    {
        await Patience.UntilAsync(() => pool.Ends.Any(static end => end.Worker.InFlight == 1), "it is sent");
        var has = pool.Ends.Single(static end => end.Worker.InFlight == 1);
        return (has, pool.Ends.First(end => end != has), has.TakeNext());
    }

    private static async Task<(Errand Suspect, FarEnd One, FarEnd Other)> SuspectAsync(PoolOfFarEnds pool)
    {
        var suspect = Submit(pool, 1);
        var (dying, _, _) = await TakeAsync(pool);
        dying.Dispose();
        await pool.Pool.JudgeAsync(dying.Worker, s_crash).OrFail();
        var left = pool.Ends.Where(end => end != dying).ToList();
        await Patience.UntilAsync(() => left.Any(static end => end.Worker.InFlight == 1), "it is sent");
        return (suspect, left[0], left[1]);
    }

    private static Task GoneAsync(FarEnd end) => Patience.UntilAsync(() => end.Worker.State == WorkerState.Exited, "out of service");
}
