using Hotplate.Tests.House;

namespace Hotplate.Tests.Serving;

/// <summary>What the kernel refuses is told with what to do, and all goes on as far as it goes without.</summary>
public sealed class RefusedCallTests
{
    private static readonly string s_refusing = Path.Combine(Repository.Root, "tests", "chaos", "refusing.py");

    [Fact]
    public async Task A_worker_that_may_open_no_more_files_refuses_one_upload_and_serves_on()
    {
        await using var server = await ServerProcess.StartAsync("limits", "--threads", "1");
        var body = new byte[2 << 20];
        Assert.Equal($"{body.Length}", (await server.SendAsync("POST", "/", body)).Text);
        Assert.Equal("full", (await server.GetAsync("/full")).Text);
        var worker = Assert.Single(server.Workers);
        // Twice, so that what came for the first is not taken for the second's.
        for (var i = 0; i < 2; i++)
        {
            Assert.Equal(500, (await server.SendAsync("POST", "/", body)).Status);
        }
        await server.Errors.WaitForAsync(static line => line.Contains("the worker has as many files open as it may (ulimit -n)", StringComparison.Ordinal), 2, "two lines");
        Assert.Equal("hello", (await server.GetAsync("/")).Text);
        Assert.Equal("5", (await server.SendAsync("POST", "/", "small"u8.ToArray())).Text);
        Assert.Equal(4 << 20, (await server.GetAsync("/big")).Body.Length);
        Assert.Equal("room", (await server.GetAsync("/room")).Text);
        Assert.Equal($"{body.Length}", (await server.SendAsync("POST", "/", body)).Text);
        Assert.Equal(worker, Assert.Single(server.Workers));
        await server.StopAsync();
    }

