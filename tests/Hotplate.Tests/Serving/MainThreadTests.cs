using System.Globalization;

namespace Hotplate.Tests.Serving;

/// <summary>The main thread of a worker, as under gunicorn: with one thread it serves, with more it only runs what signals ask for.</summary>
public sealed class MainThreadTests
{
    [Theory]
    [InlineData("8", """{"main": false, "signal": "ValueError", "loop": "RuntimeError", "sqlite": "ProgrammingError", "daemon": false}""")]
    [InlineData("1", """{"main": true, "signal": "ok", "loop": "ok", "sqlite": "ok", "daemon": false}""")]
    public async Task What_it_alone_may_do_is_the_same_for_every_request(string threads, string expected)
    {
        await using var server = await new ServerCommand("main_thread") { Flags = ["--threads", threads] }.StartAsync();
        for (var i = 0; i < 5; i++)
        {
            Assert.Equal(expected, (await server.GetAsync("/")).Text);
        }
        // Many at a time wait for nothing, so they run in whichever threads there are.
        var answers = await Task.WhenAll(Enumerable.Range(0, 30).Select(_ => server.GetAsync("/")));
        Assert.All(answers, answer => Assert.Equal(expected, answer.Text));
    }

    [Theory]
    [InlineData("8")]
    [InlineData("1")]
    public async Task A_signal_handler_runs_while_the_worker_is_idle(string threads)
    {
        using var folder = new TemporaryFolder();
        var hit = folder.File("hit");
        await using var server = await StartAsync(threads, hit);
        var pid = int.Parse((await server.GetAsync("/pid")).Text, CultureInfo.InvariantCulture);
        for (var i = 1; i <= 3; i++)
        {
            server.Signal(SIGUSR2, pid);
            await Patience.UntilAsync(() => Lines(hit).Count(static line => line == "SIGUSR2 in True") == i, $"{i} signals were handled");
        }
    }

    [Theory]
    [InlineData("8")]
    [InlineData("1")]
    public async Task A_signal_that_comes_as_the_worker_begins_to_wait_is_handled(string threads)
    {
        using var folder = new TemporaryFolder();
        var hit = folder.File("hit");
        await using var server = await StartAsync(threads, hit);
        var pid = int.Parse((await server.GetAsync("/pid")).Text, CultureInfo.InvariantCulture);
        for (var i = 1; i <= 100; i++)
        {
            await server.GetAsync("/pid");
            server.Signal(SIGUSR2, pid);
            await Patience.UntilAsync(() => Lines(hit).Length == i, $"{i} signals were handled");
        }
    }

    [Theory]
    [InlineData("8")]
    [InlineData("1")]
    public async Task A_thread_that_a_request_started_ends_its_work_at_the_stop(string threads)
    {
        using var folder = new TemporaryFolder();
        var (hit, flag, done) = (folder.File("hit"), folder.File("flag"), folder.File("done"));
        await using var server = await StartAsync(threads, hit);
        await server.GetAsync($"/job?flag={flag}&done={done}");
        server.Signal(ServerProcess.SIGTERM);
        await server.Errors.WaitForAsync("stopping: TERM was received");
        folder.Write("flag");

        Assert.Equal(0, await server.ExitAsync());
        Assert.True(File.Exists(done));
        Assert.Contains("atexit", Lines(hit));
    }

    [Theory]
    [InlineData("8")]
    [InlineData("1")]
    public async Task TERM_to_a_worker_ends_it_and_another_takes_its_place(string threads)
    {
        using var folder = new TemporaryFolder();
        var hit = folder.File("hit");
        await using var server = await StartAsync(threads, hit);
        var pid = Assert.Single(server.Workers);
        server.Signal(ServerProcess.SIGTERM, pid);

        await Patience.UntilAsync(() => server.Workers is [var other] && other != pid, "another in its place");

        Assert.Equal(200, (await server.GetAsync("/")).Status);
        Assert.Contains("atexit", Lines(hit));
        await server.Errors.WaitForAsync(static line => line.Contains("is replaced", StringComparison.Ordinal), "a line about it");
    }

    [Fact]
    public async Task A_handler_that_calls_sys_exit_ends_the_worker_and_no_request()
    {
        using var folder = new TemporaryFolder();
        var hit = folder.File("hit");
        await using var server = await StartAsync("8", hit);
        var pid = Assert.Single(server.Workers);
        server.Signal(SIGALRM, pid);

        await Patience.UntilAsync(() => server.Workers is [var other] && other != pid, "another in its place");

        Assert.Equal(200, (await server.GetAsync("/")).Status);
        Assert.Contains("atexit", Lines(hit));
    }

    private const int SIGUSR2 = 12;
    private const int SIGALRM = 14;

    private static Task<ServerProcess> StartAsync(string threads, string hit) => new ServerCommand("main_thread")
    {
        Flags = ["--threads", threads],
        Environment = new Dictionary<string, string>(StringComparer.Ordinal) { ["HIT"] = hit },
    }.StartAsync();

    private static string[] Lines(string file)
    {
        try
        {
            return File.ReadAllLines(file);
        }
        catch (FileNotFoundException)
        {
            return [];
        }
    }
}
