using Hotplate.Tests.Settings;

namespace Hotplate.Tests.Serving;

/// <summary>A slow request harms no other.</summary>
public sealed class SlowRequestTests
{
    [Fact]
    public async Task One_that_blocks_for_long_leaves_the_worker_to_others()
    {
        await using var server = await ServerProcess.StartAsync("slow");
        using var blocked = await server.ConnectAsync();
        await blocked.RequestAsync("GET", "/sleep?s=600", []);
        for (var i = 0; i < 10; i++)
        {
            // With pauses in which the worker may forget what it learned.
            await Task.Delay(100, CancellationToken.None);
            Assert.Equal("hello", (await server.GetAsync("/")).Text);
        }
        blocked.Reset();
    }

    [Fact]
    public async Task A_hundred_that_wait_run_side_by_side_without_any_flag()
    {
        await using var server = await ServerProcess.StartAsync("slow");
        var answers = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => server.GetAsync("/sleep?s=0.5")));
        Assert.All(answers, answer => Assert.Equal(200, answer.Status));
        Assert.True(answers.Max(answer => answer.Json.GetProperty("peak").GetInt32()) > 30, $"at most {answers.Max(answer => answer.Json.GetProperty("peak").GetInt32())} ran at once");
    }

    [Fact]
    public async Task Quick_ones_pass_by_those_that_compute()
    {
        await using var server = await ServerProcess.StartAsync("slow", "-w", "2");
        var burning = Enumerable.Range(0, 4).Select(_ => server.GetAsync("/burn?ms=300")).ToList();
        var quick = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => server.GetAsync("/")));
        Assert.All(quick, answer => Assert.Equal("hello", answer.Text));
        Assert.All(await Task.WhenAll(burning), answer => Assert.Equal(200, answer.Status));
    }

    [Fact]
    public async Task One_that_stops_its_whole_process_does_not_stop_the_other_worker()
    {
        using var folder = new TemporaryFolder();
        await using var server = await ServerProcess.StartAsync("slow", "-w", "2", "--control", folder.File("control"));
        await server.ServedByAsync(2, folder.File("control"));
        using var stuck = await server.ConnectAsync();
        await stuck.RequestAsync("GET", "/gil?s=600", []);
        for (var i = 0; i < 30; i++)
        {
            var answer = await server.GetAsync("/");
            Assert.Equal((200, "hello"), (answer.Status, answer.Text));
        }
        server.Signal(ServerProcess.SIGINT);
        // Of one signal that is sent twice before it is taken the kernel keeps one (signal(7)).
        await server.Errors.WaitForAsync("INT was received");
        server.Signal(ServerProcess.SIGINT);
        await server.ExitAsync();
        await server.NothingLeftAsync();
    }
}
