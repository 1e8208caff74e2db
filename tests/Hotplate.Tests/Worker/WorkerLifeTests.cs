using System.Diagnostics;
using System.Text.Json;
using Hotplate.Channel;

namespace Hotplate.Tests.Worker;

/// <summary>How workers and their zygote live and end.</summary>
public class WorkerLifeTests
{
    [Fact]
    public void The_first_frame_says_version_pid_and_Python()
    {
        using var far = FarEnd.Start("hello", threads: 7);
        var worker = far.SpawnReady();
        Assert.Equal(FrameType.Ready, worker.Told[0].Type);
        Assert.True(ReadyFrame.TryRead(worker.Told[0].Payload, out var ready));
        Assert.Equal((Wire.Version, (ushort)7, "threads"), (ready.Version, ready.Threads, System.Text.Encoding.ASCII.GetString(ready.Loop)));
        Assert.Equal(ready.Pid, worker.Board.Worker.Pid);
    }

    [Fact]
    public void A_worker_ends_at_once_when_its_channel_closes_even_in_C_code_that_keeps_the_GIL()
    {
        using var far = FarEnd.Start("slow");
        var worker = far.SpawnReady();
        var stream = worker.Send(new FarRequest { Target = "/gil?s=60" });
        while (worker.State(stream) != SlotState.Running)
        {
            Thread.Yield();
        }
        worker.Dispose();
        Assert.Equal(0, far.HearExit());
    }

    [Fact]
    public void When_the_front_goes_zygote_and_workers_go()
    {
        using var far = FarEnd.Start("hello");
        var worker = far.SpawnReady();
        var pid = (int)worker.Board.Worker.Pid;
        Assert.Equal(0, far.Leave());
        Assert.Throws<ArgumentException>(() => Process.GetProcessById(pid));
    }

    [Fact]
    public void The_zygote_signals_its_workers_and_tells_how_they_ended()
    {
        using var far = FarEnd.Start("hello");
        far.SpawnReady();
        far.SpawnReady();
        far.Kill(1, 9);
        Assert.Equal(9, far.HearExit());
    }

    [Fact]
    public void Preloading_imports_once_and_every_worker_has_the_application()
    {
        using var far = FarEnd.Start("hello", preload: true);
        Assert.Equal("loading", far.Hear()?.GetProperty("type").GetString());
        Assert.Equal("preloaded", far.Hear()?.GetProperty("type").GetString());
        Assert.Equal("Hello, World!", far.SpawnReady().Get("/").Body);
        Assert.Equal("Hello, World!", far.SpawnReady().Get("/").Body);
    }

