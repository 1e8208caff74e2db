using System.Net.Sockets;

namespace Hotplate.Tests.Serving;

/// <summary>How the server ends.</summary>
public sealed class StopTests
{
    [Theory]
    [InlineData(ServerProcess.SIGTERM)]
    [InlineData(ServerProcess.SIGINT)]
    public async Task What_is_in_flight_is_finished_and_the_exit_code_is_0(int signal)
    {
        using var folder = new TemporaryFolder();
        await using var server = await ServerProcess.StartAsync("streaming");
        using var client = await server.ConnectAsync();
        await client.RequestAsync("GET", $"/?n=2&until={folder.File("go")}", []);
        var head = await client.ReadHeadAsync();
        Assert.Equal("piece 1\n"u8.ToArray(), await client.ReadPieceAsync(head));
        server.Signal(signal);
        await RefusesAsync(server);
        Assert.True(server.IsRunning);
        folder.Write("go");
        Assert.Equal("piece 2\n"u8.ToArray(), await client.ReadPieceAsync(head));
        Assert.Null(await client.ReadPieceAsync(head));
        Assert.True(head.IsComplete);
        Assert.Equal(0, await server.ExitAsync());
        await server.NothingLeftAsync();
    }

    [Fact]
    public async Task Requests_that_wait_for_a_worker_are_finished_too()
    {
        await using var server = await ServerProcess.StartAsync("slow", "--threads", "1");
        var answers = Enumerable.Range(0, 5).Select(_ => server.GetAsync("/sleep?s=0.2")).ToList();
        await Task.WhenAny(answers);
        server.Signal(ServerProcess.SIGTERM);
        Assert.All(await Task.WhenAll(answers), answer => Assert.Equal(200, answer.Status));
        Assert.Equal(0, await server.ExitAsync());
    }

    [Fact]
    public async Task It_says_why_it_stops_and_for_how_many_requests_it_waits()
    {
        using var folder = new TemporaryFolder();
        await using var server = await ServerProcess.StartAsync("streaming");
        using var client = await server.ConnectAsync();
        await client.RequestAsync("GET", $"/?n=2&until={folder.File("go")}", []);
        await client.ReadPieceAsync(await client.ReadHeadAsync());
        server.Signal(ServerProcess.SIGTERM);
        await server.Errors.WaitForAsync("stopping: TERM was received; up to 30s (--graceful-timeout) for 1 request in flight");
        folder.Write("go");
        Assert.Equal(0, await server.ExitAsync());
    }

    [Fact]
    public async Task For_the_drain_delay_it_is_not_ready_and_serves_on()
    {
        await using var server = await ServerProcess.StartAsync("hello", "--drain-delay", "1h");
        Assert.Equal(200, (await server.GetAsync("/readyz")).Status);
        server.Signal(ServerProcess.SIGTERM);
        await server.Errors.WaitForAsync("/readyz says 503 from now on");
        Assert.Equal(503, (await server.GetAsync("/readyz")).Status);
        Assert.Equal(200, (await server.GetAsync("/livez")).Status);
        Assert.Equal(200, (await server.GetAsync("/")).Status);
        server.Signal(ServerProcess.SIGINT);
        await server.ExitAsync();
        await server.NothingLeftAsync();
    }

    [Fact]
    public async Task After_the_drain_delay_it_stops()
    {
        await using var server = await ServerProcess.StartAsync("hello", "--drain-delay", "10ms");
        server.Signal(ServerProcess.SIGTERM);
        await server.Errors.WaitForAsync("for 0 requests in flight");
        Assert.Equal(0, await server.ExitAsync());
    }

