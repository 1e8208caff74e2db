using System.Globalization;

namespace Hotplate.Tests.Serving;

/// <summary>How many workers there are follows what there is to do, or a signal.</summary>
public sealed class ElasticTests
{
    private const int SIGTTIN = 21;
    private const int SIGTTOU = 22;

    [Fact]
    public async Task Requests_that_wait_bring_another_worker()
    {
        using var folder = new TemporaryFolder();
        await using var server = await ServerProcess.StartAsync("streaming", "-w", "1-2", "--threads", "1");
        Assert.Single(server.Workers);
        using var busy = await server.ConnectAsync();
        await busy.RequestAsync("GET", $"/?n=2&until={folder.File("go")}", []);
        await busy.ReadPieceAsync(await busy.ReadHeadAsync());
        Assert.Equal(200, (await server.GetAsync("/?n=1")).Status);
        Assert.Equal(2, server.Workers.Count);
        await server.Errors.WaitForAsync("workers from now on: 2");
    }

    [Fact]
    public async Task TTIN_and_TTOU_make_it_one_more_and_one_fewer()
    {
        await using var server = await ServerProcess.StartAsync("crash", "-w", "2");
        await Patience.UntilAsync(() => server.Workers.Count == 2, "two workers");
        server.Signal(SIGTTIN);
        await Patience.UntilAsync(() => server.Workers.Count == 3, "three workers");
        server.Signal(SIGTTOU);
        await Patience.UntilAsync(() => server.Workers.Count == 2, "two workers again");
        server.Signal(SIGTTOU);
        server.Signal(SIGTTOU);
        await Patience.UntilAsync(() => server.Workers.Count == 1, "one worker, the least");
        Assert.Equal("hello", (await server.GetAsync("/")).Text);
        Assert.DoesNotContain("exited", server.Errors.Text, StringComparison.Ordinal);
        await server.StopAsync();
    }

    [Fact]
    public async Task A_worker_that_goes_finishes_its_stream()
    {
        using var folder = new TemporaryFolder();
        await using var server = await ServerProcess.StartAsync("streaming", "-w", "1");
        using var client = await server.ConnectAsync();
        await client.RequestAsync("GET", $"/?n=2&until={folder.File("go")}", []);
        var head = await client.ReadHeadAsync();
        await client.ReadPieceAsync(head);
        server.Signal(SIGTTIN);
        await server.Errors.WaitForAsync("workers from now on: 2");
        server.Signal(SIGTTOU);
        await server.Errors.WaitForAsync("workers from now on: 1");
        folder.Write("go");
        Assert.Equal("piece 2\n"u8.ToArray(), await client.ReadPieceAsync(head));
        Assert.Null(await client.ReadPieceAsync(head));
        Assert.True(head.IsComplete);
    }

    [Fact]
    public async Task A_worker_that_was_alone_is_replaced_by_one_that_tells_the_truth()
    {
        await using var server = await ServerProcess.StartAsync("environ", "-w", "1");
        var alone = Assert.Single(server.Workers);
        Assert.False(await MultiprocessAsync(server));
        server.Signal(SIGTTIN);
        await Patience.UntilAsync(() => server.Workers.Count == 2 && !server.Workers.Contains(alone), "two others");
        for (var i = 0; i < 10; i++)
        {
            Assert.True(await MultiprocessAsync(server));
        }
    }

    [Fact]
    public async Task A_worker_that_may_get_company_says_so_from_the_start()
    {
        await using var server = await ServerProcess.StartAsync("environ", "-w", "1-3");
        Assert.Single(server.Workers);
        Assert.True(await MultiprocessAsync(server));
    }

    [Fact]
    public async Task A_reload_keeps_the_number()
    {
        await using var server = await ServerProcess.StartAsync("crash", "-w", "1");
        server.Signal(SIGTTIN);
        await Patience.UntilAsync(() => server.Workers.Count == 2, "two workers");
        var before = await PidAsync(server);
        server.Signal(1);
        await server.Errors.WaitForAsync("generation 2 serves");
        await Patience.UntilAsync(() => ProcessTable.ChildrenOf(server.Pid).Sum(zygote => ProcessTable.ChildrenOf(zygote).Count) == 2, "two workers of the new generation");
        Assert.NotEqual(before, await PidAsync(server));
    }

    private static async Task<int> PidAsync(ServerProcess server) => int.Parse((await server.GetAsync("/pid")).Text, CultureInfo.InvariantCulture);

    private static async Task<bool> MultiprocessAsync(ServerProcess server) =>
        (await server.GetAsync("/")).Json.GetProperty("environ").GetProperty("wsgi.multiprocess").GetProperty("value").GetBoolean();
}
