namespace Hotplate.Tests.Serving;

/// <summary>A reload that cannot take the site down: what is not fit to serve changes nothing, what does badly afterwards is rolled back.</summary>
public sealed class ReloadTests : IDisposable
{
    private const int SIGHUP = 1;
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task New_code_takes_over()
    {
        await using var server = await StartAsync();
        await ReloadAsync(server, Answers("two"), "generation 2 serves");
        await Patience.UntilAsync(async () => (await server.GetAsync("/")).Text == "two", "the new code answers");
        await server.StopAsync();
    }

    [Theory]
    [InlineData("def app(:", "HP200  SyntaxError in ", "on")]
    [InlineData("import nowhere_to_be_found", "HP201  No module named 'nowhere_to_be_found'", "on")]
    [InlineData("raise RuntimeError('cold')", "HP204  the application raised RuntimeError", "off")]
    [InlineData("import os\nos._exit(9)", "HP505  app: a worker did not start (exit 9). It said nothing", "on")]
    public async Task Code_that_does_not_load_changes_nothing(string code, string why, string preload)
    {
        await using var server = await StartAsync("--preload", preload);
        var told = await ReloadAsync(server, code, "nothing has changed");
        Assert.Contains($"generation 2 is not fit to serve, and nothing has changed: {why}", told, StringComparison.Ordinal);
        Assert.Equal("one", (await server.GetAsync("/")).Text);
        await ReloadAsync(server, Answers("three"), "generation 3 serves");
        await server.StopAsync();
    }

    [Theory]
    [InlineData("on")]
    [InlineData("off")]
    public async Task An_import_that_hangs_ends_with_the_start_timeout(string preload)
    {
        await using var server = await StartAsync("--start-timeout", "15s", "--preload", preload);
        var told = await ReloadAsync(server, "import time\ntime.sleep(3600)", "nothing has changed");
        Assert.Contains("the application was not loaded within 15 s", told, StringComparison.Ordinal);
        Assert.Equal("one", (await server.GetAsync("/")).Text);
        await Patience.UntilAsync(() => ProcessTable.ChildrenOf(server.Pid).Count == 1, "the zygote that hung is gone");
        await server.StopAsync();
    }

    [Theory]
    [InlineData("503 Cold", "the health path /health answered 503, not 2xx or 3xx")]
    [InlineData("404 Not Found", "the health path /health answered 404, not 2xx or 3xx")]
    public async Task A_health_check_that_fails_changes_nothing(string status, string why)
    {
        await using var server = await StartAsync("--health-path", "/health");
        var told = await ReloadAsync(server, Answers("two", status), "nothing has changed");
        Assert.Contains(why, told, StringComparison.Ordinal);
        Assert.Equal("one", (await server.GetAsync("/")).Text);
    }

    [Fact]
    public async Task A_health_check_that_hangs_ends_with_the_start_timeout()
    {
        await using var server = await StartAsync("--health-path", "/health", "--start-timeout", "15s");
        var told = await ReloadAsync(server, "import time\ndef app(environ, start_response):\n    time.sleep(3600)", "nothing has changed");
        Assert.Contains("the health path /health was not answered within 15 s", told, StringComparison.Ordinal);
        Assert.Equal("one", (await server.GetAsync("/")).Text);
    }

    [Theory]
    [InlineData("on")]
    [InlineData("off")]
    public async Task Code_that_crashes_after_the_swap_is_rolled_back(string preload)
    {
        await using var server = await StartAsync("--watch", "50s", "--preload", preload);
        var crash = "import os, threading\ndef post_fork(server, worker):\n    threading.Timer(0.5, os._exit, (7,)).start()\n" + Answers("two");
        await ReloadAsync(server, crash, "generation 2 serves");
        await server.Errors.WaitForAsync("generation 2 is rolled back to generation 1: a worker of it died");
        await Patience.UntilAsync(async () => (await server.GetAsync("/")).Text == "one", "the old code answers");
        await Patience.UntilAsync(() => ProcessTable.ChildrenOf(server.Pid).Count == 1, "one zygote is left");
        Assert.Equal("one", (await server.GetAsync("/")).Text);
        await server.StopAsync();
    }

