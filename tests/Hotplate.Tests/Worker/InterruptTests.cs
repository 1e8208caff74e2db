using Hotplate.Channel;

namespace Hotplate.Tests.Worker;

/// <summary>A request is ended by an exception in its thread, and no other request ever gets it. In every Python there is.</summary>
public class InterruptTests
{
    public static TheoryData<string> Versions => [.. Pythons.Found];

    [Theory, MemberData(nameof(Versions))]
    public void The_request_that_runs_is_ended_and_its_stack_is_told(string python)
    {
        using var far = FarEnd.Start("late", python: python);
        var worker = far.SpawnReady();
        using var folder = new Fixtures.TemporaryFolder();
        var stream = Begin(worker, $"/wait?s=600&log={folder.File("log")}");
        Assert.True(SpinWait.SpinUntil(() => File.Exists(folder.File("log")), Fixtures.Patience.Limit));
        Interrupt(worker, stream);
        var (raised, stack) = Answer(worker);
        Assert.True(raised);
        Assert.StartsWith($"  File \"{Pythons.App("late")}/app.py\", line", stack, StringComparison.Ordinal);
        Assert.Contains("in app\n    WORK[path](seconds)\n", stack, StringComparison.Ordinal);
        Assert.DoesNotContain("hotplate_worker", stack, StringComparison.Ordinal);
        Assert.Equal(FarEnding.Failed, worker.Answer(stream).Ending);
        Assert.StartsWith("hello", worker.Get("/").Body, StringComparison.Ordinal);
        Assert.Empty(worker.Log);
    }

    [Fact]
    public void A_request_that_is_over_is_not_ended()
    {
        using var far = FarEnd.Start("late");
        var worker = far.SpawnReady();
        var stream = worker.Send(new FarRequest { Target = "/" });
        var slot = worker.SlotOf(stream);
        Assert.StartsWith("hello", worker.Answer(stream).Body, StringComparison.Ordinal);
        worker.Send(FrameType.Interrupt, slot: slot, stream: stream, argument: 1);
        Assert.False(Answer(worker).Raised);
        Assert.StartsWith("hello", worker.Get("/").Body, StringComparison.Ordinal);
    }

    [Fact]
    public void A_stale_interrupt_does_not_meet_the_slots_next_request()
    {
        using var far = FarEnd.Start("late");
        var worker = far.SpawnReady();
        worker.Get("/");
        var stream = Begin(worker, "/wait?s=0.3");
        worker.Send(FrameType.Interrupt, slot: worker.SlotOf(stream), stream: stream, argument: 1);
        Assert.False(Answer(worker).Raised);
        Assert.Equal(FarEnding.Whole, worker.Answer(stream).Ending);
    }

    [Theory, MemberData(nameof(Versions))]
    public void Whenever_it_comes_each_request_ends_once_and_the_thread_goes_on(string python)
    {
        using var far = FarEnd.Start("late", python: python);
        var worker = far.SpawnReady();
        var raised = 0;
        for (var round = 0; round < 150; round++)
        {
            // It comes while the request begins, runs, or ends; with the GIL free, or only every five milliseconds.
            var stream = worker.Send(new FarRequest { Target = $"/{(round % 3 == 0 ? "burn" : "wait")}?s=0.00{round % 10}" });
            var sequence = worker.SequenceOf(stream);
            var slot = worker.SlotOf(stream);
            Thread.SpinWait(round * 200 % 20_000);
            worker.Send(FrameType.Interrupt, slot: slot, stream: stream, argument: sequence);
            Assert.NotEqual(FarEnding.None, worker.Answer(stream).Ending);
            raised += Answer(worker).Raised ? 1 : 0;
            Assert.StartsWith("hello", worker.Get("/").Body, StringComparison.Ordinal);
        }
        Assert.InRange(raised, 1, 150);
    }

    [Fact]
    public void Nobody_answers_while_C_code_keeps_the_GIL()
    {
        using var far = FarEnd.Start("late");
        var worker = far.SpawnReady();
        var stream = Begin(worker, "/gil?s=600");
        Interrupt(worker, stream);
        worker.Send(FrameType.Ping, argument: 7);
        worker.Until(() => worker.Told.Exists(static told => told is { Type: FrameType.Pong, Argument: 7 }), "the ping was answered");
        Assert.True(worker.IsSilentFor(200));
    }

    [Fact]
    public void Greenlets_are_ended_one_by_one()
    {
        using var far = FarEnd.Start("gevent_patched", python: "/usr/bin/python3");
        var worker = far.SpawnReady();
        var other = Begin(worker, "/sleep?s=0.5");
        var stream = Begin(worker, "/sleep?s=600");
        Interrupt(worker, stream);
        var (raised, stack) = Answer(worker);
        Assert.True(raised);
        Assert.Contains("in sleep", stack, StringComparison.Ordinal);
        Assert.Equal(FarEnding.Failed, worker.Answer(stream).Ending);
        Assert.Equal(200, worker.Answer(other).Status);
        Assert.Equal("hello", worker.Get("/").Body);
    }

    private static uint Begin(FarWorker worker, string target)
    {
        var stream = worker.Send(new FarRequest { Target = target });
        while (worker.State(stream) != SlotState.Running)
        {
            Thread.Yield();
        }
        return stream;
    }

    private static void Interrupt(FarWorker worker, uint stream) =>
        worker.Send(FrameType.Interrupt, slot: worker.SlotOf(stream), stream: stream, argument: worker.SequenceOf(stream));

    private static (bool Raised, string Stack) Answer(FarWorker worker)
    {
        worker.Until(() => worker.Told.Exists(static told => told.Type == FrameType.Interrupted), "the interrupt was answered");
        var at = worker.Told.FindIndex(static told => told.Type == FrameType.Interrupted);
        var (_, argument, payload) = worker.Told[at];
        worker.Told.RemoveAt(at);
        return (argument == 1, System.Text.Encoding.UTF8.GetString(payload));
    }
}
