using System.Globalization;

namespace Hotplate.Tests.Serving;

/// <summary>gunicorn's command lines and its file, served.</summary>
public sealed class GunicornTests
{
    [Fact]
    public async Task Its_file_sets_what_no_flag_says()
    {
        using var folder = Application("""
            import multiprocessing, os
            bind = "127.0.0.1:0"
            workers = min(multiprocessing.cpu_count(), 1) + 1
            raw_env = ["PLATE=warm"]
            umask = 0o027
            worker_class = "gthread"
            access_log_format = '%(m)s %(U)s %(s)s'
            accesslog = "-"
            print("said by the file")
            def post_fork(server, worker):
                os.environ["HOOKED"] = "yes"
            def when_ready(server):
                pass
            """);
        await using var server = await Server(folder).StartAsync();
        var answer = (await server.GetAsync("/a")).Json;
        Assert.Equal(("warm", "yes", "027"), (answer.GetProperty("plate").GetString(), answer.GetProperty("hooked").GetString(), answer.GetProperty("umask").GetString()));
        Assert.Equal("GET /a 200", await server.Output.WaitForAsync("GET /a"));
        await server.Errors.WaitForAsync("Ready: 2 workers");
        await server.Errors.WaitForAsync("worker_class: that is how every worker works");
        await server.Errors.WaitForAsync("no use is made of when_ready");
        await server.Errors.WaitForAsync("said by the file");
    }

    [Fact]
    public async Task Its_file_is_the_one_that_is_named_and_its_variable_and_flags_are_obeyed()
    {
        using var folder = Application("raise SystemExit('not this one')");
        folder.Write("other/settings.py", "wsgi_app = 'app:app'\nworkers = 9\nraw_env = ['PLATE=cold']\n");
        await using var server = await new ServerCommand("")
        {
            Directory = folder.Path,
            Target = "--reload",
            IsBare = true,
            Flags = ["-c", "other/settings.py", "-k", "gthread", "-w", "1", "--worker-tmp-dir", "/dev/shm", "--access-logformat", "%(s)s"],
            Environment = new Dictionary<string, string> { ["GUNICORN_CMD_ARGS"] = "--bind=127.0.0.1:0 -m 077 --workers 8" },
        }.StartAsync();
        var answer = (await server.GetAsync("/")).Json;
        Assert.Equal(("cold", "077"), (answer.GetProperty("plate").GetString(), answer.GetProperty("umask").GetString()));
        await server.Errors.WaitForAsync("--reload: serve loads the code anew on HUP");
        await server.Errors.WaitForAsync("--worker-tmp-dir /dev/shm: not needed");
        Assert.Single(server.Workers);
    }

    [Fact]
    public async Task A_file_that_raises_ends_the_start_with_its_traceback()
    {
        using var folder = Application("workers = 1 / 0\n");
        await using var server = await Server(folder).LaunchAsync();
        Assert.Equal(4, await server.ExitAsync());
        await server.Errors.WaitForAsync($"HP211  {folder.File("gunicorn.conf.py")}:");
        await server.Errors.WaitForAsync("ZeroDivisionError: division by zero");
    }

    [Theory]
    [InlineData(2, "HP121  -D: ", "-D", "app:app")]
    [InlineData(2, "HP121  -k uvicorn.workers.UvicornWorker: ", "-k", "uvicorn.workers.UvicornWorker", "app:app")]
    [InlineData(2, "HP121  --spew: ", "app:app", "--spew")]
    [InlineData(2, "HP102  --no-such-flag: ", "--no-such-flag", "gevent", "app:app")]
    public async Task What_cannot_be_followed_ends_the_start_with_one_problem(int code, string message, params string[] arguments)
    {
        using var folder = Application("");
        await using var server = await new ServerCommand("") { Directory = folder.Path, Target = arguments[0], Flags = arguments[1..], IsBare = true }.LaunchAsync();
        Assert.Equal(code, await server.ExitAsync());
        Assert.StartsWith(message, Assert.Single(server.Errors.Lines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_backlog_is_the_kernels()
    {
        await using var server = await ServerProcess.StartAsync("hello", "--backlog", "7");
        var port = new Uri(server.Addresses[0]).Port.ToString("X4", CultureInfo.InvariantCulture);
        // Of a socket that listens, the queue's length is what it takes at most (proc(5) has none of it; ss(8) asks the kernel).
        var listening = await FinishedProgram.RunAsync("ss", "-ltnH", $"sport = :{new Uri(server.Addresses[0]).Port}");
        Assert.SkipWhen(listening.ExitCode != 0, $"ss(8) is needed to see the backlog of port {port}");
        Assert.Equal("7", listening.Output.Split(' ', StringSplitOptions.RemoveEmptyEntries)[2]);
    }

    private static ServerCommand Server(TemporaryFolder folder) => new("") { Directory = folder.Path, IsBare = true };

    private static TemporaryFolder Application(string config)
    {
        var folder = new TemporaryFolder();
        folder.Write("gunicorn.conf.py", config);
        folder.Write("app.py", """
            import json, os
            def app(environ, start_response):
                umask = os.umask(0)
                os.umask(umask)
                start_response("200 OK", [("Content-Type", "application/json")])
                return [json.dumps({"plate": os.environ.get("PLATE"), "hooked": os.environ.get("HOOKED"), "umask": "%03o" % umask}).encode()]
            """);
        return folder;
    }
}