    [Fact]
    public async Task Code_that_fails_far_more_often_is_rolled_back()
    {
        await using var server = await StartAsync("--watch", "50s");
        await ReloadAsync(server, Answers("two", "500 Cold"), "generation 2 serves");
        await Patience.UntilAsync(
            async () =>
            {
                await server.GetAsync("/");
                return server.Errors.Text.Contains("generation 2 is rolled back to generation 1: it fails more often", StringComparison.Ordinal);
            },
            "it is rolled back");
        await Patience.UntilAsync(async () => (await server.GetAsync("/")).Status == 200, "the old code answers");
    }

    [Fact]
    public async Task Code_that_fails_as_often_as_the_old_stays()
    {
        folder.Write("app.py", Answers("one", "500 Cold"));
        await using var server = await Command("--watch", "3s").StartAsync();
        for (var i = 0; i < 40; i++)
        {
            await server.GetAsync("/");
        }
        await ReloadAsync(server, Answers("two", "500 Cold"), "generation 2 serves");
        for (var i = 0; i < 40; i++)
        {
            await server.GetAsync("/");
        }
        await Patience.UntilAsync(() => ProcessTable.ChildrenOf(server.Pid).Count == 1, "the watch is over");
        Assert.Equal("two", (await server.GetAsync("/")).Text);
        Assert.DoesNotContain("rolled back", server.Errors.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_the_old_workers_are_gone_it_says_why_it_does_not_roll_back()
    {
        await using var server = await StartAsync("--watch", "50s", "--preload", "off");
        var old = Assert.Single(server.Workers);
        var crash = "import os\ndef app(environ, start_response):\n    if environ['PATH_INFO'] == '/exit':\n        os._exit(7)\n    start_response('200 OK', [])\n    return [b'two']";
        await ReloadAsync(server, crash, "generation 2 serves");
        server.Signal(ServerProcess.SIGKILL, old);
        await Patience.UntilAsync(() => !ProcessTable.IsAlive(old), "the old worker is gone");
        await server.SendAsync("POST", "/exit");
        await server.Errors.WaitForAsync("generation 2 does badly (a worker of it died) and cannot be rolled back, because none of its processes that has the old code");
        Assert.Equal("two", (await server.GetAsync("/")).Text);
    }

    [Fact]
    public async Task A_second_reload_does_not_wait_for_streams_of_the_generation_before_the_first()
    {
        await using var server = await StartAsync("--graceful-timeout", "1h");
        List<RawClient> clients = [];
        folder.Write("app.py", Streams("one"));
        await ReloadAsync(server, Streams("one"), "generation 2 serves");
        for (var generation = 3; generation <= 8; generation++)
        {
            var client = await server.ConnectAsync();
            clients.Add(client);
            await client.RequestAsync("GET", "/stream", []);
            await client.ReadPieceAsync(await client.ReadHeadAsync());
            await ReloadAsync(server, Streams($"version {generation}"), $"generation {generation} serves");
            await Patience.UntilAsync(async () => (await server.GetAsync("/")).Text == $"version {generation}", "the new code answers");
        }
        await server.Errors.WaitForAsync("more than 4 old generations have not finished yet; ending the oldest, generation 2");
        clients.ForEach(static client => client.Dispose());
        await server.StopAsync();
    }

    [Fact]
    public async Task A_stop_during_a_reload_ends_what_is_loaded_and_loads_nothing_more()
    {
        await using var server = await StartAsync();
        folder.Write("app.py", "import time\nprint('importing', flush=True)\ntime.sleep(3600)");
        server.Signal(SIGHUP);
        await server.Output.WaitForAsync("importing");
        server.Signal(ServerProcess.SIGTERM);
        server.Signal(SIGHUP);
        Assert.Equal(0, await server.ExitAsync());
        await server.NothingLeftAsync();
        Assert.DoesNotContain("generation 3", server.Errors.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_link_that_the_server_was_started_in_is_followed_anew()
    {
        foreach (var release in (string[])["one", "two"])
        {
            folder.Write($"{release}/app.py", Answers(release));
        }
        var current = folder.File("current");
        File.CreateSymbolicLink(current, "one");
        await using var server = await new ServerCommand("")
        {
            Directory = current,
            Environment = new Dictionary<string, string>(StringComparer.Ordinal) { ["PWD"] = current },
        }.StartAsync();
        Assert.Equal("one", (await server.GetAsync("/")).Text);
        File.Delete(current);
        File.CreateSymbolicLink(current, "two");
        server.Signal(SIGHUP);
        await server.Errors.WaitForAsync("generation 2 serves");
        Assert.Equal("two", (await server.GetAsync("/")).Text);
        File.Delete(current);
        server.Signal(SIGHUP);
        await server.Errors.WaitForAsync($"HP503  app: the application's folder {current} is not there");
        await server.StopAsync();
    }

    [Fact]
    public async Task Where_the_old_zygote_is_gone_it_says_so()
    {
        await using var server = await StartAsync("--watch", "50s");
        var old = server.Zygote;
        await ReloadAsync(server, "import os\nfrom threading import get_ident\n" + Answers("two").Replace("    start", "    if environ['PATH_INFO'] == '/exit': os._exit(7)\n    start", StringComparison.Ordinal), "generation 2 serves");
        server.Signal(ServerProcess.SIGKILL, old);
        await Patience.UntilAsync(() => !ProcessTable.ChildrenOf(server.Pid).Contains(old), "the old zygote is gone");
        await server.SendAsync("POST", "/exit");
        await server.Errors.WaitForAsync("cannot be rolled back, because the old zygote is gone");
        Assert.Equal("two", (await server.GetAsync("/")).Text);
    }

    [Fact]
    public async Task No_request_fails_while_bad_code_comes_and_goes()
    {
        await using var server = await StartAsync("--watch", "50s");
        using var over = new CancellationTokenSource();
        var clients = Enumerable.Range(0, 4).Select(_ => AskAsync(server, over.Token)).ToList();
        await ReloadAsync(server, "def app(:", "nothing has changed");
        await ReloadAsync(server, Answers("two"), "generation 3 serves");
        await ReloadAsync(server, "import os, threading\ndef post_fork(server, worker):\n    threading.Timer(4, os._exit, (7,)).start()\n" + Answers("three"), "generation 4 serves");
        await server.Errors.WaitForAsync("generation 4 is rolled back to generation 3");
        await Patience.UntilAsync(async () => (await server.GetAsync("/")).Text == "two", "the old code answers");
        await over.CancelAsync();
        Assert.All(await Task.WhenAll(clients), answers => Assert.True(answers > 0));
    }

    /// <summary>GETs on one kept connection, all of which are answered with 200. Returns how many.</summary>
    private static async Task<int> AskAsync(ServerProcess server, CancellationToken over)
    {
        var answers = 0;
        using var client = await server.ConnectAsync();
        while (!over.IsCancellationRequested)
        {
            await client.RequestAsync("GET", "/", []);
            Assert.Equal(200, (await client.ReadAsync("GET")).Status);
            answers++;
        }
        return answers;
    }

    private static string Streams(string text) => $$"""
        import time

        def app(environ, start_response):
            start_response("200 OK", [])
            if environ["PATH_INFO"] == "/stream":
                return stream()
            return [b"{{text}}"]

        def stream():
            while True:
                yield b"x"
                time.sleep(0.1)
        """;

    private static string Answers(string text, string status = "200 OK") => $$"""
        def app(environ, start_response):
            start_response("{{status}}", [])
            return [b"{{text}}"]

        """;

    [Fact]
    public async Task A_HUP_while_a_reload_is_under_way_is_done_after_it()
    {
        await using var server = await StartAsync();
        folder.Write("app.py", "import os, time\nopen('begun', 'w').close()\nwhile not os.path.exists('gate'):\n    time.sleep(0.01)\n" + Answers("two"));
        server.Signal(SIGHUP);
        await Patience.UntilAsync(() => File.Exists(folder.File("begun")), "the new code is being imported");
        folder.Write("app.py", Answers("three"));
        server.Signal(SIGHUP);
        await server.Errors.WaitForAsync("it follows that one");
        server.Signal(SIGHUP);
        folder.Write("gate", "");
        await server.Errors.WaitForAsync("generation 3 serves");
        await Patience.UntilAsync(async () => (await server.GetAsync("/")).Text == "three", "the newest code answers");
        await server.StopAsync();
    }

    private ServerCommand Command(params string[] flags) => new("") { Directory = folder.Path, Flags = flags };

    private Task<ServerProcess> StartAsync(params string[] flags)
    {
        folder.Write("app.py", Answers("one"));
        return Command(flags).StartAsync();
    }

    private async Task<string> ReloadAsync(ServerProcess server, string code, string outcome)
    {
        folder.Write("app.py", code);
        server.Signal(SIGHUP);
        return await server.Errors.WaitForAsync(outcome);
    }
}
