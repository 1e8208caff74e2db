using Hotplate.Channel;
using Hotplate.Tests.Fixtures;
using Hotplate.Workers;
using PoolWorker = Hotplate.Workers.Worker;

namespace Hotplate.Tests.Workers;

/// <summary>What becomes of requests when their worker dies, or breaks the protocol.</summary>
public class WorkerPoolDeathTests
{
    [Fact]
    public async Task A_request_that_had_not_begun_runs_elsewhere_whatever_its_method()
    {
        using var pool = await PoolOfFarEnds.StartAsync(2);
        var (first, second) = await SubmitToBothAsync(pool);

        pool.Ends[0].Dispose();
        pool.Ends[1].Answer(pool.Ends[1].TakeNext());
        pool.Ends[1].Answer(pool.Ends[1].TakeNext());

        Assert.Equal(RequestFailure.None, await first.Ended.OrFail());
        Assert.Equal(RequestFailure.None, await second.Ended.OrFail());
    }

    [Fact]
    public async Task One_that_had_begun_and_may_run_again_does()
    {
        using var pool = await PoolOfFarEnds.StartAsync(1);
        var errand = new Errand(7) { Idempotent = true }.SubmitTo(pool.Pool);
        pool.Ends[0].TakeNext();

        pool.Ends[0].Dispose();
        var other = await pool.JoinAsync();
        other.Answer(other.TakeNext());

        Assert.Equal(RequestFailure.None, await errand.Ended.OrFail());
        Assert.Equal(1, errand.Deaths);
    }

    [Fact]
    public async Task One_that_had_begun_and_may_not_run_again_fails()
    {
        using var pool = await PoolOfFarEnds.StartAsync(1);
        var errand = pool.Submit();
        pool.Ends[0].TakeNext();

        pool.Ends[0].Dispose();

        Assert.Equal(RequestFailure.WorkerDied, await errand.Ended.OrFail());
    }

    [Fact]
    public async Task One_whose_answer_had_begun_fails_though_it_may_run_again()
    {
        using var pool = await PoolOfFarEnds.StartAsync(1);
        var errand = new Errand(7) { Idempotent = true }.SubmitTo(pool.Pool);
        var request = pool.Ends[0].TakeNext();
        pool.Ends[0].Send(FrameType.Response, request.Header.Stream, 0, FrameFlags.None, FarEnd.Head());

        pool.Ends[0].Dispose();

        Assert.Equal(RequestFailure.WorkerDied, await errand.Ended.OrFail());
    }

    [Fact]
    public async Task What_a_worker_said_before_it_died_is_heard()
    {
        using var pool = await PoolOfFarEnds.StartAsync(1);
        var errand = pool.Submit();
        pool.Ends[0].Answer(pool.Ends[0].TakeNext());
        pool.Ends[0].Dispose();

        Assert.Equal(RequestFailure.None, await errand.Ended.OrFail());
    }

    [Fact]
    public async Task A_request_that_kills_its_workers_is_given_up_after_the_third()
    {
        using var pool = await PoolOfFarEnds.StartAsync(0);
        var errand = new Errand(7) { Idempotent = true }.SubmitTo(pool.Pool);
        for (var i = 0; i < 3; i++)
        {
            var end = await pool.JoinAsync();
            end.TakeNext();
            end.Dispose();
        }

        Assert.Equal(RequestFailure.WorkerDied, await errand.Ended.OrFail());
    }

    [Fact]
    public async Task Nothing_is_sent_to_a_worker_that_died()
    {
        using var pool = await PoolOfFarEnds.StartAsync(1);
        pool.Ends[0].Dispose();
        await Patience.UntilAsync(() => pool.Pool.Ready == 0, "out of service");

        pool.Submit();

        Assert.Equal(1, pool.Pool.Waiting);
    }

    [Fact]
    public async Task A_worker_that_dies_before_the_request_is_written_to_it_costs_nothing()
    {
        using var pool = await PoolOfFarEnds.StartAsync(1);
        var dying = pool.Ends[0];
        var errand = new Errand(7)
        {
            BeforeWriting = () =>
            {
                dying.Dispose();
                SpinWait.SpinUntil(() => dying.Worker.State == WorkerState.Exited, Patience.Limit);
            },
        };

        errand.SubmitTo(pool.Pool);

        Assert.Equal((WorkerState.Exited, 1), (dying.Worker.State, pool.Pool.Waiting));
        var other = await pool.JoinAsync();
        other.Answer(other.TakeNext());
        Assert.Equal(RequestFailure.None, await errand.Ended.OrFail());
        Assert.Equal((0, 1), (errand.Deaths, errand.Ends));
    }

