using System.Text.Json;

namespace Hotplate.Tests.Control;

/// <summary><c>hotplate ps</c>, <c>stacks</c> and <c>kill</c>: what runs, where it is, and how to end it.</summary>
public sealed class RequestsInFlightTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private string Socket => folder.File("hotplate.sock");

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Each_has_a_line_with_its_phase()
    {
        await using var server = await ServerProcess.StartAsync("slow", "--threads", "1", "--control", Socket);
        using var first = await SendAsync(server, "POST", "/sleep?s=600", "first");
        await PhaseAsync("first", "running");
        using var second = await SendAsync(server, "GET", "/sleep?s=601", "second");
        await PhaseAsync("second", "waiting");
        var requests = (await ClientCommand.JsonAsync("ps", "--control", Socket)).EnumerateArray().ToList();
        Assert.Equal(["first", "second"], requests.Select(request => Text(request, "id")));
        Assert.Equal(("POST", "/sleep?s=600"), (Text(requests[0], "method"), Text(requests[0], "path")));
        Assert.Equal(server.Workers[0], requests[0].GetProperty("worker").GetInt32());
        Assert.True(Directory.Exists($"/proc/{server.Workers[0]}/task/{requests[0].GetProperty("thread").GetInt32()}"));
        Assert.False(requests[1].TryGetProperty("worker", out _));
        var text = await ClientCommand.OutputAsync("ps", "--control", Socket);
        Assert.Contains("POST /sleep?s=600\n", text, StringComparison.Ordinal);
        Assert.Contains(" 1 waiting, 1 at workers\n", await ClientCommand.OutputAsync("status", "--control", Socket), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_any_it_says_so()
    {
        await using var server = await ServerProcess.StartAsync("slow", "--control", Socket);
        Assert.Equal("no requests in flight\n", await ClientCommand.OutputAsync("ps", "--control", Socket));
    }

    [Fact]
    public async Task One_that_runs_is_killed_and_its_client_told()
    {
        await using var server = await ServerProcess.StartAsync("slow", "--control", Socket);
        using var client = await SendAsync(server, "GET", "/sleep?s=600", "first");
        await PhaseAsync("first", "running");
        var said = await ClientCommand.OutputAsync("kill", "first", "--control", Socket);
        Assert.StartsWith($"GET /sleep?s=600 was ended for its client; its thread in worker {server.Workers[0]} ", said, StringComparison.Ordinal);
        var answer = await client.ReadAsync();
        Assert.Equal((503, "first"), (answer.Status, answer["X-Request-Id"]));
        await PhaseAsync("first", "left");
        Assert.Equal("hello", (await server.GetAsync("/")).Text);
    }

    [Fact]
    public async Task Its_thread_gets_an_exception_and_its_worker_is_replaced()
    {
        await using var server = await ServerProcess.StartAsync("slow", "--control", Socket);
        using var client = await SendAsync(server, "GET", "/burn?ms=600000", "first");
        await PhaseAsync("first", "running");
        var worker = server.Workers[0];
        await ClientCommand.OutputAsync("kill", "first", "--control", Socket);
        Assert.Equal(503, (await client.ReadAsync()).Status);
        await Patience.UntilAsync(() => server.Workers is [var other] && other != worker, "another worker instead");
        Assert.Equal("no requests in flight\n", await ClientCommand.OutputAsync("ps", "--control", Socket));
        Assert.Equal("hello", (await server.GetAsync("/")).Text);
    }

    [Fact]
    public async Task One_that_waits_is_killed_before_it_runs()
    {
        await using var server = await ServerProcess.StartAsync("slow", "--threads", "1", "--control", Socket);
        using var first = await SendAsync(server, "GET", "/sleep?s=600", "first");
        await PhaseAsync("first", "running");
        using var second = await SendAsync(server, "GET", "/sleep?s=601", "second");
        await PhaseAsync("second", "waiting");
        Assert.Equal("GET /sleep?s=601 was ended, which no worker had begun\n", await ClientCommand.OutputAsync("kill", "second", "--control", Socket));
        Assert.Equal(503, (await second.ReadAsync()).Status);
        Assert.Single((await ClientCommand.JsonAsync("ps", "--control", Socket)).EnumerateArray());
    }

    [Fact]
    public async Task One_whose_answer_has_begun_is_cut_short()
    {
        await using var server = await ServerProcess.StartAsync("streaming", "--control", Socket);
        using var client = await SendAsync(server, "GET", $"/?n=2&until={folder.File("go")}", "first");
        var head = await client.ReadHeadAsync();
        await client.ReadPieceAsync(head);
        await PhaseAsync("first", "answering");
        await ClientCommand.OutputAsync("kill", "first", "--control", Socket);
        Assert.Null(await client.ReadPieceAsync(head));
        Assert.False(head.IsComplete);
    }

    [Fact]
    public async Task One_that_is_not_there_cannot_be_killed()
    {
        await using var server = await ServerProcess.StartAsync("slow", "--control", Socket);
        var ended = await ClientCommand.RunAsync("kill", "nobody", "--control", Socket);
        Assert.Equal((1, ""), (ended.ExitCode, ended.Output));
        Assert.StartsWith("HP407  no request nobody", ended.Errors, StringComparison.Ordinal);
        Assert.Equal(2, (await ClientCommand.RunAsync("kill", "--control", Socket)).ExitCode);
    }

    [Theory]
    [InlineData("/sleep?s=600")]
    [InlineData("/nogil?s=600")]
    [InlineData("/gil?s=600")]
    public async Task Stacks_show_where_it_is_also_when_nobody_else_gets_the_GIL(string path)
    {
        await using var server = await ServerProcess.StartAsync("slow", "-w", "2", "-t", "10m", "--control", Socket);
        await server.ServedByAsync(2, Socket);
        using var client = await SendAsync(server, "GET", path, "first");
        await PhaseAsync("first", "running");
        var worker = (await RequestAsync("first")).GetProperty("worker").GetInt32();
        var text = "";
        await Patience.UntilAsync(
            async () =>
            {
                text = await ClientCommand.OutputAsync("stacks", "--control", Socket);
                return text.Contains(" in work\n", StringComparison.Ordinal);
            },
            "the stack of the request");
        Assert.Contains(Path.Combine(ServerCommand.FolderOf("slow"), "app.py"), text, StringComparison.Ordinal);
        Assert.Contains($"worker {worker} of generation 1\n", text, StringComparison.Ordinal);
        Assert.Equal(2, text.Split("of generation 1\n").Length - 1);
        // The other worker has nothing to do: its threads are a number.
        Assert.Contains("for a request\n", text, StringComparison.Ordinal);
        var all = (await ClientCommand.JsonAsync("stacks", "--control", Socket)).EnumerateArray().Single(one => one.GetProperty("worker").GetInt32() != worker);
        Assert.Contains("in answer_requests", Text(all, "text"), StringComparison.Ordinal);
    }

    private static async Task<RawClient> SendAsync(ServerProcess server, string method, string path, string id)
    {
        var client = await server.ConnectAsync();
        await client.RequestAsync(method, path, [$"X-Request-Id: {id}", .. method == "POST" ? new[] { "Content-Length: 0" } : []]);
        return client;
    }

    private Task PhaseAsync(string id, string phase) =>
        Patience.UntilAsync(async () => await RequestAsync(id) is { ValueKind: JsonValueKind.Object } request && Text(request, "phase") == phase, $"{id} is {phase}");

    private async Task<JsonElement> RequestAsync(string id) =>
        (await ClientCommand.JsonAsync("ps", "--control", Socket)).EnumerateArray().FirstOrDefault(request => Text(request, "id") == id);

    private static string? Text(JsonElement of, string name) => of.GetProperty(name).GetString();
}