    [Theory]
    [InlineData("off", "0", ServerProcess.SIGTERM)]
    [InlineData("off", "1s", ServerProcess.SIGTERM)]
    [InlineData("on", "1s", ServerProcess.SIGTERM)]
    [InlineData("auto", "0", ServerProcess.SIGTERM)]
    [InlineData("off", "0", ServerProcess.SIGINT)]
    [InlineData("on", "1s", ServerProcess.SIGINT)]
    public async Task TERM_or_INT_to_all_of_its_processes_stops_it_as_if_sent_to_it_alone(string preload, string delay, int signal)
    {
        using var folder = new TemporaryFolder();
        await using var server = await new ServerCommand("streaming")
        {
            Flags = ["-w", "2", "--preload", preload, "--drain-delay", delay, "--log-level", "debug"],
            Through = ["setsid", "--wait"],
        }.StartAsync();
        await Patience.UntilAsync(() => server.Workers.Count == 2, "two workers");
        using var client = await server.ConnectAsync();
        await client.RequestAsync("GET", $"/?n=2&until={folder.File("go")}", []);
        var head = await client.ReadHeadAsync();
        await client.ReadPieceAsync(head);
        var workers = server.Workers;
        await server.Errors.WaitForAsync(line => line.Contains("is ready", StringComparison.Ordinal), 2, "both workers are ready");
        // At once for the server, however long this process waits for a CPU between two signals: it runs again when it has heard of all of
        // them.
        server.Signal(ServerProcess.SIGSTOP);
        // The front's group is its own alone.
        foreach (var pid in workers.Append(server.Zygote).Append(-server.Pid))
        {
            server.Signal(signal, pid);
        }
        server.Signal(ServerProcess.SIGCONT);
        var name = signal == ServerProcess.SIGINT ? "INT" : "TERM";
        await server.Errors.WaitForAsync(delay == "0" ? $"stopping: {name} was received" : "/readyz says 503 from now on");
        // Once more, now that the server knows: a worker that asks to be replaced is not.
        foreach (var pid in workers)
        {
            server.Signal(signal, pid);
        }
        await server.Errors.WaitForAsync("for 1 request in flight");
        Assert.Equal(workers.Order(), server.Workers.Order());
        folder.Write("go");
        Assert.Equal("piece 2\n"u8.ToArray(), await client.ReadPieceAsync(head));
        Assert.Null(await client.ReadPieceAsync(head));
        Assert.True(head.IsComplete);
        Assert.Equal(0, await server.ExitAsync());
        Assert.DoesNotContain("is replaced", server.Errors.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("[ERROR]", server.Errors.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("[WARNING]", server.Errors.Text, StringComparison.Ordinal);
        await server.NothingLeftAsync();
    }

    [Theory]
    [InlineData("off", "0")]
    [InlineData("off", "1h")]
    [InlineData("on", "1h")]
    public async Task A_worker_that_heard_TERM_long_before_the_server_is_not_replaced(string preload, string delay)
    {
        using var folder = new TemporaryFolder();
        folder.Write("app.py", $"""
            import os, time

            def app(environ, start_response):
                start_response("200 OK", [])
                return [b"hello"]

            def post_fork(server, worker):
                while os.path.exists("{folder.File("hold")}"):
                    time.sleep(0.01)
            """);
        await using var server = await new ServerCommand("") { Directory = folder.Path, Flags = ["-w", "1", "--preload", preload, "--drain-delay", delay] }.StartAsync();
        var worker = Assert.Single(server.Workers);
        folder.Write("hold");
        server.Signal(ServerProcess.SIGTERM, worker);
        await Patience.UntilAsync(() => server.Workers.Count == 2, "another is on its way");
        server.Signal(ServerProcess.SIGTERM);
        if (delay != "0")
        {
            await server.Errors.WaitForAsync("/readyz says 503 from now on");
            await Patience.UntilAsync(() => server.Workers.SequenceEqual([worker]), "the other has gone");
            Assert.Equal("hello", (await server.GetAsync("/")).Text);
            server.Signal(ServerProcess.SIGINT);
        }
        var code = await server.ExitAsync();
        Assert.True(delay != "0" || code == 0, $"it ended with {code}");
        Assert.DoesNotContain("is replaced", server.Errors.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("[ERROR]", server.Errors.Text, StringComparison.Ordinal);
        await server.NothingLeftAsync();
    }

    [Theory]
    [InlineData(ServerProcess.SIGTERM, true)]
    [InlineData(ServerProcess.SIGINT, true)]
    [InlineData(ServerProcess.SIGTERM, false)]
    [InlineData(ServerProcess.SIGINT, false)]
    public async Task A_Python_that_has_not_started_yet_is_not_ended_by_what_the_server_is_sent(int signal, bool stops)
    {
        using var folder = new TemporaryFolder();
        // Python runs it before anything of ours.
        folder.Write("early/sitecustomize.py", $"""
            import os, time
            with open("/proc/self/cmdline") as file:
                words = file.read()
            if "boot.py" in words and "errand" not in words:
                open("{folder.File("boots")}", "w").close()
                while not os.path.exists("{folder.File("go")}"):
                    time.sleep(0.01)
            """);
        var environment = new Dictionary<string, string> { ["PYTHONPATH"] = folder.File("early") };
        await using var server = await new ServerCommand("hello") { Flags = ["--pid", folder.File("pid")], Environment = environment }.LaunchAsync();
        // Python is started before the server hears signals: when it writes its file, it does.
        await Patience.UntilAsync(() => File.Exists(folder.File("boots")) && File.Exists(folder.File("pid")), "Python starts, and the server hears");
        server.Signal(signal, server.Zygote);
        if (stops)
        {
            server.Signal(signal);
            await server.Errors.WaitForAsync("before any worker served");
        }
        folder.Write("go");
        if (stops)
        {
            Assert.Equal(0, await server.ExitAsync());
        }
        else
        {
            await server.ListeningAsync();
            Assert.Equal(200, (await server.GetAsync("/")).Status);
            await server.StopAsync();
        }
        Assert.DoesNotContain("[ERROR]", server.Errors.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("Traceback", server.Errors.Text, StringComparison.Ordinal);
        await server.NothingLeftAsync();
    }

    [Fact]
    public async Task A_second_INT_stops_at_once()
    {
        using var folder = new TemporaryFolder();
        await using var server = await ServerProcess.StartAsync("streaming", "--graceful-timeout", "1h");
        using var client = await server.ConnectAsync();
        await client.RequestAsync("GET", $"/?n=2&until={folder.File("never")}", []);
        await client.ReadPieceAsync(await client.ReadHeadAsync());
        server.Signal(ServerProcess.SIGINT);
        await RefusesAsync(server);
        server.Signal(ServerProcess.SIGINT);
        await server.ExitAsync();
        await server.NothingLeftAsync();
    }

    [Fact]
    public async Task After_the_graceful_timeout_it_waits_no_longer()
    {
        using var folder = new TemporaryFolder();
        await using var server = await ServerProcess.StartAsync("streaming", "--graceful-timeout", "1");
        using var client = await server.ConnectAsync();
        await client.RequestAsync("GET", $"/?n=2&until={folder.File("never")}", []);
        var head = await client.ReadHeadAsync();
        await client.ReadPieceAsync(head);
        server.Signal(ServerProcess.SIGTERM);
        Assert.Null(await client.ReadPieceAsync(head));
        Assert.False(head.IsComplete);
        await server.ExitAsync();
        await server.NothingLeftAsync();
    }

    [Fact]
    public async Task Idle_connections_are_closed()
    {
        await using var server = await ServerProcess.StartAsync("hello");
        using var fresh = await server.ConnectAsync();
        using var used = await server.ConnectAsync();
        await used.RequestAsync("GET", "/", []);
        Assert.Equal(200, (await used.ReadAsync()).Status);
        server.Signal(ServerProcess.SIGTERM);
        Assert.Equal("", await used.ReadToEndAsync());
        Assert.Equal("", await fresh.ReadToEndAsync());
        Assert.Equal(0, await server.ExitAsync());
    }

    [Fact]
    public async Task A_stop_while_the_application_still_loads_leaves_nothing()
    {
        await using var server = await new ServerCommand("raises_at_import")
        {
            Flags = ["--preload", "off"],
            Environment = new Dictionary<string, string> { ["RAISES"] = "hang" },
        }.LaunchAsync();
        await Patience.UntilAsync(() => ProcessTable.ChildrenOf(server.Pid) is [var zygote] && ProcessTable.ChildrenOf(zygote).Count == 1, "a worker is there");
        server.Signal(ServerProcess.SIGTERM);
        await server.ExitAsync();
        await server.NothingLeftAsync();
    }

    [Fact]
    public async Task Killing_the_front_takes_zygote_and_workers_with_it()
    {
        await using var server = await ServerProcess.StartAsync("slow", "-w", "3");
        using var busy = await server.ConnectAsync();
        await busy.RequestAsync("GET", "/sleep?s=600", []);
        using var stuck = await server.ConnectAsync();
        await stuck.RequestAsync("GET", "/gil?s=600", []);
        await server.GetAsync("/");
        server.Signal(ServerProcess.SIGKILL);
        await server.ExitAsync();
        await server.NothingLeftAsync();
    }

    private static Task RefusesAsync(ServerProcess server) => Patience.UntilAsync(
        async () =>
        {
            try
            {
                using var late = await server.ConnectAsync();
                return false;
            }
            catch (SocketException)
            {
                return true;
            }
        },
        "new connections are refused");
}
