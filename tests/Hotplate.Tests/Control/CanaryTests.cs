using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Hotplate.Tests.Control;

/// <summary><c>hotplate reload --canary</c>: new code gets a share of the requests, and takes over or does not.</summary>
public sealed partial class CanaryTests : IDisposable
{
    private const int SIGHUP = 1;
    private readonly TemporaryFolder folder = new();

    private string Socket => folder.File("hotplate.sock");

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Code_that_does_no_worse_takes_over_and_the_figures_are_told()
    {
        await using var server = await StartAsync();
        Write(Answers("new"));
        var command = ClientCommand.RunAsync("reload", "--canary", "50%", "--for", "5s", "--control", Socket);
        await TriedAsync();
        await BothAnswerAsync(server, "old", "new");
        var ended = await command;
        Assert.Equal((0, ""), (ended.ExitCode, ended.Errors));
        Assert.Matches(Passed(), ended.Output);
        Assert.Equal("new", (await server.GetAsync("/")).Text);
        await server.Errors.WaitForAsync("app: generation 2 was tried and takes over: 50 % of the requests for 5");
        var status = await StatusAsync();
        Assert.False(status.TryGetProperty("canary", out _));
        Assert.Equal("serves", status.GetProperty("last_reload").GetProperty("outcome").GetString());
        Assert.Equal("serving", status.GetProperty("state").GetString());
        await server.StopAsync();
    }

    [Fact]
    public async Task Code_that_fails_is_rolled_back_at_once_with_the_figures_that_decided()
    {
        await using var server = await StartAsync();
        Write(Answers("new", "500 Cold"));
        var command = ClientCommand.RunAsync("reload", "app", "--canary", "50%", "--for", "1h", "--control", Socket);
        await TriedAsync();
        await AskUntilAsync(server, command);
        var ended = await command;
        Assert.Equal((3, ""), (ended.ExitCode, ended.Output));
        Assert.Matches(Failed(), ended.Errors);
        await server.Errors.WaitForAsync("it fails far more often. 50 % of the requests for ");
        for (var i = 0; i < 20; i++)
        {
            Assert.Equal((200, "old"), ((await server.GetAsync("/")).Status, (await server.GetAsync("/")).Text));
        }
        var last = (await StatusAsync()).GetProperty("last_reload");
        Assert.Equal(("rolled_back", "HP513"), (last.GetProperty("outcome").GetString(), last.GetProperty("error").GetString()));
        await Patience.UntilAsync(() => ProcessTable.ChildrenOf(server.Pid).Count == 1, "what was tried has ended");
        await server.StopAsync();
    }

    [Theory]
    [InlineData("on")]
    [InlineData("off")]
    public async Task Code_whose_worker_dies_is_rolled_back_at_once(string preload)
    {
        await using var server = await StartAsync("--preload", preload);
        Write($"""
            import os, threading, time

            def die_when_told():
                while not os.path.exists("{folder.File("die")}"):
                    time.sleep(0.02)
                os._exit(7)

            def post_fork(server, worker):
                threading.Thread(target=die_when_told, daemon=True).start()

            {Answers("new")}
            """);
        var command = ClientCommand.RunAsync("reload", "--canary", "5%", "--for", "1h", "--control", Socket);
        await TriedAsync();
        folder.Write("die");
        var ended = await command;
        Assert.Equal(3, ended.ExitCode);
        Assert.Contains("rolled back to generation 1: a worker of it died. 5 % of ", ended.Errors, StringComparison.Ordinal);
        Assert.Equal("old", (await server.GetAsync("/")).Text);
        await server.StopAsync();
    }

