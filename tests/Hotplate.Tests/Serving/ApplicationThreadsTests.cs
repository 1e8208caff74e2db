using System.Globalization;

namespace Hotplate.Tests.Serving;

/// <summary>An application that starts threads and processes runs unharmed.</summary>
public sealed class ApplicationThreadsTests(ApplicationThreadsTests.Threads app) : IClassFixture<ApplicationThreadsTests.Threads>
{
    public sealed class Threads() : Served("threads");

    [Theory]
    [InlineData("/threads?n=8")]
    [InlineData("/pool")]
    [InlineData("/subprocess")]
    [InlineData("/shell")]
    [InlineData("/fork")]
    [InlineData("/multiprocessing?method=fork")]
    [InlineData("/multiprocessing?method=spawn")]
    [InlineData("/multiprocessing?method=forkserver")]
    [InlineData("/asyncio")]
    [InlineData("/local")]
    public async Task It_does_what_it_would_do_anywhere(string path)
    {
        var pid = Assert.Single(app.Server.Workers);
        for (var i = 0; i < 3; i++)
        {
            var answer = await app.Server.GetAsync(path);
            Assert.True(answer.Status == 200 && answer.Json.GetProperty("ok").GetBoolean(), $"{answer.Status} {answer.Text}");
        }
        Assert.Equal(pid, Assert.Single(app.Server.Workers));
    }

    [Fact]
    public async Task A_forked_child_that_leaves_through_our_code_answers_nothing()
    {
        using var client = await app.Server.ConnectAsync();
        for (var i = 0; i < 3; i++)
        {
            await client.RequestAsync("GET", "/fork-exit", []);
            var answer = await client.ReadAsync();
            Assert.True(answer.Status == 200 && answer.Json.GetProperty("ok").GetBoolean(), $"{answer.Status} {answer.Text}");
        }
    }

    [Fact]
    public async Task What_a_forked_child_logs_touches_nothing_of_the_workers()
    {
        const int Lines = 3000;
        var expected = string.Concat(Enumerable.Range(0, Lines).Select(static n => $"{n} from the parent\n")) + "end\n";
        for (var i = 0; i < 5; i++)
        {
            var answer = await app.Server.GetAsync($"/fork-log?n={Lines}");
            Assert.Equal((200, true), (answer.Status, answer.IsComplete));
            Assert.Equal(expected, answer.Text);
        }
        await app.Server.Errors.WaitForAsync(line => line.Contains($"{Lines - 1} from the child", StringComparison.Ordinal), 5, "what the children said, by way of stderr");
    }

    [Fact]
    public async Task A_thread_goes_on_between_requests()
    {
        await app.Server.GetAsync("/background");
        await Patience.UntilAsync(async () => (await app.Server.GetAsync("/ticks")).Json.GetProperty("ticks").GetInt32() > 3, "more than three ticks");
    }

    [Fact]
    public async Task A_child_that_outlives_its_request_and_its_worker_holds_up_nobody()
    {
        await using var server = await ServerProcess.StartAsync("threads");
        var answer = await server.GetAsync("/orphan?s=600");
        var child = int.Parse(answer.Json.GetProperty("child").GetRawText(), CultureInfo.InvariantCulture);
        Assert.True(ProcessTable.IsAlive(child));
        var pid = Assert.Single(server.Workers, worker => worker != child);
        server.Signal(ServerProcess.SIGKILL, pid);
        await Patience.UntilAsync(() => server.Workers.Any(worker => worker != pid && worker != child), "another worker");
        Assert.Equal(200, (await server.GetAsync("/pool")).Status);
        server.Signal(ServerProcess.SIGTERM);
        Assert.Equal(0, await server.ExitAsync());
        Assert.True(ProcessTable.IsAlive(child));
    }
}
