namespace Hotplate.Tests.Serving;

/// <summary>While the application is imported: what is told, and how it can be ended.</summary>
public sealed class ImportTests : IDisposable
{
    private const string Hangs = "import time\nprint('importing', flush=True)\ndef wait_for_the_plate():\n    time.sleep(3600)\nwait_for_the_plate()\n";
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("off")]
    [InlineData("on")]
    [InlineData("auto")]
    public async Task TERM_ends_it_at_once_and_nothing_is_said_to_be_ready(string preload)
    {
        await using var server = await LaunchAsync(Hangs, "--preload", preload, "--graceful-timeout", "1h");
        await server.Output.WaitForAsync("importing");
        server.Signal(ServerProcess.SIGTERM);
        Assert.Equal(0, await server.ExitAsync());
        Assert.DoesNotContain("Ready", server.Errors.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("Listening", server.Errors.Text, StringComparison.Ordinal);
        await server.NothingLeftAsync();
    }

    [Theory]
    [InlineData("off")]
    [InlineData("on")]
    public async Task It_does_not_outlive_a_front_that_is_killed(string preload)
    {
        await using var server = await LaunchAsync(Hangs, "--preload", preload);
        await server.Output.WaitForAsync("importing");
        server.Signal(ServerProcess.SIGKILL);
        await server.ExitAsync();
        await server.NothingLeftAsync();
    }

    [Theory]
    [InlineData("off")]
    [InlineData("on")]
    public async Task It_does_not_outlive_a_parent_that_is_killed(string preload)
    {
        await using var server = await LaunchAsync(Hangs, "--preload", preload);
        await server.Output.WaitForAsync("importing");
        var importing = ProcessTable.ChildrenOf(server.Zygote);
        server.Signal(ServerProcess.SIGKILL, server.Zygote);
        await Patience.UntilAsync(() => !importing.Any(ProcessTable.IsAlive), "what imported is gone");
        Assert.Equal(3, await server.ExitAsync());
        await server.NothingLeftAsync();
    }

    [Theory]
    [InlineData("off")]
    [InlineData("on")]
    public async Task When_it_takes_long_the_log_says_where_it_stands(string preload)
    {
        await using var server = await LaunchAsync(Hangs, "--preload", preload);
        await server.Errors.WaitForAsync("importing app:app takes more than 2 s so far");
        await server.Errors.WaitForAsync($"File \"{folder.File("app.py")}\", line 4 in wait_for_the_plate");
        server.Signal(ServerProcess.SIGTERM);
        await server.ExitAsync();
    }

    [Fact]
    public async Task A_server_that_the_module_starts_is_recognized()
    {
        await using var server = await LaunchAsync("from wsgiref.simple_server import make_server\nmake_server('127.0.0.1', 0, None).serve_forever()\n");
        await server.Errors.WaitForAsync("HP215  app: the application starts a server of its own while it is imported");
        server.Signal(ServerProcess.SIGTERM);
        await server.ExitAsync();
    }

    [Fact]
    public async Task The_start_timeout_counts_at_the_first_start_too()
    {
        await using var server = await LaunchAsync(Hangs, "--start-timeout", "1s");
        Assert.Equal(3, await server.ExitAsync());
        Assert.Contains("HP504  app: the application was not loaded within 1 s", server.Errors.Text, StringComparison.Ordinal);
        await server.NothingLeftAsync();
    }

    [Theory]
    [InlineData("off")]
    [InlineData("on")]
    [InlineData("auto")]
    public async Task When_it_fails_clients_that_wait_are_turned_away_and_the_server_ends(string preload)
    {
        var go = folder.File("go");
        await using var server = await LaunchAsync(
            $"import os, time\nprint('importing', flush=True)\nwhile not os.path.exists('{go}'): time.sleep(0.01)\nraise RuntimeError('cold')\n",
            "--preload", preload, "--graceful-timeout", "1h", "--max-queue-time", "1h", "-b", $"unix:{folder.File("s")}");
        await server.Output.WaitForAsync("importing");
        await Patience.UntilAsync(() => File.Exists(folder.File("s")), "it listens");
        using var client = await RawClient.ConnectAsync(new System.Net.Sockets.UnixDomainSocketEndPoint(folder.File("s")));
        await client.RequestAsync("GET", "/", []);
        await File.WriteAllTextAsync(go, "", CancellationToken.None);
        Assert.Equal(503, (await client.ReadAsync()).Status);
        Assert.Equal(4, await server.ExitAsync());
        await server.NothingLeftAsync();
    }

    [Fact]
    public async Task The_first_worker_imports_alone_and_serves_before_the_others_import()
    {
        var go = folder.File("go");
        await using var server = await LaunchAsync(
            $"""
            import os, time
            try:
                open("{folder.File("first")}", "x").close()
            except FileExistsError:
                while not os.path.exists("{go}"):
                    time.sleep(0.01)

            def app(environ, start_response):
                start_response("200 OK", [])
                return [b"hello"]
            """,
            "-w", "3");
        await server.ListeningAsync();
        Assert.Equal("hello", (await server.GetAsync("/")).Text);
        await Patience.UntilAsync(() => server.Workers.Count == 3, "the others are there");
        await File.WriteAllTextAsync(go, "", CancellationToken.None);
        await server.StopAsync();
    }

    [Theory]
    [InlineData("off")]
    [InlineData("on")]
    [InlineData("auto")]
    public async Task Files_beside_the_application_that_are_called_like_modules_of_Python_harm_nothing(string preload)
    {
        foreach (var python in Pythons.Supported)
        {
            using var site = new TemporaryFolder();
            var names = ((await FinishedProgram.RunAsync(python.Path, ["-c", "import sys; print(*getattr(sys, 'stdlib_module_names', sys.builtin_module_names))"])).Output).Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            foreach (var name in names.Append("platform").Append("logging").Append("json").Append("difflib").Distinct())
            {
                site.Write($"{name}.py", $"raise ImportError('the file {name}.py of the application was imported')\n");
            }
            site.Write("plates.py", """
                def post_fork(server, worker):
                    server.log.info("forked")

                def worker_exit(server, worker):
                    server.log.info("exits")

                def app(environ, start_response):
                    if environ["PATH_INFO"] == "/error":
                        raise ValueError("the plate is cold")
                    start_response("200 OK", [])
                    return [b"hello"]
                """);
            await using var server = await new ServerCommand("") { Directory = site.Path, Target = "plates:app", Flags = ["--preload", preload, "--python", python.Path] }.StartAsync();
            Assert.Equal("hello", (await server.GetAsync("/")).Text);
            Assert.Equal(500, (await server.GetAsync("/error")).Status);
            await server.Errors.WaitForAsync("ValueError: the plate is cold");
            server.Signal(ServerProcess.SIGKILL, server.Workers[0]);
            Assert.Equal("hello", (await server.GetAsync("/")).Text);
            await server.StopAsync();
            Assert.DoesNotContain("of the application was imported", server.Errors.Text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task An_application_may_have_a_module_that_is_called_like_one_that_only_we_use()
    {
        folder.Write("platform.py", "NAME = 'the plate'\n");
        folder.Write("difflib.py", "NAME = 'the cup'\n");
        await using var server = await LaunchAsync("import platform, difflib\ndef app(environ, start_response):\n    start_response('200 OK', [])\n    return [(platform.NAME + difflib.NAME).encode()]\n");
        await server.ListeningAsync();
        Assert.Equal("the platethe cup", (await server.GetAsync("/")).Text);
    }

    [Fact]
    public async Task Patches_of_eventlet_are_refused_with_what_to_do()
    {
        folder.Write("eventlet/__init__.py");
        folder.Write("eventlet/patcher.py", "def is_monkey_patched(what):\n    return what == 'socket'\n");
        await using var server = await LaunchAsync("import eventlet.patcher\ndef app(environ, start_response): pass\n");
        Assert.Equal(4, await server.ExitAsync());
        Assert.Contains("HP216  the application calls eventlet.monkey_patch()", server.Errors.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_sharing_would_save_is_told_when_it_is_much_with_what_speaks_against_it()
    {
        await using var server = await LaunchAsync(
            "import os\nplates = b'x' * (120 << 20)\nends = os.pipe()\ndef app(environ, start_response):\n    start_response('200 OK', [])\n    return [b'hello']\n", "-w", "2");
        var line = await server.Errors.WaitForAsync("With --preload workers would share that");
        Assert.Contains("Against it speaks what the import left behind: a pipe", line, StringComparison.Ordinal);
        await server.StopAsync();
    }

    private Task<ServerProcess> LaunchAsync(string code, params string[] flags)
    {
        folder.Write("app.py", code);
        return new ServerCommand("") { Directory = folder.Path, Flags = flags }.LaunchAsync();
    }
}
