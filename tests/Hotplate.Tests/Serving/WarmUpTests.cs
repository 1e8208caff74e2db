namespace Hotplate.Tests.Serving;

/// <summary><c>--warmup</c>: every new worker is asked before it gets requests, and none is missed because of it.</summary>
public sealed class WarmUpTests : IDisposable
{
    private const string App = """
        import os, time
        warm = False

        def app(environ, start_response):
            global warm
            status = "200 OK"
            if environ["PATH_INFO"] == "/warm":
                if os.path.exists("dies"):
                    os._exit(9)
                if os.path.exists("fails"):
                    status = "500 Cold"
                while os.path.exists("hangs"):
                    time.sleep(0.01)
                warm = True
            start_response(status, [])
            return [f"{os.getpid()} {'warm' if warm else 'cold'}".encode()]
        """;

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task The_first_workers_are_warm_before_they_serve()
    {
        await using var server = await StartAsync("-w", "2");
        HashSet<string> seen = [];
        await AskUntilAsync(server, answer => seen.Add(answer) && seen.Count == 2, onlyWarm: true);
    }

    [Fact]
    public async Task One_in_the_place_of_a_dead_one_is_warm_before_it_serves()
    {
        await using var server = await StartAsync("-w", "2");
        // Both have been warmed before the next warm-up is made to hang: a survivor that is still cold would serve at once.
        HashSet<string> seen = [];
        await AskUntilAsync(server, answer => seen.Add(answer) && seen.Count == 2, onlyWarm: true);
        var before = server.Workers;
        folder.Write("hangs");
        server.Signal(ServerProcess.SIGKILL, before[0]);
        await Patience.UntilAsync(() => server.Workers.Count == 2 && !server.Workers.Contains(before[0]), "another in its place");
        for (var i = 0; i < 20; i++)
        {
            Assert.Equal($"{before[1]} warm", (await server.GetAsync("/")).Text);
        }
        File.Delete(folder.File("hangs"));
        await AskUntilAsync(server, answer => !answer.StartsWith($"{before[1]} ", StringComparison.Ordinal), onlyWarm: true);
    }

    [Fact]
    public async Task A_successor_is_warm_before_it_serves()
    {
        await using var server = await StartAsync("--max-requests", "5");
        HashSet<string> seen = [];
        await AskUntilAsync(server, answer => seen.Add(answer) && seen.Count == 4, onlyWarm: true);
        await server.StopAsync();
    }

    [Fact]
    public async Task The_only_one_serves_at_once_and_is_warmed_beside()
    {
        await using var server = await StartAsync();
        var before = Assert.Single(server.Workers);
        folder.Write("hangs");
        server.Signal(ServerProcess.SIGKILL, before);
        await AskUntilAsync(server, static answer => answer.EndsWith("cold", StringComparison.Ordinal));
        File.Delete(folder.File("hangs"));
        await AskUntilAsync(server, static answer => answer.EndsWith("warm", StringComparison.Ordinal));
    }

    [Fact]
    public async Task One_that_is_warming_up_serves_when_the_last_that_serves_dies()
    {
        await using var server = await StartAsync("-w", "2");
        await Patience.UntilAsync(() => server.Workers.Count == 2, "two workers");
        var before = server.Workers;
        folder.Write("hangs");
        server.Signal(ServerProcess.SIGKILL, before[0]);
        await Patience.UntilAsync(() => server.Workers.Count == 2 && !server.Workers.Contains(before[0]), "another in its place");
        server.Signal(ServerProcess.SIGKILL, before[1]);
        await AskUntilAsync(server, static answer => answer.EndsWith("cold", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_warm_up_that_fails_is_told_once_and_keeps_nobody_out()
    {
        folder.Write("fails");
        await using var server = await StartAsync("-w", "3");
        HashSet<string> seen = [];
        await AskUntilAsync(server, answer => seen.Add(answer) && seen.Count == 3);
        Assert.Single(server.Errors.Text.Split('\n'), static line => line.Contains("--warmup /warm answered 500", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_warm_up_that_kills_its_workers_is_given_up()
    {
        folder.Write("dies");
        await using var server = await StartAsync();
        await server.Errors.WaitForAsync("2 workers in a row gave no answer to their warm-up");
        Assert.EndsWith("cold", (await server.GetAsync("/")).Text, StringComparison.Ordinal);
        Assert.Contains("--warmup /warm was not answered, since it ended", server.Errors.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_warm_up_that_hangs_ends_with_the_start_timeout()
    {
        folder.Write("hangs");
        await using var server = await StartAsync("--start-timeout", "15s");
        Assert.EndsWith("cold", (await server.GetAsync("/")).Text, StringComparison.Ordinal);
        await server.Errors.WaitForAsync("--warmup /warm was not answered within --start-timeout 15s");
    }

    private Task<ServerProcess> StartAsync(params string[] flags)
    {
        folder.Write("app.py", App);
        return new ServerCommand("") { Directory = folder.Path, Flags = ["--warmup", "/warm", .. flags] }.StartAsync();
    }

    private static async Task AskUntilAsync(ServerProcess server, Func<string, bool> isEnough, bool onlyWarm = false) => await Patience.UntilAsync(
        async () =>
        {
            var answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => server.GetAsync("/")));
            Assert.All(answers, answer => Assert.Equal(200, answer.Status));
            Assert.True(!onlyWarm || answers.All(static answer => answer.Text.EndsWith("warm", StringComparison.Ordinal)), "a cold worker answered");
            return answers.Any(answer => isEnough(answer.Text));
        },
        "answered so");
}
