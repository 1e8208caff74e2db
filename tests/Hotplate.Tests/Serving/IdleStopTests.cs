using System.Text.Json.Nodes;

namespace Hotplate.Tests.Serving;

/// <summary>Applications that sleep when nobody asks, and those that are stopped by a command.</summary>
public sealed class IdleStopTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private string Socket => folder.File("control");

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task One_that_sleeps_is_started_by_the_first_request_and_ends_when_nobody_asks()
    {
        await using var server = await StartAsync("[apps.lazy]\ntarget = \"app:app\"\nidle-stop = \"1s\"\n[apps.other]\ntarget = \"app:app\"\n");
        await server.Errors.WaitForAsync("Ready: lazy sleeps; other, 1 worker");
        Assert.Equal(200, (await server.GetAsync("/readyz")).Status);
        for (var round = 1; round <= 3; round++)
        {
            Assert.Equal("asleep", await StateAsync("lazy"));
            var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => server.GetAsync("/lazy")));
            Assert.All(answers, static answer => Assert.Equal(200, answer.Status));
            Assert.Equal("serving", await StateAsync("lazy"));
            await server.Errors.WaitForAsync(static line => line.Contains("lazy sleeps: nobody asked it for 1s", StringComparison.Ordinal), round, "it sleeps");
            await Patience.UntilAsync(() => Task.FromResult(!File.Exists($"/proc/{answers[0].Text}/comm")), "its worker has ended");
        }
        Assert.Equal(200, (await server.GetAsync("/other")).Status);
        await server.StopAsync();
    }

    [Fact]
    public async Task A_thousand_that_sleep_are_served_by_one_server()
    {
        var all = string.Concat(Enumerable.Range(0, 1_000).Select(static number => $"[apps.a{number}]\ntarget = \"app:app\"\n"));
        await using var server = await StartAsync("idle-stop = \"1h\"\n" + all);
        Assert.Equal(404, (await server.GetAsync("/nobody")).Status);
        var answers = await Task.WhenAll(new[] { 0, 500, 999 }.Select(number => server.GetAsync($"/a{number}")));
        Assert.All(answers, static answer => Assert.Equal(200, answer.Status));
        Assert.Equal(3, answers.Select(static answer => answer.Text).Distinct().Count());
        await server.StopAsync();
    }

    [Fact]
    public async Task Whoever_comes_as_it_falls_asleep_is_answered()
    {
        await using var server = await StartAsync("[apps.lazy]\ntarget = \"app:app\"\nidle-stop = \"1s\"\n");
        using var over = new CancellationTokenSource();
        var client = AskAsync(server, over.Token);
        await server.Errors.WaitForAsync(static line => line.Contains("lazy sleeps: ", StringComparison.Ordinal), 3, "it sleeps three times");
        await over.CancelAsync();
        Assert.True(await client > 0);
        await server.StopAsync();
    }

    [Fact]
    public async Task One_that_is_broken_is_told_when_it_is_asked_for()
    {
        await using var server = await StartAsync("[apps.lazy]\ntarget = \"broken:app\"\nidle-stop = \"1m\"\n[apps.other]\ntarget = \"app:app\"\n");
        folder.Write("broken.py", "raise RuntimeError('not today')\n");
        Assert.Equal(503, (await server.GetAsync("/lazy")).Status);
        await server.Errors.WaitForAsync("lazy does not run: ");
        Assert.Equal("down", await StateAsync("lazy"));
        folder.Write("broken.py", "from app import app\n");
        var ended = await RunAsync("reload", "lazy");
        Assert.Equal(0, ended.ExitCode);
        Assert.Equal(200, (await server.GetAsync("/lazy")).Status);
        await server.StopAsync();
    }

    [Fact]
    public async Task What_is_stopped_gets_503_until_it_is_reloaded()
    {
        await using var server = await StartAsync("[apps.one]\ntarget = \"app:app\"\n[apps.lazy]\ntarget = \"app:app\"\nidle-stop = \"1h\"\n");
        var slow = server.GetAsync("/one?slow");
        await Patience.UntilAsync(async () => (int)(await StatusAsync("one"))["in_flight"]! == 1, "it runs");
        var stopping = RunAsync("stop", "one");
        Assert.Equal(200, (await slow).Status);
        Assert.Equal("one is stopped, and its requests get 503. hotplate reload one starts it again\n", (await stopping).Output);
        Assert.Equal("stopped", await StateAsync("one"));
        Assert.Equal(503, (await server.GetAsync("/one")).Status);
        Assert.Equal("one is stopped already\n", (await RunAsync("stop", "one")).Output);
        var paused = await RunAsync("pause", "one");
        Assert.Equal((1, "HP410  one does not run, so its requests do not wait: they get 503.\n"), (paused.ExitCode, paused.Errors));
        Assert.Equal("generation 2 serves\n", (await RunAsync("reload", "one")).Output);
        Assert.Equal(200, (await server.GetAsync("/one")).Status);

        Assert.Equal(0, (await RunAsync("stop", "lazy")).ExitCode);
        Assert.Equal(503, (await server.GetAsync("/lazy")).Status);
        Assert.Equal(0, (await RunAsync("reload", "lazy")).ExitCode);
        Assert.Equal(200, (await server.GetAsync("/lazy")).Status);
        await server.StopAsync();
    }

    [Fact]
    public async Task Paused_while_it_sleeps_it_lets_requests_wait()
    {
        await using var server = await StartAsync("[apps.lazy]\ntarget = \"app:app\"\nidle-stop = \"1h\"\n");
        Assert.StartsWith("lazy is paused", (await RunAsync("pause", "lazy")).Output, StringComparison.Ordinal);
        var waiting = server.GetAsync("/lazy");
        await Patience.UntilAsync(async () => (int)(await StatusAsync("lazy"))["waiting"]! == 1, "it waits");
        Assert.Equal("lazy serves again: 1 request waited\n", (await RunAsync("resume", "lazy")).Output);
        Assert.Equal(200, (await waiting).Status);
        await server.StopAsync();
    }

    [Fact]
    public async Task A_server_with_one_application_says_that_it_cannot()
    {
        await using var server = await new ServerCommand("hello") { Flags = ["--idle-stop", "5m"] }.LaunchAsync();
        Assert.Equal(2, await server.ExitAsync());
        Assert.Contains("a server's only application does not sleep", server.Errors.Text, StringComparison.Ordinal);
    }

    /// <summary>Comes again when it is about to fall asleep: a little before, just then, a little after.</summary>
    private static async Task<int> AskAsync(ServerProcess server, CancellationToken over)
    {
        for (var asked = 0; ; asked++)
        {
            Assert.Equal(200, (await server.GetAsync("/lazy")).Status);
            await Task.Delay(1_000 + (asked * 7 % 150), over).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (over.IsCancellationRequested)
            {
                return asked + 1;
            }
        }
    }

    private async Task<ServerProcess> StartAsync(string apps)
    {
        folder.Write("app.py", """
            import os, time
            def app(environ, start_response):
                if environ["QUERY_STRING"] == "slow":
                    time.sleep(1)
                start_response("200 OK", [])
                return [b"%d" % os.getpid()]
            """);
        var names = apps.Split("[apps.")[1..].Select(static part => part[..part.IndexOf(']', StringComparison.Ordinal)]);
        var routes = string.Concat(names.Select(static name => $"[[routes]]\npath = \"/{name}/*\"\napp = \"{name}\"\n"));
        folder.Write("hotplate.toml", $"bind = \"127.0.0.1:0\"\nworkers = 1\n{apps}{routes}");
        return await new ServerCommand("") { Directory = folder.Path, Target = "", IsBare = true, Flags = ["--control", Socket] }.StartAsync();
    }

    private async Task<JsonNode> StatusAsync(string app)
    {
        using var http = ControlConnection.To(Socket);
        return JsonNode.Parse(await http.GetStringAsync($"/v1/apps/{app}"))!;
    }

    private async Task<string> StateAsync(string app) => (string)(await StatusAsync(app))["state"]!;

    private async Task<FinishedProgram> RunAsync(params string[] words) =>
        await FinishedProgram.RunAsync(await BuiltFront.PathAsync(), [.. words, "--control", Socket]);
}