    [Fact]
    public async Task Status_tells_of_it_while_it_runs_and_the_share_is_kept()
    {
        await using var server = await StartAsync();
        Write(Answers("new"));
        var command = ClientCommand.RunAsync("reload", "--canary", "25%", "--for", "1h", "--control", Socket);
        await TriedAsync();
        var answers = new Dictionary<string, int> { ["old"] = 0, ["new"] = 0 };
        for (var i = 0; i < 200; i++)
        {
            answers[(await server.GetAsync("/")).Text]++;
        }
        // Five standard deviations of the binomial distribution.
        Assert.InRange(answers["new"], 20, 80);
        using var http = ControlConnection.To(Socket);
        var app = JsonNode.Parse(await http.GetStringAsync("/v1/apps/app", CancellationToken.None))!;
        var canary = app["canary"]!;
        Assert.Equal((2, 0.25), ((int)canary["generation"]!, (double)canary["share"]!));
        Assert.InRange((double)canary["left"]!, 1, 3600);
        Assert.Equal((answers["new"], 0), ((int)canary["new"]!["answers"]!, (int)canary["new"]!["server_errors"]!));
        Assert.Equal((answers["old"], 0), ((int)canary["old"]!["answers"]!, (int)canary["old"]!["server_errors"]!));
        Assert.True((double)canary["old"]!["p99"]! > 0);
        Assert.Equal("reloading", (string)app["state"]!);
        Assert.Equal(["serving", "canary"], app["generations"]!.AsArray().Select(static one => (string)one!["state"]!));
        var schemas = JsonNode.Parse(await http.GetStringAsync("/v1/openapi.json", CancellationToken.None))!["components"]!["schemas"]!;
        Assert.Equal(Names(schemas["canary"]!["properties"]!), Names(canary));
        Assert.Equal(Names(schemas["answers"]!["properties"]!), Names(canary["new"]!));
        var text = await ClientCommand.OutputAsync("status", "--control", Socket);
        Assert.Contains("generation 2  canary\n", text, StringComparison.Ordinal);
        Assert.Contains("canary       generation 2 gets 25 % of the requests for another ", text, StringComparison.Ordinal);
        Assert.Contains($"             new: 0 of {answers["new"]} answers 5xx, P99 ", text, StringComparison.Ordinal);
        await server.StopAsync();
        Assert.Equal(3, (await command).ExitCode);

        static IEnumerable<string> Names(JsonNode of) => of.AsObject().Select(static one => one.Key).Order(StringComparer.Ordinal);
    }

    [Theory]
    [InlineData("command")]
    [InlineData("canary")]
    [InlineData("signal")]
    public async Task Another_reload_ends_it(string how)
    {
        await using var server = await StartAsync();
        Write(Answers("new"));
        var first = ClientCommand.RunAsync("reload", "--canary", "5%", "--for", "1h", "--control", Socket);
        await TriedAsync();
        Write(Answers("newest"));
        if (how == "signal")
        {
            server.Signal(SIGHUP);
            await server.Errors.WaitForAsync("generation 3 serves");
        }
        else
        {
            string[] more = how == "canary" ? ["--canary", "5%", "--for", "1s"] : [];
            var said = await ClientCommand.OutputAsync(["reload", "--control", Socket, .. more]);
            var expected = how == "canary" ? "generation 3 serves. 5 % of the requests for 1" : "generation 3 serves\n";
            Assert.StartsWith(expected, said, StringComparison.Ordinal);
        }
        var ended = await first;
        Assert.Equal(3, ended.ExitCode);
        Assert.StartsWith(
            "HP513  app: generation 2 is rolled back to generation 1: another reload was asked for. 5 % of the requests for ", ended.Errors,
            StringComparison.Ordinal);
        Assert.Equal("newest", (await server.GetAsync("/")).Text);
        await server.StopAsync();
    }

    [Fact]
    public async Task A_stop_ends_it_and_both_finish_what_they_have()
    {
        await using var server = await StartAsync();
        Write(Answers("new"));
        var command = ClientCommand.RunAsync("reload", "--canary", "50%", "--for", "1h", "--control", Socket);
        await TriedAsync();
        var slow = Enumerable.Range(0, 12).Select(_ => server.GetAsync("/slow")).ToList();
        using var http = ControlConnection.To(Socket);
        await Patience.UntilAsync(
            async () => await PhasesAsync() is { Count: 12 } all && all.TrueForAll(static phase => phase == "running"), "all run");
        server.Signal(ServerProcess.SIGTERM);
        await server.Errors.WaitForAsync("is rolled back to generation 1: the application is to stop");
        folder.Write("go");
        var answers = await Task.WhenAll(slow);
        Assert.All(answers, static answer => Assert.Equal(200, answer.Status));
        Assert.Equal(0, await server.ExitAsync());
        Assert.Equal(3, (await command).ExitCode);
        await server.NothingLeftAsync();

        async Task<List<string>> PhasesAsync()
        {
            var requests = JsonNode.Parse(await http.GetStringAsync("/v1/requests", CancellationToken.None))!.AsArray();
            return [.. requests.Select(static one => (string)one!["phase"]!)];
        }
    }

