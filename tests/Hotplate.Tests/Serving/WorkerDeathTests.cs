using System.Globalization;

namespace Hotplate.Tests.Serving;

/// <summary>Workers that die are replaced; the front survives all of it, and so does everybody else's request.</summary>
public sealed class WorkerDeathTests
{
    [Fact]
    public async Task A_killed_worker_is_replaced()
    {
        await using var server = await ServerProcess.StartAsync("crash", "-w", "2");
        await Patience.UntilAsync(() => server.Workers.Count == 2, "two workers");
        var before = server.Workers;
        server.Signal(ServerProcess.SIGKILL, before[0]);
        await Patience.UntilAsync(() => server.Workers.Count == 2 && !server.Workers.Contains(before[0]), "another in its place");
        Assert.Contains(before[1], server.Workers);
        await server.Errors.WaitForAsync(line => line.Contains($"{before[0]}", StringComparison.Ordinal) && line.Contains("SIGKILL", StringComparison.Ordinal), "why it died");
        Assert.Equal("hello", (await server.GetAsync("/")).Text);
    }

    [Theory]
    [InlineData("/exit?code=7", "exit 7")]
    [InlineData("/kill?signal=9", "SIGKILL")]
    [InlineData("/segfault", "SIGSEGV")]
    [InlineData("/abort", "SIGABRT")]
    public async Task A_request_that_kills_its_worker_gets_502_and_the_next_is_served(string path, string reason)
    {
        await using var server = await ServerProcess.StartAsync("crash");
        var answer = await server.SendAsync("POST", path);
        Assert.Equal(502, answer.Status);
        Assert.NotNull(answer["X-Request-Id"]);
        await server.Errors.WaitForAsync(reason);
        Assert.Equal("hello", (await server.GetAsync("/")).Text);
    }

    [Fact]
    public async Task Requests_on_other_workers_do_not_notice()
    {
        await using var server = await ServerProcess.StartAsync("crash", "-w", "2", "--threads", "1");
        await Patience.UntilAsync(() => server.Workers.Count == 2, "two workers");
        var sleeping = server.GetAsync("/sleep?s=1");
        for (var i = 0; i < 5; i++)
        {
            Assert.Equal(502, (await server.SendAsync("POST", "/exit")).Status);
        }
        Assert.StartsWith("slept", (await sleeping).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_answer_cut_in_the_middle_does_not_look_whole()
    {
        await using var server = await ServerProcess.StartAsync("crash");
        var answer = await server.GetAsync("/midway?n=2");
        Assert.False(answer.IsComplete);
        Assert.StartsWith("piece 0\n", answer.Text, StringComparison.Ordinal);
        Assert.Equal("hello", (await server.GetAsync("/")).Text);
    }

    [Fact]
    public async Task A_GET_that_had_begun_runs_again_on_another_worker()
    {
        await using var server = await ServerProcess.StartAsync("crash", "-w", "2");
        using var folder = new TemporaryFolder();
        Assert.StartsWith("second time", (await server.GetAsync($"/once?flag={folder.File("flag")}")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_download_whose_worker_is_killed_goes_on_at_another()
    {
        await using var server = await ServerProcess.StartAsync("crash", "-w", "2");
        using var folder = new TemporaryFolder();
        var answer = await server.GetAsync($"/download?flag={folder.File("flag")}&log={folder.File("log")}");
        Assert.True(answer.IsComplete);
        Assert.Equal(Enumerable.Range(0, 200_000).Select(static at => (byte)(at % 250)), answer.Body);
        Assert.Equal(2, (await File.ReadAllLinesAsync(folder.File("log"), CancellationToken.None)).Length);
    }

    [Fact]
    public async Task A_POST_that_had_begun_never_runs_twice()
    {
        await using var server = await ServerProcess.StartAsync("crash", "-w", "2");
        using var folder = new TemporaryFolder();
        Assert.Equal(502, (await server.SendAsync("POST", $"/once?flag={folder.File("flag")}&log={folder.File("log")}")).Status);
        Assert.Equal("hello", (await server.GetAsync("/")).Text);
        Assert.Single(await File.ReadAllLinesAsync(folder.File("log"), CancellationToken.None));
    }

    [Fact]
    public async Task Workers_that_do_not_start_again_are_tried_until_they_do()
    {
        using var folder = new TemporaryFolder();
        folder.Write("app.py", """
            import os
            if os.path.exists("broken"):
                raise RuntimeError("the plate is broken")

            def app(environ, start_response):
                start_response("200 OK", [])
                if environ["PATH_INFO"] == "/exit":
                    os._exit(1)
                return [b"hello"]
            """);
        await using var server = await new ServerCommand("") { Directory = folder.Path, Flags = ["--preload", "off"] }.StartAsync();
        folder.Write("broken");
        Assert.Equal(502, (await server.SendAsync("POST", "/exit")).Status);
        await server.Errors.WaitForAsync(line => line.Contains("RuntimeError: the plate is broken", StringComparison.Ordinal), 3, "three failures");
        Assert.True(server.IsRunning);
        File.Delete(folder.File("broken"));
        Assert.Equal("hello", (await server.GetAsync("/")).Text);
    }

    [Fact]
    public async Task A_killed_zygote_is_replaced_with_its_workers()
    {
        await using var server = await ServerProcess.StartAsync("crash", "-w", "2");
        var zygote = server.Zygote;
        server.Signal(ServerProcess.SIGKILL, zygote);
        await Patience.UntilAsync(() => ProcessTable.ChildrenOf(server.Pid) is [var other] && other != zygote, "another zygote");
        var pid = int.Parse((await server.GetAsync("/pid")).Text, CultureInfo.InvariantCulture);
        await Patience.UntilAsync(() => server.Workers.Count == 2 && server.Workers.Contains(pid), "its workers");
        Assert.False(ProcessTable.IsAlive(zygote));
    }
}
