namespace Hotplate.Tests.Serving;

/// <summary>One import and forked workers, or an import in each worker.</summary>
public sealed class PreloadTests
{
    [Fact]
    public async Task The_application_is_imported_once_in_the_template_and_workers_are_children_of_the_zygote()
    {
        await using var server = await ServerProcess.StartAsync("preload_state", "--preload", "on", "-w", "3", "--threads", "1");
        var seen = await AskAllAsync(server, 3);
        Assert.All(seen.Values, answer => Assert.Equal(server.Template, answer.Json.GetProperty("imported_in").GetInt32()));
        Assert.All(seen.Values, answer => Assert.Equal(server.Zygote, answer.Json.GetProperty("ppid").GetInt32()));
    }

    [Fact]
    public async Task Without_it_each_worker_imports_for_itself()
    {
        await using var server = await ServerProcess.StartAsync("preload_state", "-w", "2", "--threads", "1");
        var seen = await AskAllAsync(server, 2);
        Assert.All(seen, pair => Assert.Equal(pair.Key, pair.Value.Json.GetProperty("imported_in").GetInt32()));
    }

    [Fact]
    public async Task A_killed_worker_is_forked_anew_without_another_import()
    {
        await using var server = await ServerProcess.StartAsync("preload_state", "--preload", "on");
        var template = server.Template;
        var pid = Assert.Single(server.Workers);
        server.Signal(ServerProcess.SIGKILL, pid);
        await Patience.UntilAsync(() => server.Workers is [var other] && other != pid, "another worker");
        Assert.Equal(template, (await server.GetAsync("/")).Json.GetProperty("imported_in").GetInt32());
    }

    [Fact]
    public async Task Flask_and_its_bodies_streams_and_errors_work_the_same()
    {
        await using var server = await new ServerCommand("flask_features") { Needs = ["flask"], Flags = ["--preload", "on", "-w", "2"] }.StartAsync();
        Assert.Equal("piece 1\npiece 2\npiece 3\n", (await server.GetAsync("/stream?n=3&gap=0")).Text);
        Assert.Equal(100_000, (await server.GetAsync("/file")).Body.Length);
        Assert.Equal(500, (await server.GetAsync("/error")).Status);
        Assert.Equal(300_000, (await server.SendAsync("POST", "/chunked", new byte[300_000])).Json.GetProperty("length").GetInt32());
    }

