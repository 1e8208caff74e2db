namespace Hotplate.Tests.Serving;

/// <summary>More requests than can be served, or nobody to serve them: an answer in time for everyone, and nothing stale afterwards.</summary>
public sealed class OverloadTests
{
    private const int SIGCONT = 18;
    private const int SIGSTOP = 19;

    [Fact]
    public async Task What_waited_too_long_for_workers_that_stood_still_never_reaches_the_application()
    {
        using var folder = new TemporaryFolder();
        await using var server = await ServerProcess.StartAsync("crash", "-w", "2", "--max-queue-time", "1");
        await Patience.UntilAsync(() => server.Workers.Count == 2, "two workers");
        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => server.GetAsync("/")));
        var workers = server.Workers;
        foreach (var worker in workers)
        {
            server.Signal(SIGSTOP, worker);
        }
        var answers = await Task.WhenAll(Enumerable.Range(0, 40).Select(number => server.SendAsync("POST", $"/count?id={number}&log={folder.File("log")}")));
        Assert.All(answers, answer => Assert.Equal(503, answer.Status));
        Assert.All(answers, answer => Assert.NotNull(answer["Retry-After"]));
        foreach (var worker in workers)
        {
            server.Signal(SIGCONT, worker);
        }
        Assert.Equal("hello", (await server.GetAsync("/")).Text);
        Assert.Equal(workers, server.Workers);
        Assert.StartsWith("/count new ", Assert.Single(await LogAfterAsync(server, folder.File("log"))), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_request_in_the_hand_of_a_worker_that_stands_still_goes_to_another()
    {
        using var folder = new TemporaryFolder();
        await using var server = await ServerProcess.StartAsync("crash", "-w", "2", "--control", folder.File("control"));
        // While there is nobody else to take them, requests wait, and a worker that stands still for so long is given up.
        await server.ServedByAsync(2, folder.File("control"));
        var stopped = server.Workers[0];
        server.Signal(SIGSTOP, stopped);
        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => server.SendAsync("POST", "/pid")));
        Assert.All(answers, answer => Assert.Equal($"{server.Workers[1]}", answer.Text));
        server.Signal(SIGCONT, stopped);
        await Patience.UntilAsync(
            async () => (await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => server.GetAsync("/sleep?s=0.02")))).Any(answer => answer.Text == $"slept {stopped}"),
            "it serves again");
    }

    [Fact]
    public async Task Who_would_wait_too_long_is_told_at_once_and_then_all_is_as_before()
    {
        await using var server = await ServerProcess.StartAsync("slow", "--threads", "1", "--max-queue-time", "500ms");
        using var enough = new CancellationTokenSource();
        var clients = Enumerable.Range(0, 40).Select(async _ =>
        {
            while (!enough.IsCancellationRequested)
            {
                Assert.Contains((await server.GetAsync("/burn?ms=40")).Status, new[] { 200, 503 });
            }
        }).ToList();
        await server.Errors.WaitForAsync("overloaded");
        await enough.CancelAsync();
        await Task.WhenAll(clients);
        Assert.Equal("hello", (await server.GetAsync("/")).Text);
    }

    // Each worker gets one more, behind whatever lies in its channel; what that was would have been written before.
    private static async Task<string[]> LogAfterAsync(ServerProcess server, string log)
    {
        Assert.Equal(200, (await server.SendAsync("POST", $"/count?id=new&log={log}")).Status);
        return await File.ReadAllLinesAsync(log, CancellationToken.None);
    }
}
