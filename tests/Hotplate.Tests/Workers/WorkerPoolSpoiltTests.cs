using Hotplate.Channel;
using Hotplate.Settings;
using Hotplate.Tests.Fixtures;
using Hotplate.Workers;
using PoolWorker = Hotplate.Workers.Worker;

namespace Hotplate.Tests.Workers;

/// <summary>A worker whose scoreboard cannot be true, or that stands still for good: it is given up, and nothing of it is believed.</summary>
public class WorkerPoolSpoiltTests
{
    private readonly List<PoolWorker> stuck = [];

    /// <summary>From a state that was seen, to a word: the state and what is added to the sequence number.</summary>
    public static TheoryData<int, int, int> Unlawful { get; } = new()
    {
        { 2, 1, 0 },
        { 2, 0, 0 },
        { 3, 2, 0 },
        { 3, 1, 0 },
        { 1, 0, 0 },
        { 1, 4, 0 },
        { 1, 255, 0 },
        { 1, 1, 1 },
        { 2, 2, -1 },
        { 2, 2, 1 << 30 },
    };

    [Theory]
    [MemberData(nameof(Unlawful))]
    public async Task A_slot_that_goes_where_it_cannot_costs_its_worker(int seen, int state, int sequence)
    {
        using var pool = await StartAsync();
        pool.Submit();
        var request = pool.Ends[0].Next(FrameType.Request);
        pool.Ends[0].Spoil(request, Scoreboard.Word(request.Header.Argument, (SlotState)seen));
        pool.Time.Advance(TimeSpan.FromMilliseconds(250));
        Assert.Empty(stuck);

        pool.Ends[0].Spoil(request, Scoreboard.Word(request.Header.Argument + (uint)sequence, (SlotState)state));
        pool.Time.Advance(TimeSpan.FromMilliseconds(250));

        Assert.Same(pool.Ends[0].Worker, Assert.Single(stuck));
        Assert.False(pool.Pool.Serves(pool.Ends[0].Worker));
    }

    [Fact]
    public async Task Bits_beyond_sequence_and_state_are_no_word()
    {
        using var pool = await StartAsync();
        pool.Submit();
        var request = pool.Ends[0].TakeNext();
        pool.Ends[0].Spoil(request, Scoreboard.Word(request.Header.Argument, SlotState.Running) | (1UL << 50));

        pool.Time.Advance(TimeSpan.FromMilliseconds(250));

        Assert.Single(stuck);
    }

    [Fact]
    public async Task What_ran_there_is_not_run_again_because_its_slot_says_that_it_never_began()
    {
        using var pool = await StartAsync(2);
        var errand = pool.Submit();
        var request = pool.Ends[0].TakeNext();
        pool.Time.Advance(TimeSpan.FromMilliseconds(250));

        pool.Ends[0].Spoil(request, Scoreboard.Word(request.Header.Argument, SlotState.Queued));
        pool.Time.Advance(TimeSpan.FromMilliseconds(250));
        Assert.False(errand.Ended.IsCompleted);
        pool.Ends[0].Dispose();

        Assert.Equal(RequestFailure.WorkerDied, await errand.Ended.OrFail());
        Assert.Empty(pool.Ends[1].All());
    }

    [Fact]
    public async Task What_nobody_took_back_cannot_be_passed_over()
    {
        using var pool = await StartAsync();
        var errand = pool.Submit();
        var request = pool.Ends[0].Next(FrameType.Request);
        pool.Ends[0].Send(FrameType.Skipped, request.Header.Stream);

        await Patience.UntilAsync(() => pool.Ends[0].Worker.State == WorkerState.Exited, "the channel closed");
        Assert.Equal(RequestFailure.WorkerDied, await errand.Ended.OrFail());
    }