    [Theory]
    [InlineData("")]
    [InlineData("appended")]
    public async Task With_auto_it_is_chosen_when_the_import_leaves_nothing_behind_or_what_harms_nobody(string holds)
    {
        using var folder = new TemporaryFolder();
        await using var server = await new ServerCommand("preload_state")
        {
            Flags = ["--preload", "auto"],
            Environment = new Dictionary<string, string>(StringComparer.Ordinal) { ["HOLDS"] = holds, ["TMPDIR"] = folder.Path },
        }.StartAsync();
        Assert.Equal(server.Template, (await server.GetAsync("/")).Json.GetProperty("imported_in").GetInt32());
        Assert.DoesNotContain("left behind", server.Errors.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task With_auto_a_lock_of_whoever_started_the_server_is_not_the_imports()
    {
        using var folder = new TemporaryFolder();
        await using var server = await new ServerCommand("preload_state")
        {
            Flags = ["--preload", "auto"],
            Environment = new Dictionary<string, string>(StringComparer.Ordinal) { ["HOLDS"] = "", ["TMPDIR"] = folder.Path },
            Through = ["sh", "-c", "exec 9>\"$0\"; flock 9; exec \"$@\"", folder.File("lock")],
        }.StartAsync();
        Assert.Equal(server.Template, (await server.GetAsync("/")).Json.GetProperty("imported_in").GetInt32());
    }

    [Theory]
    [InlineData("thread", "a thread (Thread-1")]
    [InlineData("socket", "a socket (")]
    [InlineData("unix", "a socket (")]
    [InlineData("epoll", "an epoll descriptor (")]
    [InlineData("inotify", "an inotify descriptor (")]
    [InlineData("sqlite", "the SQLite file /")]
    [InlineData("pipe", "a pipe (")]
    [InlineData("eventfd", "an eventfd (")]
    [InlineData("file", "the open file /")]
    [InlineData("flock", "a lock on /")]
    [InlineData("semaphore", "semaphore")]
    [InlineData("queue", "semaphore")]
    [InlineData("executor", "a ProcessPoolExecutor")]
    [InlineData("child", "a child process (sleep, ")]
    [InlineData("random", "a generator of random numbers (random.Random)")]
    [InlineData("folder", "a TemporaryDirectory, which the first worker that ends would remove for all")]
    [InlineData("finalizer", "a finalizer (Event: print) that would run in each worker")]
    public async Task What_workers_cannot_share_is_named_and_each_imports_for_itself(string holds, string named)
    {
        using var folder = new TemporaryFolder();
        await using var server = await new ServerCommand("preload_state")
        {
            Flags = ["-w", "2", "--threads", "1", "--preload", "auto"],
            Environment = new Dictionary<string, string>(StringComparer.Ordinal) { ["HOLDS"] = holds, ["TMPDIR"] = folder.Path },
        }.StartAsync();
        Assert.Contains(named, await server.Errors.WaitForAsync("left behind"), StringComparison.Ordinal);
        var seen = await AskAllAsync(server, 2);
        Assert.All(seen, pair => Assert.Equal(pair.Key, pair.Value.Json.GetProperty("imported_in").GetInt32()));
        await server.StopAsync();
    }

    [Fact]
    public async Task A_template_that_cannot_import_again_is_tried_more_and_more_rarely_until_it_can()
    {
        using var folder = new TemporaryFolder();
        folder.Write("app.py", Hello);
        await using var server = await new ServerCommand("") { Directory = folder.Path, Flags = ["--preload", "on"] }.StartAsync();
        folder.Write("app.py", "raise RuntimeError('the plate is broken')");
        var template = server.Template;
        server.Signal(ServerProcess.SIGKILL, template);
        await server.Errors.WaitForAsync("another is started in 00:00:00.4");
        Assert.Equal("hello", (await server.GetAsync("/")).Text);
        folder.Write("app.py", Hello);
        await Patience.UntilAsync(() => ProcessTable.ChildrenOf(server.Zygote).Count == 2, "another template");
        await Patience.UntilAsync(() => server.Workers.Count == 1, "the template has its name");
        server.Signal(ServerProcess.SIGKILL, Assert.Single(server.Workers));
        Assert.Equal("hello", (await server.GetAsync("/")).Text);
    }

    [Fact]
    public async Task A_template_that_cannot_be_shared_is_the_first_worker_and_nothing_is_imported_twice()
    {
        using var folder = new TemporaryFolder();
        folder.Write("app.py", $"import threading\nopen('{folder.File("imports")}', 'a').write('x')\nthreading.Thread(target=threading.Event().wait, daemon=True).start()\n" + Hello);
        await using var server = await new ServerCommand("") { Directory = folder.Path, Flags = ["--preload", "auto"] }.StartAsync();
        await server.Errors.WaitForAsync("left behind a thread");
        Assert.Equal("hello", (await server.GetAsync("/")).Text);
        Assert.Equal("x", await File.ReadAllTextAsync(folder.File("imports"), CancellationToken.None));
        await server.StopAsync();
    }

    [Theory]
    [InlineData("on")]
    [InlineData("auto")]
    [InlineData("off")]
    public async Task Whose_children_are_reaped_by_the_kernel_loses_no_worker(string preload)
    {
        using var folder = new TemporaryFolder();
        folder.Write("app.py", """
            import os, signal
            signal.signal(signal.SIGCHLD, signal.SIG_IGN)

            def app(environ, start_response):
                start_response("200 OK", [])
                return [f"{os.getpid()} {signal.getsignal(signal.SIGCHLD) == signal.SIG_IGN}".encode()]
            """);
        await using var server = await new ServerCommand("") { Directory = folder.Path, Flags = ["-w", "2", "--preload", preload] }.StartAsync();
        for (var round = 0; round < 3; round++)
        {
            await Patience.UntilAsync(() => server.Workers.Count == 2, "two workers");
            var killed = server.Workers[0];
            server.Signal(ServerProcess.SIGKILL, killed);
            await Patience.UntilAsync(() => server.Workers.Count == 2 && !server.Workers.Contains(killed), "another worker");
            var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => server.SendAsync("POST", "/", "body"u8.ToArray())));
            Assert.All(answers, static answer => Assert.Equal((200, true), (answer.Status, answer.Text.EndsWith("True", StringComparison.Ordinal))));
        }
        await server.StopAsync();
    }