    [Theory]
    [InlineData("eventfd2")]
    [InlineData("memfd_create")]
    [InlineData("inotify_init1")]
    [InlineData("eventfd2,memfd_create,inotify_init1,timerfd_create,signalfd4,pidfd_open,sched_setscheduler")]
    public async Task Without_these_calls_it_serves_as_with_them(string calls)
    {
        await using var server = await new ServerCommand("main_thread") { Flags = ["-w", "2"], Through = Refusing(calls) }.StartAsync();
        await Patience.UntilAsync(() => server.Workers.Count == 2, "two workers");
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => server.GetAsync("/")));
        Assert.All(answers, static answer => Assert.Equal(200, answer.Status));
        var killed = server.Workers[0];
        server.Signal(ServerProcess.SIGKILL, killed);
        await Patience.UntilAsync(() => server.Workers.Count == 2 && !server.Workers.Contains(killed), "another worker");
        server.Signal(ServerProcess.SIGHUP);
        await server.Errors.WaitForAsync("generation 2 serves");
        Assert.Equal(200, (await server.GetAsync("/")).Status);
        await server.StopAsync();
    }

    [Theory]
    [InlineData("memfd_create", "HP609")]
    [InlineData("eventfd2", "HP610")]
    [InlineData("eventfd2,memfd_create", "HP609", "HP610")]
    [InlineData("signalfd4")]
    public async Task What_is_done_without_is_told_once(string calls, params string[] codes)
    {
        await using var server = await new ServerCommand("main_thread") { Flags = ["-w", "2"], Through = Refusing(calls) }.StartAsync();
        await server.StopAsync();
        Assert.Equal(codes, server.Errors.Text.Split('\n').Where(static line => line.Contains("] HP", StringComparison.Ordinal)).Select(static line => line[(line.IndexOf("] HP", StringComparison.Ordinal) + 2)..][..5]));
        Assert.All(codes, _ => Assert.Contains("(Operation not permitted)", server.Errors.Text, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Where_files_may_not_be_large_it_is_told_what_can_be_lost()
    {
        await using var server = await new ServerCommand("hello")
        {
            Through = ["sh", "-c", "ulimit -f 100; exec \"$@\"", "sh"],
            // The runtime of a debug build would not start: it keeps its code in such a file.
            Environment = new Dictionary<string, string> { ["DOTNET_EnableWriteXorExecute"] = "0" },
        }.StartAsync();
        Assert.Equal(200, (await server.GetAsync("/")).Status);
        await server.StopAsync();
        Assert.Contains("HP609  no file, also none in memory, may be as large as 2 MiB (ulimit -f)", server.Errors.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_gevent_application_is_served_without_eventfd()
    {
        await using var server = await new ServerCommand("gevent_patched") { Needs = ["gevent"], Through = Refusing("eventfd2,timerfd_create,signalfd4") }.StartAsync();
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => server.GetAsync("/sleep?s=0.2")));
        Assert.All(answers, static answer => Assert.Equal(200, answer.Status));
        await server.StopAsync();
    }

    [Fact]
    public async Task Epoll_is_not_missed_in_the_worker_of_a_gevent_application()
    {
        using var folder = new TemporaryFolder();
        // In the worker alone: the front cannot do without.
        folder.Write("narrow.py", $"""
            import platform, sys
            sys.path += ["{Path.GetDirectoryName(s_refusing)}", "{ServerCommand.FolderOf("gevent_patched")}"]
            from refusing import NUMBERS, refuse
            refuse([NUMBERS[platform.machine()]["epoll_create1"]])
            import select
            try:
                select.epoll()
                raise SystemExit("epoll is there")
            except PermissionError:
                pass
            from app import app
            """);
        await using var server = await new ServerCommand("") { Directory = folder.Path, Target = "narrow:app", Needs = ["gevent"] }.StartAsync();
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => server.GetAsync("/sleep?s=0.2")));
        Assert.All(answers, static answer => Assert.Equal(200, answer.Status));
        Assert.Equal("3000000", (await server.SendAsync("POST", "/echo", new byte[3_000_000])).Text);
        await server.StopAsync();
    }

    [Fact]
    public async Task Where_files_cannot_be_watched_dev_serves_and_HUP_loads_the_code_anew()
    {
        using var folder = new TemporaryFolder();
        folder.Write("app.py", Answering("before"));
        await using var server = await new ServerCommand("") { Verb = "dev", Directory = folder.Path, Through = Refusing("inotify_init1") }.StartAsync();
        await server.Errors.WaitForAsync("HP511");
        Assert.Equal("before", (await server.GetAsync("/")).Text);
        folder.Write("app.py", Answering("after"));
        server.Signal(ServerProcess.SIGHUP);
        await Patience.UntilAsync(async () => (await server.GetAsync("/")).Text == "after", "the new code serves");
        await server.StopAsync();
    }

    [Fact]
    public async Task Where_there_can_be_no_epoll_it_says_so_and_does_not_start()
    {
        await using var server = await new ServerCommand("hello") { Through = Refusing("epoll_create1") }.LaunchAsync();
        Assert.Equal(1, await server.ExitAsync());
        Assert.StartsWith("HP607  the kernel refuses epoll", server.Errors.Text, StringComparison.Ordinal);
        Assert.Single(server.Errors.Text.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public async Task A_worker_that_gets_no_more_memory_says_what_it_could_not_load()
    {
        using var folder = new TemporaryFolder();
        folder.Write("app.py", """
            import resource
            with open("/proc/self/statm") as file:
                size = int(file.read().split()[0]) * resource.getpagesize()
            resource.setrlimit(resource.RLIMIT_AS, (size + (1 << 16), resource.RLIM_INFINITY))
            """ + "\n" + Answering("never"));
        await using var server = await new ServerCommand("") { Directory = folder.Path }.LaunchAsync();
        Assert.Equal(3, await server.ExitAsync());
        Assert.Matches("HP2(08|10)  ", server.Errors.Text);
        await server.NothingLeftAsync();
    }

    private static string[] Refusing(string calls) => [Pythons.Usual, s_refusing, calls];

    private static string Answering(string words) => $"""
        def app(environ, start_response):
            start_response("200 OK", [("Content-Type", "text/plain")])
            return [b"{words}"]
        """;
}
