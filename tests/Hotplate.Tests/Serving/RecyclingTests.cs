using System.Globalization;

namespace Hotplate.Tests.Serving;

/// <summary>Workers that are worn make room for fresh ones, and no client notices.</summary>
public sealed class RecyclingTests
{
    [Fact]
    public async Task After_its_requests_a_worker_is_replaced_and_no_request_is_lost()
    {
        await using var server = await ServerProcess.StartAsync("crash", "-w", "2", "--max-requests", "20", "--max-requests-jitter", "5");
        var pids = new HashSet<string>();
        using var client = await server.ConnectAsync();
        await Patience.UntilAsync(
            async () =>
            {
                await client.RequestAsync("GET", "/pid", []);
                var answer = await client.ReadAsync();
                Assert.Equal(200, answer.Status);
                pids.Add(answer.Text);
                return pids.Count >= 6;
            },
            "six workers");
        Assert.DoesNotContain("exited", server.Errors.Text, StringComparison.Ordinal);
        Assert.Contains("is replaced: it answered", server.Errors.Text, StringComparison.Ordinal);
        await server.StopAsync();
    }

    [Fact]
    public async Task The_only_worker_serves_until_its_successor_does()
    {
        using var folder = new TemporaryFolder();
        folder.Write("app.py", """
            import os
            import time
            slow = os.path.exists("slow")
            while slow and not os.path.exists("go"):
                time.sleep(0.01)

            def app(environ, start_response):
                start_response("200 OK", [])
                return [str(os.getpid()).encode()]
            """);
        await using var server = await new ServerCommand("") { Directory = folder.Path, Flags = ["--max-requests", "1", "--preload", "off"] }.StartAsync();
        folder.Write("slow");
        var first = (await server.GetAsync("/")).Text;
        await server.Errors.WaitForAsync("is replaced");
        await Patience.UntilAsync(() => server.Workers.Count == 2, "its successor");
        for (var i = 0; i < 20; i++)
        {
            Assert.Equal(first, (await server.GetAsync("/")).Text);
        }
        Assert.Equal(2, server.Workers.Count);
        folder.Write("go");
        await Patience.UntilAsync(async () => (await server.GetAsync("/")).Text != first, "the successor serves");
        await Patience.UntilAsync(() => !server.Workers.Contains(int.Parse(first, CultureInfo.InvariantCulture)), "the first is gone");
    }

    [Fact]
    public async Task A_worker_that_is_replaced_finishes_its_stream()
    {
        using var folder = new TemporaryFolder();
        await using var server = await ServerProcess.StartAsync("streaming", "--max-requests", "1");
        var streaming = Assert.Single(server.Workers);
        using var client = await server.ConnectAsync();
        await client.RequestAsync("GET", $"/?n=2&until={folder.File("go")}", []);
        var head = await client.ReadHeadAsync();
        Assert.Equal("piece 1\n"u8.ToArray(), await client.ReadPieceAsync(head));
        await Patience.UntilAsync(() => server.Workers.Count == 2, "its successor");
        Assert.Equal(200, (await server.GetAsync("/?n=1")).Status);
        folder.Write("go");
        Assert.Equal("piece 2\n"u8.ToArray(), await client.ReadPieceAsync(head));
        Assert.Null(await client.ReadPieceAsync(head));
        Assert.True(head.IsComplete);
        await Patience.UntilAsync(() => !server.Workers.Contains(streaming), "it has ended");
    }

    [Fact]
    public async Task A_worker_that_does_not_finish_in_time_is_killed()
    {
        await using var server = await ServerProcess.StartAsync("streaming", "--max-requests", "1", "--graceful-timeout", "1");
        var streaming = Assert.Single(server.Workers);
        using var client = await server.ConnectAsync();
        await client.RequestAsync("GET", "/endless?gap=0.05", []);
        await client.ReadPieceAsync(await client.ReadHeadAsync());
        await server.Errors.WaitForAsync(line => line.Contains($"{streaming}", StringComparison.Ordinal) && line.Contains("--graceful-timeout", StringComparison.Ordinal), "why");
        await Patience.UntilAsync(() => !server.Workers.Contains(streaming), "it has ended");
        Assert.Equal(200, (await server.GetAsync("/?n=1")).Status);
    }

    [Fact]
    public async Task A_worker_that_takes_too_much_memory_is_killed_and_the_log_names_what_ran()
    {
        await using var server = await ServerProcess.StartAsync("crash", "-w", "2", "--max-worker-memory-hard", "300M");
        using var folder = new TemporaryFolder();
        var grows = server.SendAsync("POST", "/memory?mb=400&hold=60");
        Assert.Equal(502, (await grows).Status);
        var line = await server.Errors.WaitForAsync("--max-worker-memory-hard");
        Assert.Contains("POST /memory?mb=400&hold=60 (", line, StringComparison.Ordinal);
        Assert.Equal("hello", (await server.GetAsync("/")).Text);
    }

    [Fact]
    public async Task A_worker_that_is_old_is_replaced()
    {
        await using var server = await ServerProcess.StartAsync("crash", "--max-worker-age", "1");
        var first = (await server.GetAsync("/pid")).Text;
        await server.Errors.WaitForAsync("--max-worker-age");
        await Patience.UntilAsync(async () => (await server.GetAsync("/pid")).Text != first, "another serves");
    }
}