    [Theory]
    [InlineData("on")]
    [InlineData("auto")]
    [InlineData("off")]
    public async Task Patches_and_handlers_of_the_application_are_not_the_supervisors(string preload)
    {
        using var folder = new TemporaryFolder();
        folder.Write("app.py", """
            import os, select, signal, socket, time
            signal.signal(signal.SIGCHLD, lambda *_: os.waitpid(-1, os.WNOHANG))
            def lost(*_):
                raise RuntimeError("the application's")
            os.waitpid = os.pidfd_open = select.poll = socket.recv_fds = socket.send_fds = os.kill = os.pipe = lost

            def app(environ, start_response):
                start_response("200 OK", [])
                return [str(os.getpid()).encode()]
            """);
        await using var server = await new ServerCommand("") { Directory = folder.Path, Flags = ["-w", "2", "--preload", preload] }.StartAsync();
        await Patience.UntilAsync(() => server.Workers.Count == 2, "two workers");
        var killed = server.Workers[0];
        server.Signal(ServerProcess.SIGKILL, killed);
        await Patience.UntilAsync(() => server.Workers.Count == 2 && !server.Workers.Contains(killed), "another worker");
        Assert.Equal(200, (await server.GetAsync("/")).Status);
        await server.StopAsync();
    }

    [Fact]
    public async Task A_template_that_is_killed_takes_no_worker_with_it()
    {
        await using var server = await ServerProcess.StartAsync("preload_state", "--preload", "on", "-w", "2");
        await Patience.UntilAsync(() => server.Workers.Count == 2, "two workers");
        var (template, workers) = (server.Template, server.Workers);
        server.Signal(ServerProcess.SIGKILL, template);
        await server.Errors.WaitForAsync($"template {template}, which imports the application for all workers, is gone");
        // It looks like a worker until it has its title.
        await Patience.UntilAsync(
            () => ProcessTable.ChildrenOf(server.Zygote).Count == 3 && server.Workers.SequenceEqual(workers),
            "another template, beside the same workers");
        await server.StopAsync();
    }

    [Fact]
    public async Task An_import_that_hangs_does_not_outlive_the_server()
    {
        using var folder = new TemporaryFolder();
        folder.Write("app.py", "import time\nprint('importing', flush=True)\ntime.sleep(3600)");
        await using var server = await new ServerCommand("") { Directory = folder.Path, Flags = ["--preload", "on"] }.LaunchAsync();
        await server.Output.WaitForAsync("importing");
        server.Signal(ServerProcess.SIGTERM);
        await server.ExitAsync();
        await server.NothingLeftAsync();
    }

    [Fact]
    public async Task Threads_of_the_application_do_not_keep_the_worker()
    {
        using var folder = new TemporaryFolder();
        folder.Write("app.py", "import threading, time\nthreading.Thread(target=time.sleep, args=(3600,)).start()\n" + Hello);
        await using var server = await new ServerCommand("") { Directory = folder.Path }.StartAsync();
        Assert.Equal("hello", (await server.GetAsync("/")).Text);
        await server.StopAsync();
    }

