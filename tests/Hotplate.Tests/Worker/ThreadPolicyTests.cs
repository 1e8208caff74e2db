using System.Text.Json;
using Hotplate.Channel;

namespace Hotplate.Tests.Worker;

/// <summary>How many threads a worker uses: one while that one keeps up, more while the application blocks, never more than allowed.</summary>
public class ThreadPolicyTests
{
    [Fact]
    public void Requests_that_block_overlap_up_to_the_ceiling()
    {
        using var far = FarEnd.Start("slow", threads: 16);
        var worker = far.SpawnReady(slots: 64);
        var streams = Enumerable.Range(0, 48).Select(_ => worker.Send(new FarRequest { Target = "/sleep?s=0.2" })).ToList();
        var peaks = streams.ConvertAll(stream => Number(worker.Answer(stream), "peak"));
        Assert.InRange(peaks.Max(), 12, 16);
    }

    [Fact]
    public void The_front_is_told_how_many_may_run_while_they_block()
    {
        using var far = FarEnd.Start("slow", threads: 16);
        var worker = far.SpawnReady(slots: 64);
        var streams = Enumerable.Range(0, 16).Select(_ => worker.Send(new FarRequest { Target = "/sleep?s=0.2" })).ToList();
        streams.ForEach(stream => worker.Answer(stream));
        var credits = worker.Told.Where(told => told.Type == FrameType.Credit).Select(told => told.Argument).ToList();
        Assert.Equal(16u, credits.Max());
        worker.Until(() => worker.Told[^1] is { Type: FrameType.Credit, Argument: 1 }, "it was taken back");
    }

    [Fact]
    public void One_thread_means_one()
    {
        using var far = FarEnd.Start("slow", threads: 1);
        var worker = far.SpawnReady();
        var streams = Enumerable.Range(0, 6).Select(_ => worker.Send(new FarRequest { Target = "/sleep?s=0.02" })).ToList();
        Assert.Equal(1, streams.ConvertAll(stream => Number(worker.Answer(stream), "peak")).Max());
    }

    [Fact]
    public void Fast_requests_are_served_by_one_thread()
    {
        using var far = FarEnd.Start("flask_hello", threads: 16, environment: DebianFlask);
        var worker = far.SpawnReady();
        worker.Get("/");
        HashSet<string> threads = [];
        for (var round = 0; round < 100; round++)
        {
            var streams = Enumerable.Range(0, 8).Select(_ => worker.Send(new FarRequest { Target = "/who" })).ToList();
            streams.ForEach(stream => threads.Add(JsonDocument.Parse(worker.Answer(stream).Body).RootElement.GetProperty("thread").GetString()!));
        }
        // A machine that is busy with other things may make one window look blocked; a pool of eager threads would show all sixteen.
        Assert.InRange(threads.Count, 1, 4);
    }

    [Fact]
    public void A_request_behind_one_that_blocks_is_answered_meanwhile()
    {
        using var far = FarEnd.Start("slow", threads: 4);
        var worker = far.SpawnReady();
        var slow = worker.Send(new FarRequest { Target = "/nogil?s=2" });
        var fast = worker.Send(new FarRequest { Target = "/" });
        Assert.Equal("hello", worker.Answer(fast).Body);
        Assert.Equal(SlotState.Running, worker.State(slow));
        Assert.Equal(FarEnding.Whole, worker.Answer(slow).Ending);
    }

    [Fact]
    public void Answers_leave_before_a_request_that_is_predicted_slow_runs()
    {
        using var far = FarEnd.Start("slow");
        var worker = far.SpawnReady();
        var fast = worker.Send(new FarRequest { Target = "/" });
        var slow = worker.Send(new FarRequest { Target = "/gil?s=1", FlushFirst = true });
        Assert.Equal("hello", worker.Answer(fast).Body);
        Assert.NotEqual(SlotState.Answering, worker.State(slow));
        worker.Answer(slow);
    }

    private static Dictionary<string, string> DebianFlask => new(StringComparer.Ordinal) { ["PYTHONPATH"] = "/usr/lib/python3/dist-packages" };

    private static int Number(FarAnswer answer, string name) => JsonDocument.Parse(answer.Body).RootElement.GetProperty(name).GetInt32();
}
