namespace Hotplate.Tests.Serving;

/// <summary>A worker ends in one way, whatever the reason and wherever it was imported: it is asked, finishes, and runs what was registered for its end.</summary>
public sealed class WorkerEndTests : IDisposable
{
    private const int SIGHUP = 1;
    private const int SIGTTOU = 22;
    private readonly TemporaryFolder folder = new();

    private string Control => folder.File("control");

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("off", "")]
    [InlineData("on", "")]
    [InlineData("auto", "")]
    [InlineData("auto", "threading.Thread(target=threading.Event().wait, daemon=True).start()")]
    public async Task At_a_stop(string preload, string holds)
    {
        await using var server = await StartAsync(preload, holds);
        var workers = server.Workers;
        await server.StopAsync();
        await EndedWellAsync(workers);
    }

    [Theory]
    [InlineData("off", "")]
    [InlineData("on", "")]
    [InlineData("auto", "threading.Thread(target=threading.Event().wait, daemon=True).start()")]
    public async Task After_a_reload(string preload, string holds)
    {
        await using var server = await StartAsync(preload, holds, "--watch", "0");
        var workers = server.Workers;
        server.Signal(SIGHUP);
        await server.Errors.WaitForAsync("generation 2 serves");
        await EndedWellAsync(workers);
        await server.StopAsync();
    }

    [Theory]
    [InlineData("off", "")]
    [InlineData("on", "")]
    [InlineData("auto", "threading.Thread(target=threading.Event().wait, daemon=True).start()")]
    public async Task When_there_are_to_be_fewer(string preload, string holds)
    {
        await using var server = await StartAsync(preload, holds);
        var workers = server.Workers;
        server.Signal(SIGTTOU);
        await Patience.UntilAsync(() => server.Workers.Count == 1, "one worker is left");
        await EndedWellAsync([.. workers.Except(server.Workers)]);
        await server.StopAsync();
    }

    [Theory]
    [InlineData("off")]
    [InlineData("on")]
    public async Task When_it_has_answered_as_many_requests_as_it_may(string preload)
    {
        await using var server = await StartAsync(preload, "", "--max-requests", "1");
        var pid = int.Parse((await server.GetAsync("/")).Text, System.Globalization.CultureInfo.InvariantCulture);
        await EndedWellAsync([pid]);
        await server.StopAsync();
    }

    [Theory]
    [InlineData("off")]
    [InlineData("on")]
    public async Task What_a_function_for_the_end_raises_is_in_the_log(string preload)
    {
        folder.Write("app.py", """
            import atexit

            def spill():
                raise RuntimeError("the plate is hot")

            def app(environ, start_response):
                atexit.register(spill)
                start_response("200 OK", [])
                return []
            """);
        await using var server = await new ServerCommand("") { Directory = folder.Path, Flags = ["-w", "1", "--preload", preload] }.StartAsync();
        await server.GetAsync("/");
        await server.StopAsync();
        await server.Errors.WaitForAsync("RuntimeError: the plate is hot");
    }

    [Theory]
    [InlineData("off")]
    [InlineData("on")]
    public async Task What_is_said_at_the_end_on_wsgi_errors_is_in_the_log(string preload)
    {
        folder.Write("app.py", """
            import atexit, signal, sys, threading

            class Plate:
                def __init__(self, errors):
                    self.errors = errors

                def __del__(self):
                    self.errors.write("a plate goes\n")
                    self.errors.write("and says no more")

            def spill(errors):
                errors.write("a half and ")
                errors.write("another half\n")
                raise RuntimeError("the plate is hot")

            def fall(number, frame):
                raise KeyError("the plate fell")

            signal.signal(signal.SIGUSR2, fall)
            kept = []

            def app(environ, start_response):
                if not kept:
                    sys.stderr = environ["wsgi.errors"]
                    kept.append(Plate(environ["wsgi.errors"]))
                    atexit.register(spill, environ["wsgi.errors"])
                    signal.pthread_kill(threading.main_thread().ident, signal.SIGUSR2)
                start_response("200 OK", [])
                return []
            """);
        await using var server = await new ServerCommand("") { Directory = folder.Path, Flags = ["-w", "1", "--preload", preload] }.StartAsync();
        await server.GetAsync("/");
        foreach (var said in new[] { "KeyError: 'the plate fell'", "- a half and another half", "RuntimeError: the plate is hot", "- a plate goes", "- and says no more" })
        {
            await server.Errors.WaitForAsync(said);
        }
        await server.StopAsync();
    }

    [Theory]
    [InlineData("off")]
    [InlineData("on")]
    public async Task What_a_last_object_raises_is_in_the_log(string preload)
    {
        folder.Write("app.py", """
            class Plate:
                def __del__(self):
                    raise RuntimeError("the plate is gone")

            kept = Plate()

            def app(environ, start_response):
                start_response("200 OK", [])
                return []
            """);
        await using var server = await new ServerCommand("") { Directory = folder.Path, Flags = ["-w", "1", "--preload", preload] }.StartAsync();
        await server.GetAsync("/");
        await server.StopAsync();
        await server.Errors.WaitForAsync("RuntimeError: the plate is gone");
    }

    [Fact]
    public async Task Also_when_all_workers_had_been_gone_before()
    {
        await using var server = await StartAsync("off", "");
        var zygote = server.Zygote;
        foreach (var pid in server.Workers)
        {
            server.Signal(ServerProcess.SIGKILL, pid);
        }
        server.Signal(ServerProcess.SIGKILL, zygote);
        await Patience.UntilAsync(() => ProcessTable.ChildrenOf(server.Pid) is [var other] && other != zygote && server.Workers.Count == 2, "another zygote with two workers");
        await server.ServedByAsync(2, Control);
        var workers = server.Workers;
        await server.StopAsync();
        await EndedWellAsync(workers);
    }

    [Fact]
    public async Task The_hook_child_exit_runs_after_a_worker_that_was_killed_too_and_not_in_the_supervisor()
    {
        folder.Write("gunicorn.conf.py", $"import os\ndef child_exit(server, worker):\n    open('{folder.Path}/gone-%d' % worker.pid, 'w').write('%d %d' % (server.pid, os.getpid()))\n");
        await using var server = await StartAsync("off", "");
        var (zygote, workers) = (server.Zygote, server.Workers);
        server.Signal(ServerProcess.SIGKILL, workers[0]);
        await Patience.UntilAsync(() => File.Exists(folder.File($"gone-{workers[0]}")) && new FileInfo(folder.File($"gone-{workers[0]}")).Length > 0, "the hook ran");
        var pids = (await File.ReadAllTextAsync(folder.File($"gone-{workers[0]}"), CancellationToken.None)).Split(' ');
        Assert.Equal(zygote.ToString(System.Globalization.CultureInfo.InvariantCulture), pids[0]);
        Assert.NotEqual(pids[0], pids[1]);
        await Patience.UntilAsync(() => server.Workers.Count == 2, "another worker");
        await server.ServedByAsync(2, Control);
        workers = server.Workers;
        await server.StopAsync();
        Assert.All(workers, pid => Assert.True(File.Exists(folder.File($"gone-{pid}")), $"child_exit did not run for {pid}"));
        await server.NothingLeftAsync();
    }

    private async Task<ServerProcess> StartAsync(string preload, string holds, params string[] flags)
    {
        folder.Write("app.py", $$"""
            import atexit, os, threading, time
            {{holds}}

            def bye(what):
                time.sleep(0.2)
                open("{{folder.Path}}/%s-%d" % (what, os.getpid()), "w").close()

            atexit.register(bye, "atexit")

            def worker_exit(server, worker):
                bye("worker_exit")

            def app(environ, start_response):
                start_response("200 OK", [])
                return [str(os.getpid()).encode()]
            """);
        var server = await new ServerCommand("") { Directory = folder.Path, Flags = ["-w", "2", "--threads", "1", "--preload", preload, "--control", Control, .. flags] }.StartAsync();
        await server.ServedByAsync(2, Control);
        return server;
    }

    private Task EndedWellAsync(IReadOnlyList<int> workers) => Patience.UntilAsync(
        () => workers.All(pid => File.Exists(folder.File($"atexit-{pid}")) && File.Exists(folder.File($"worker_exit-{pid}"))),
        "atexit and worker_exit ran in " + string.Join(", ", workers));
}