    [Fact]
    public async Task One_that_begins_nothing_for_ten_seconds_is_given_up()
    {
        using var pool = await StartAsync(2);
        var errand = pool.Submit();
        _ = pool.Ends[0].Next(FrameType.Request);
        pool.Time.Advance(TimeSpan.FromMilliseconds(500));
        pool.Ends[1].Answer(pool.Ends[1].TakeNext());
        Assert.Equal(RequestFailure.None, await errand.Ended.OrFail());

        Pass(pool, TimeSpan.FromSeconds(9));
        Assert.Empty(stuck);
        Pass(pool, TimeSpan.FromSeconds(2));

        Assert.Same(pool.Ends[0].Worker, Assert.Single(stuck));
    }

    [Fact]
    public async Task One_that_moves_again_is_not()
    {
        using var pool = await StartAsync(2);
        pool.Submit();
        var request = pool.Ends[0].Next(FrameType.Request);
        pool.Time.Advance(TimeSpan.FromMilliseconds(500));
        pool.Ends[1].Answer(pool.Ends[1].TakeNext());
        Pass(pool, TimeSpan.FromSeconds(9));

        Assert.False(pool.Ends[0].TryTake(request));
        await Patience.UntilAsync(() => !pool.Ends[0].Worker.Stalled, "it moves");
        Pass(pool, TimeSpan.FromSeconds(30));

        Assert.Empty(stuck);
    }

    [Fact]
    public async Task A_front_that_stood_still_itself_blames_nobody()
    {
        using var pool = await StartAsync(2);
        pool.Submit();
        _ = pool.Ends[0].Next(FrameType.Request);
        pool.Time.Advance(TimeSpan.FromMilliseconds(500));
        pool.Ends[1].Answer(pool.Ends[1].TakeNext());

        pool.Time.Jump(TimeSpan.FromHours(1));
        pool.Time.Advance(TimeSpan.FromMilliseconds(250));

        Assert.Empty(stuck);
    }

    [Fact]
    public async Task An_answer_whose_end_does_not_come_is_no_answer()
    {
        using var pool = await StartAsync();
        pool.Submit();
        var request = pool.Ends[0].TakeNext();
        pool.Ends[0].Spoil(request, Scoreboard.Word(request.Header.Argument, SlotState.Answering));

        Pass(pool, TimeSpan.FromSeconds(9));
        Assert.Empty(stuck);
        Pass(pool, TimeSpan.FromSeconds(2));

        Assert.Single(stuck);
    }

    [Fact]
    public async Task A_request_that_runs_long_is_no_fault_of_its_worker()
    {
        using var pool = await StartAsync();
        pool.Submit();
        _ = pool.Ends[0].TakeNext();

        Pass(pool, TimeSpan.FromMinutes(2));

        Assert.Empty(stuck);
    }

    [Fact]
    public async Task What_its_worker_no_longer_runs_and_never_answers_costs_it()
    {
        using var pool = await StartAsync(1, new WorkerSettings { Timeout = TimeSpan.FromSeconds(30), MaxQueueTime = TimeSpan.FromHours(1) });
        pool.Submit();
        var request = pool.Ends[0].TakeNext();
        Pass(pool, TimeSpan.FromSeconds(31));
        pool.Ends[0].Send(FrameType.Interrupted, request.Header.Stream);
        pool.Ends[0].Send(FrameType.Credit, 0, 3);
        await Patience.UntilAsync(() => pool.Ends[0].Worker.Concurrency == 3, "what was sent has been read");

        Pass(pool, TimeSpan.FromSeconds(11));

        Assert.Single(stuck);
    }

    private async Task<PoolOfFarEnds> StartAsync(int workers = 1, WorkerSettings? settings = null)
    {
        var pool = await PoolOfFarEnds.StartAsync(workers, settings ?? new WorkerSettings { Timeout = TimeSpan.Zero, MaxQueueTime = TimeSpan.FromHours(1) });
        pool.Pool.Stuck = (worker, _) => stuck.Add(worker);
        return pool;
    }

    private static void Pass(PoolOfFarEnds pool, TimeSpan time)
    {
        for (var left = time; left > TimeSpan.Zero; left -= TimeSpan.FromMilliseconds(250))
        {
            pool.Time.Advance(TimeSpan.FromMilliseconds(250));
        }
    }
}