    [Fact]
    public async Task A_request_whose_file_cannot_be_passed_because_the_worker_is_gone_waits_for_another()
    {
        using var pool = await PoolOfFarEnds.StartAsync(1);
        var errand = new Errand(7) { Passes = DescriptorPass.NoWorker };
        errand.SubmitTo(pool.Pool);

        Assert.Equal((1, 0), (pool.Pool.Waiting, pool.Pool.Ready));
        errand.Passes = DescriptorPass.Passed;
        var other = await pool.JoinAsync();
        other.Answer(other.TakeNext());
        Assert.Equal(RequestFailure.None, await errand.Ended.OrFail());
    }

    [Fact]
    public async Task A_request_whose_file_cannot_be_passed_for_another_reason_fails_and_keeps_no_slot()
    {
        using var pool = await PoolOfFarEnds.StartAsync(1);
        var errand = new Errand(7) { Passes = DescriptorPass.Refused }.SubmitTo(pool.Pool);

        Assert.Equal(RequestFailure.NoSpace, await errand.Ended.OrFail());
        Assert.Equal((0, 0L), (pool.Ends[0].Worker.InFlight, pool.Ends[0].Worker.Load));
    }

    public static TheoryData<string, byte[]> BrokenFrames() => new()
    {
        { "too short", Frame(12, FrameType.Pong) },
        { "too long", Frame(Wire.MaxFrame + 1, FrameType.Response) },
        { "of a type for workers", Frame(16, FrameType.Request) },
        { "of no type", Frame(16, (FrameType)0xFF) },
        { "a second Ready", [.. Frame(16 + 12, FrameType.Ready), .. new byte[12]] },
    };

    [Theory]
    [MemberData(nameof(BrokenFrames))]
    public async Task A_worker_that_breaks_the_protocol_is_given_up(string why, byte[] frame)
    {
        using var pool = await PoolOfFarEnds.StartAsync(1);
        var broken = new TaskCompletionSource<PoolWorker>();
        pool.Pool.Broken = broken.SetResult;
        var errand = pool.Submit();
        pool.Ends[0].TakeNext();

        pool.Ends[0].Send(frame);

        Assert.True(await broken.Task.OrFail() == pool.Ends[0].Worker, why);
        Assert.Equal(RequestFailure.WorkerDied, await errand.Ended.OrFail());
        await Patience.UntilAsync(() => pool.Ends[0].Worker.State == WorkerState.Exited, "out of service");
    }

    [Fact]
    public async Task A_head_that_is_none_breaks_the_protocol_and_the_request_runs_elsewhere()
    {
        using var pool = await PoolOfFarEnds.StartAsync(1);
        var errand = new Errand(7) { Idempotent = true }.SubmitTo(pool.Pool);
        var request = pool.Ends[0].TakeNext();

        pool.Ends[0].Send(FrameType.Response, request.Header.Stream, 0, FrameFlags.None, 1);

        var other = await pool.JoinAsync();
        other.Answer(other.TakeNext());
        Assert.Equal(RequestFailure.None, await errand.Ended.OrFail());
    }

    [Fact]
    public async Task A_worker_that_answers_what_it_was_not_sent_breaks_the_protocol()
    {
        using var pool = await PoolOfFarEnds.StartAsync(1);
        var end = pool.Ends[0];
        var errand = new Errand(7)
        {
            BeforeWriting = () =>
            {
                // The stream's number can be guessed.
                end.Send(FrameType.ResponseEnd, 1 << 11);
                SpinWait.SpinUntil(() => end.Worker.State == WorkerState.Exited, Patience.Limit);
            },
        };
        errand.SubmitTo(pool.Pool);

        Assert.Equal(WorkerState.Exited, end.Worker.State);
        Assert.Equal((1, false), (pool.Pool.Waiting, errand.Ended.IsCompleted));
    }

    [Fact]
    public async Task The_end_of_a_process_ends_its_channel_though_another_holds_it_open()
    {
        using var pool = await PoolOfFarEnds.StartAsync(1);
        var errand = pool.Submit();
        var waiting = pool.Submit();
        pool.Ends[0].Answer(pool.Ends[0].TakeNext());
        pool.Ends[0].TakeNext();

        pool.Ends[0].Worker.OnProcessGone();

        Assert.Equal(RequestFailure.None, await errand.Ended.OrFail());
        Assert.Equal(RequestFailure.WorkerDied, await waiting.Ended.OrFail());
    }

    private static async Task<(Errand First, Errand Second)> SubmitToBothAsync(PoolOfFarEnds pool)
    {
        var first = pool.Submit();
        var second = pool.Submit();
        await Patience.UntilAsync(() => pool.Pool.InFlight == 2, "one each");
        return (first, second);
    }

    private static byte[] Frame(int length, FrameType type)
    {
        var frame = new byte[16];
        BitConverter.TryWriteBytes(frame, length);
        frame[4] = (byte)type;
        return frame;
    }
}
