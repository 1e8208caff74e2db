namespace Hotplate.Tests.Serving;

/// <summary>Whoever looks after the server gets an answer at once, from the front itself.</summary>
public sealed class HealthPathTests
{
    [Theory]
    [InlineData("/livez", "alive\n")]
    [InlineData("/readyz", "ready\n")]
    [InlineData("/readyz?from=balancer", "ready\n")]
    public async Task They_are_answered_outside_the_mount_and_never_reach_the_application(string path, string text)
    {
        await using var server = await ServerProcess.StartAsync("crash", "--mount", "/shop", "--access-logfile", "-");
        using var client = await server.ConnectAsync();
        foreach (var method in new[] { "GET", "HEAD", "GET" })
        {
            await client.RequestAsync(method, path, []);
            var answer = await client.ReadAsync(method);
            Assert.Equal((200, method == "GET" ? text : ""), (answer.Status, answer.Text));
            Assert.Equal("no-store", answer["Cache-Control"]);
        }
        Assert.StartsWith("1 ", (await server.GetAsync("/shop/count")).Text, StringComparison.Ordinal);
        await server.Output.WaitForAsync("/shop/count");
        Assert.DoesNotContain("livez", server.Output.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Other_methods_are_the_applications()
    {
        await using var server = await ServerProcess.StartAsync("crash");
        Assert.Equal("hello", (await server.SendAsync("POST", "/livez")).Text);
    }

    [Fact]
    public async Task They_can_be_elsewhere_or_off()
    {
        await using var server = await ServerProcess.StartAsync("crash", "--livez-path", "off", "--readyz-path", "/-/ready");
        Assert.Equal("hello", (await server.GetAsync("/livez")).Text);
        Assert.Equal("hello", (await server.GetAsync("/readyz")).Text);
        Assert.Equal("ready\n", (await server.GetAsync("/-/ready")).Text);
    }

    [Fact]
    public async Task They_answer_while_every_worker_is_busy_and_the_queue_is_full()
    {
        using var folder = new TemporaryFolder();
        await using var server = await ServerProcess.StartAsync("streaming", "--threads", "1", "--max-queue", "1");
        using var busy = await server.ConnectAsync();
        await busy.RequestAsync("GET", $"/?n=2&until={folder.File("go")}", []);
        await busy.ReadPieceAsync(await busy.ReadHeadAsync());
        var three = Enumerable.Range(0, 3).Select(_ => server.GetAsync("/?n=1")).ToList();
        Assert.Equal(503, (await await Task.WhenAny(three)).Status);
        Assert.Equal(200, (await server.GetAsync("/livez")).Status);
        Assert.Equal(200, (await server.GetAsync("/readyz")).Status);
        folder.Write("go");
        Assert.Single(await Task.WhenAll(three), answer => answer.Status == 200);
    }

    [Fact]
    public async Task Readyz_is_503_while_no_worker_serves_and_livez_is_not()
    {
        using var folder = new TemporaryFolder();
        folder.Write("app.py", """
            import os
            import time
            while os.path.exists("wait"):
                time.sleep(0.01)

            def app(environ, start_response):
                start_response("200 OK", [])
                return [b"hello"]
            """);
        await using var server = await new ServerCommand("") { Directory = folder.Path }.StartAsync();
        Assert.Equal(200, (await server.GetAsync("/readyz")).Status);
        folder.Write("wait");
        server.Signal(ServerProcess.SIGKILL, Assert.Single(server.Workers));
        await Patience.UntilAsync(async () => (await server.GetAsync("/readyz")).Status == 503, "not ready");
        Assert.Equal("no worker is ready\n", (await server.GetAsync("/readyz")).Text);
        Assert.Equal(200, (await server.GetAsync("/livez")).Status);
        File.Delete(folder.File("wait"));
        await Patience.UntilAsync(async () => (await server.GetAsync("/readyz")).Status == 200, "ready again");
    }
}