    [Fact]
    public async Task Its_time_stands_still_while_requests_are_paused()
    {
        await using var server = await StartAsync();
        Write(Answers("new"));
        var command = ClientCommand.RunAsync("reload", "--canary", "5%", "--for", "1h", "--control", Socket);
        await TriedAsync();
        await ClientCommand.OutputAsync("pause", "--control", Socket);
        var before = await StatusAsync();
        JsonElement after = default;
        await Patience.UntilAsync(async () => Uptime(after = await StatusAsync()) > Uptime(before) + 0.5, "time passes");
        Assert.Equal(Left(before), Left(after));
        await ClientCommand.OutputAsync("resume", "--control", Socket);
        await Patience.UntilAsync(async () => Left(await StatusAsync()) < Left(after), "its time passes");
        await server.StopAsync();
        await command;

        static double Uptime(JsonElement status) => status.GetProperty("uptime").GetDouble();

        static double Left(JsonElement status) => status.GetProperty("canary").GetProperty("left").GetDouble();
    }

    [Fact]
    public async Task No_request_fails_while_code_is_tried_and_taken_back()
    {
        await using var server = await StartAsync("-w", "2");
        using var over = new CancellationTokenSource();
        var clients = Enumerable.Range(0, 4).Select(_ => AskAsync(server, over.Token)).ToList();
        Write("import os, threading\ndef post_fork(server, worker):\n    threading.Timer(2, os._exit, (7,)).start()\n" + Answers("dies"));
        Assert.Equal(3, (await ReloadAsync("50%", "1h")).ExitCode);
        // On a busy machine it may be called slow, which is no matter here.
        Write(Answers("new"));
        Assert.True((await ReloadAsync("50%", "1s")).ExitCode is 0 or 3);
        Write(Answers("newer"));
        var ended = ReloadAsync("50%", "1h");
        await TriedAsync();
        await ClientCommand.OutputAsync("reload", "--control", Socket);
        Assert.Equal(3, (await ended).ExitCode);
        await over.CancelAsync();
        Assert.All(await Task.WhenAll(clients), static answers => Assert.True(answers > 0));
        Assert.Equal("newer", (await server.GetAsync("/")).Text);
        await server.StopAsync();

        Task<FinishedProgram> ReloadAsync(string share, string time) =>
            ClientCommand.RunAsync("reload", "--canary", share, "--for", time, "--control", Socket);
    }

    [Fact]
    public async Task What_is_not_fit_to_serve_is_not_tried()
    {
        await using var server = await StartAsync();
        Write("def app(:");
        var ended = await ClientCommand.RunAsync("reload", "--canary", "5%", "--for", "1h", "--control", Socket);
        Assert.Equal(4, ended.ExitCode);
        Assert.Contains("HP200", ended.Errors, StringComparison.Ordinal);
        Assert.Equal("old", (await server.GetAsync("/")).Text);
        await server.StopAsync();
    }

    [Theory]
    [InlineData("reload --canary 0%", "HP105  --canary 0%: a share of the requests from 0.1% to 99% is needed here, as in 5%.")]
    [InlineData("reload --canary 150%", "HP105  --canary 150%: a share of the requests from 0.1% to 99% is needed here, as in 5%.")]
    [InlineData("reload --canary abc", "HP105  --canary abc: a share of the requests from 0.1% to 99% is needed here, as in 5%.")]
    [InlineData("reload --canary=5", "HP105  --canary 5: a share of the requests from 0.1% to 99% is needed here, as in 5%.")]
    [InlineData("reload --canary", "HP103  --canary: a value is needed: --canary 5%")]
    [InlineData("reload --for 60s", "HP103  --for 60s: it is the time of --canary, which is needed with it: --canary 5% --for 60s.")]
    [InlineData(
        "reload shop --canary 5% --for=soon",
        "HP106  --for soon: a time from 1s to 24h is needed here: seconds (30), or with a unit (500ms, 1.5s, 2m, 1h).")]
    [InlineData("status --canary 5%", "HP102  --canary: hotplate status has no such flag; reload has it.")]
    public async Task What_cannot_be_tried_is_told(string typed, string said)
    {
        var ended = await ClientCommand.RunAsync(typed.Split(' '));
        Assert.Equal((2, "", said + "\n"), (ended.ExitCode, ended.Output, ended.Errors));
    }