    [Fact]
    public async Task Random_numbers_differ_between_workers_that_share_a_seed()
    {
        await using var server = await ServerProcess.StartAsync("preload_state", "--preload", "on", "-w", "3", "--threads", "1");
        var seen = (await AskAllAsync(server, 3)).Values.Select(answer => answer.Json).ToList();
        Assert.Equal(3, seen.Select(json => json.GetProperty("random")[0].GetDouble()).Distinct().Count());
        Assert.Equal(3, seen.Select(json => json.GetProperty("uuid").GetString()).Distinct().Count());
    }

    [Fact]
    public async Task The_global_generator_of_numpy_is_seeded_in_every_worker()
    {
        using var folder = new TemporaryFolder();
        folder.Write("numpy/__init__.py");
        folder.Write("numpy/random.py", "import os\nseeded = []\ndef seed():\n    seeded.append(os.getpid())\n");
        folder.Write("app.py", """
            import os, numpy.random

            def app(environ, start_response):
                start_response("200 OK", [])
                return [b"yes" if numpy.random.seeded == [os.getpid()] else b"no"]
            """);
        await using var server = await new ServerCommand("") { Directory = folder.Path, Flags = ["--preload", "on"] }.StartAsync();
        Assert.Equal("yes", (await server.GetAsync("/")).Text);
    }

    [Fact]
    public async Task A_lock_of_logging_that_a_thread_held_at_the_fork_is_free_in_the_worker()
    {
        using var folder = new TemporaryFolder();
        folder.Write("app.py", """
            import logging, threading

            handler = logging.StreamHandler()
            log = logging.getLogger("plate")
            log.addHandler(handler)
            held = threading.Event()

            def hold():
                handler.acquire()
                logging._lock.acquire()
                logging._lock.release()
                held.set()
                threading.Event().wait()

            threading.Thread(target=hold, daemon=True).start()
            held.wait()

            def app(environ, start_response):
                log.warning("the plate is warm")
                start_response("200 OK", [])
                return [b"logged"]
            """);
        foreach (var python in Pythons.Supported)
        {
            await using var server = await new ServerCommand("") { Directory = folder.Path, Flags = ["--preload", "on", "--python", python.Path] }.StartAsync();
            Assert.Equal("logged", (await server.GetAsync("/")).Text);
            await server.Errors.WaitForAsync("the plate is warm");
        }
    }

    [Fact]
    public async Task Four_Flask_workers_take_less_memory_than_four_that_imported_for_themselves()
    {
        Assert.SkipUnless(File.Exists("/proc/self/smaps_rollup"), "this kernel has no smaps_rollup");
        var shared = await MemoryAsync("on");
        var alone = await MemoryAsync("off");
        Assert.True(shared < alone, $"{shared} KiB with preloading, {alone} KiB without");
    }

    private const string Hello = """
        def app(environ, start_response):
            start_response("200 OK", [])
            return [b"hello"]
        """;

    /// <summary>KiB of the zygote and four workers of which each has answered.</summary>
    private static async Task<long> MemoryAsync(string preload)
    {
        using var folder = new TemporaryFolder();
        string[] flags = ["--preload", preload, "-w", "4", "--threads", "1", "--control", folder.File("control")];
        await using var server = await new ServerCommand("flask_hello") { Needs = ["flask"], Flags = flags }.StartAsync();
        // Processes that are there may not have imported yet.
        await server.ServedByAsync(4, folder.File("control"));
        await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => server.GetAsync("/")));
        return ProcessTable.ChildrenOf(server.Zygote).Append(server.Zygote).Sum(ProcessTable.ProportionalMemory);
    }

    /// <summary>Asks until every worker has answered.</summary>
    private static async Task<Dictionary<int, RawResponse>> AskAllAsync(ServerProcess server, int workers)
    {
        Dictionary<int, RawResponse> seen = [];
        await Patience.UntilAsync(
            async () =>
            {
                foreach (var answer in await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => server.GetAsync("/"))))
                {
                    seen[answer.Json.GetProperty("pid").GetInt32()] = answer;
                }
                return seen.Count == workers;
            },
            $"{workers} workers have answered");
        return seen;
    }
}