    [Theory]
    [InlineData("hello", "nothere:app", "HP201")]
    [InlineData("hello", "app:ap", "HP202")]
    [InlineData("factory", "app:create_nothing()", "HP203")]
    [InlineData("syntax_error", "app", "HP200")]
    [InlineData("raises_at_import", "app", "HP204")]
    [InlineData("two_callables", "app", "HP205")]
    [InlineData("factory", "app:create_app(open('/etc/passwd'))", "HP206")]
    public void An_application_that_cannot_be_loaded_says_why_and_exits_4(string app, string target, string code)
    {
        using var far = FarEnd.Start(app, target);
        far.Spawn();
        Assert.Equal(4 << 8, far.HearExit());
        Assert.StartsWith(code, far.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("hotplate_worker", far.Output);
    }

    [Fact]
    public void A_preload_that_fails_ends_the_template_with_4_and_not_the_zygote()
    {
        using var far = FarEnd.Start("raises_at_import", preload: true);
        Assert.Equal("loading", far.Hear()?.GetProperty("type").GetString());
        var end = far.Hear()!.Value;
        Assert.Equal(("unloaded", 4 << 8), (end.GetProperty("type").GetString(), end.GetProperty("status").GetInt32()));
        Assert.Equal(0, far.Leave());
        Assert.StartsWith("HP204", far.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("app")]
    [InlineData("app.py")]
    [InlineData("app.py:app")]
    [InlineData("../hello/app.py:app")]
    public void A_target_is_a_module_or_a_path(string target)
    {
        using var far = FarEnd.Start("hello", target);
        Assert.Equal("Hello, World!", far.SpawnReady().Get("/").Body);
    }

    [Theory]
    [InlineData("/threads")]
    [InlineData("/pool")]
    [InlineData("/subprocess")]
    [InlineData("/shell")]
    [InlineData("/fork")]
    [InlineData("/fork-exit")]
    [InlineData("/multiprocessing?method=fork")]
    [InlineData("/multiprocessing?method=spawn")]
    [InlineData("/asyncio")]
    public void An_application_that_starts_threads_and_processes_runs_unharmed(string path)
    {
        using var far = FarEnd.Start("threads", threads: 4);
        var worker = far.SpawnReady();
        Assert.True(JsonDocument.Parse(worker.Get(path).Body).RootElement.GetProperty("ok").GetBoolean());
        Assert.True(JsonDocument.Parse(worker.Get("/threads").Body).RootElement.GetProperty("ok").GetBoolean());
        Assert.DoesNotContain("rror", far.Output);
    }

    [Fact]
    public void A_child_of_the_application_inherits_none_of_our_descriptors()
    {
        using var far = FarEnd.Start("process");
        var worker = far.SpawnReady();
        var inherited = JsonDocument.Parse(worker.Get("/inherited").Body).RootElement.EnumerateObject().Select(item => item.Value.GetString()!);
        Assert.DoesNotContain(inherited, what => what.StartsWith("socket:", StringComparison.Ordinal) || what.Contains("memfd:", StringComparison.Ordinal));
    }

    [Fact]
    public void The_applications_modules_are_found_whatever_ours_are_called()
    {
        using var far = FarEnd.Start("shadowing");
        Assert.DoesNotContain("somebody else", far.SpawnReady().Get("/").Body);
    }

    [Fact]
    public void Pings_are_answered_and_stacks_are_told_while_C_code_keeps_the_GIL()
    {
        using var far = FarEnd.Start("slow");
        var worker = far.SpawnReady();
        var stream = worker.Send(new FarRequest { Target = "/gil?s=60" });
        while (worker.State(stream) != SlotState.Running)
        {
            Thread.Yield();
        }
        worker.Send(FrameType.Ping, argument: 77);
        worker.Until(() => worker.Told.Exists(told => told is { Type: FrameType.Pong, Argument: 77 }), "the ping was answered");
        worker.Send(FrameType.DumpStacks, argument: 5);
        worker.Until(() => worker.Told.Exists(told => told is { Type: FrameType.Stack, Argument: 5 }), "the stacks came");
        Assert.Contains("app.py", System.Text.Encoding.UTF8.GetString(worker.Told[^1].Payload));
    }

    [Fact]
    public void A_broken_frame_ends_the_worker_with_3_and_a_message()
    {
        using var far = FarEnd.Start("hello");
        var worker = far.SpawnReady();
        worker.Send((FrameType)0x7F);
        Assert.Equal(3 << 8, far.HearExit());
        Assert.StartsWith("HP210", far.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0u, SharedBodies.Size + 1u)]
    [InlineData(1u, (uint)SharedBodies.Size)]
    [InlineData(uint.MaxValue, 1u)]
    [InlineData(16u, uint.MaxValue)]
    public void A_body_that_would_lie_beside_its_memory_ends_the_worker_with_3(uint offset, uint length)
    {
        using var far = FarEnd.Start("gateway");
        var worker = far.SpawnReady();
        worker.Send(new FarRequest { Method = "POST", Target = "/body", BodyInMemory = (offset, length) });
        Assert.Equal(3 << 8, far.HearExit());
        Assert.Contains("HP210", far.Output, StringComparison.Ordinal);
    }
}