    [Fact]
    public async Task The_API_tells_the_same_and_who_is_not_there_is_not_tried()
    {
        await using var server = await StartAsync();
        var ended = await ClientCommand.RunAsync("reload", "nobody", "--canary", "5%", "--control", Socket);
        Assert.Equal((1, "HP409  there is no application nobody here. There are app.\n"), (ended.ExitCode, ended.Errors));
        using var http = ControlConnection.To(Socket);
        Assert.Equal(
            (HttpStatusCode.BadRequest, "HP406  \"canary\": a share of the requests from 0.1% to 99% is needed here, as in 5%."),
            await PostAsync("""{"canary": "0%"}"""));
        Assert.Equal(
            (HttpStatusCode.BadRequest, "HP406  \"for\": it is the time of --canary, which is needed with it: --canary 5% --for 60s."),
            await PostAsync("""{"for": "60s"}"""));
        var (status, message) = await PostAsync("""{"canary": "5%", "for": "1s"}""");
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.StartsWith("generation 2 serves. 5 % of the requests for 1", message, StringComparison.Ordinal);
        Assert.Contains(": no answers; generation 1: no answers", message, StringComparison.Ordinal);
        await server.StopAsync();

        async Task<(HttpStatusCode Status, string Message)> PostAsync(string body)
        {
            using var content = new StringContent(body, Encoding.UTF8, "application/json");
            using var answer = await http.PostAsync("/v1/apps/app/reload", content, CancellationToken.None);
            return (answer.StatusCode, (string)JsonNode.Parse(await answer.Content.ReadAsStringAsync(CancellationToken.None))!["message"]!);
        }
    }

    [GeneratedRegex(@"^generation 2 serves\. 50 % of the requests for [5-9](\.\d)?s: 0 of \d+ answers 5xx, P99 \d+\.\d ms \(of few\); "
        + @"generation 1: 0 of \d+ answers 5xx, P99 \d+\.\d ms \(of few\)\n$")]
    private static partial Regex Passed();

    [GeneratedRegex(@"^HP513  app: generation 2 is rolled back to generation 1: it fails far more often\. 50 % of the requests for \S+: "
        + @"(\d+) of \1 answers 5xx, P99 \d+\.\d ms.*; generation 1: 0 of \d+ answers 5xx, P99 \d+\.\d ms.*\.\n$")]
    private static partial Regex Failed();

    /// <summary>Waits until new code gets its share.</summary>
    private Task TriedAsync() =>
        Patience.UntilAsync(async () => (await StatusAsync()).TryGetProperty("canary", out _), "something is tried");

    private async Task<JsonElement> StatusAsync()
    {
        using var http = ControlConnection.To(Socket);
        return JsonDocument.Parse(await http.GetStringAsync("/v1/status", CancellationToken.None)).RootElement;
    }

    private static async Task BothAnswerAsync(ServerProcess server, params string[] texts)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < 60 && !seen.IsSupersetOf(texts); i++)
        {
            seen.Add((await server.GetAsync("/")).Text);
        }
        Assert.Equal(texts.Order(StringComparer.Ordinal), seen.Order(StringComparer.Ordinal));
    }

    private static async Task AskUntilAsync(ServerProcess server, Task end)
    {
        while (!end.IsCompleted)
        {
            await server.GetAsync("/");
        }
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

    private async Task<ServerProcess> StartAsync(params string[] flags)
    {
        Write(Answers("old"));
        return await new ServerCommand("") { Directory = folder.Path, Flags = ["--control", Socket, .. flags] }.StartAsync();
    }

    private void Write(string code) => folder.Write("app.py", code);

    private string Answers(string text, string status = "200 OK") => $"""
        import os, time

        def app(environ, start_response):
            while environ["PATH_INFO"] == "/slow" and not os.path.exists("{folder.File("go")}"):
                time.sleep(0.02)
            start_response("{status}", [])
            return [b"{text}"]

        """;
}
