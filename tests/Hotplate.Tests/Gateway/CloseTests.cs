namespace Hotplate.Tests.Gateway;

/// <summary>PEP 3333: close() of what the application returned is called, once, however the request ends.</summary>
public sealed class CloseTests(CloseTests.CloseCalled app) : IClassFixture<CloseTests.CloseCalled>
{
    public sealed class CloseCalled() : Served("close_called");

    [Theory]
    [InlineData("/list", "one two")]
    [InlineData("/empty", "")]
    [InlineData("/blank", "")]
    [InlineData("/sized", "alone")]
    [InlineData("/generator", "one two")]
    [InlineData("/iterator", "one two")]
    [InlineData("/bad-close", "one two")]
    public async Task After_an_answer_that_went_well(string path, string body)
    {
        var (answer, log) = await AskAsync("GET", path);
        Assert.Equal((200, body, true), (answer.Status, answer.Text, answer.IsComplete));
        await ClosedOnceAsync(path, log);
    }

    [Fact]
    public async Task After_HEAD()
    {
        var (answer, log) = await AskAsync("HEAD", "/list");
        Assert.Equal(200, answer.Status);
        await ClosedOnceAsync("/list", log);
    }

    [Theory]
    [InlineData("204%20No%20Content", 204)]
    [InlineData("304%20Not%20Modified", 304)]
    public async Task After_an_answer_without_body(string status, int code)
    {
        var (answer, log) = await AskAsync("GET", "/list", $"&status={status}");
        Assert.Equal(code, answer.Status);
        await ClosedOnceAsync("/list", log);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(5)]
    public async Task After_an_exception_while_iterating(int pieces)
    {
        var (_, log) = await AskAsync("GET", "/raise", $"&n={pieces}");
        await ClosedOnceAsync("/raise", log);
    }

    [Fact]
    public async Task When_start_response_was_never_called()
    {
        var (answer, log) = await AskAsync("GET", "/unstarted");
        Assert.Equal(500, answer.Status);
        await ClosedOnceAsync("/unstarted", log);
    }

    [Theory]
    [InlineData("/endless", "&gap=0.01")]
    [InlineData("/endless", "&gap=0&size=100000")]
    [InlineData("/large", "&mb=500")]
    public async Task When_the_client_leaves_in_the_middle(string path, string query)
    {
        var log = NewLog();
        using var client = await app.Server.ConnectAsync();
        await client.RequestAsync("GET", $"{path}?log={log}{query}", []);
        var head = await client.ReadHeadAsync();
        await client.ReadPieceAsync(head);
        client.Reset();
        await ClosedOnceAsync(path, log);
    }

    [Fact]
    public async Task When_the_client_leaves_in_silence()
    {
        var log = NewLog();
        using var client = await app.Server.ConnectAsync();
        await client.RequestAsync("GET", $"/silent?s=0.5&log={log}", []);
        var head = await client.ReadHeadAsync();
        Assert.Equal("first\n"u8.ToArray(), await client.ReadPieceAsync(head));
        client.Reset();
        await ClosedOnceAsync("/silent", log);
    }

    [Fact]
    public async Task A_close_that_raises_costs_neither_answer_nor_worker()
    {
        var pid = Assert.Single(app.Server.Workers);
        await AskAsync("GET", "/bad-close");
        await app.Server.Errors.WaitForAsync("close() raises, on purpose");
        Assert.Equal("one two", (await app.Server.GetAsync("/list")).Text);
        Assert.Equal(pid, Assert.Single(app.Server.Workers));
    }

    private string NewLog() => app.Folder.File(Guid.NewGuid().ToString("N"));

    private async Task<(RawResponse Answer, string Log)> AskAsync(string method, string path, string query = "")
    {
        var log = NewLog();
        return (await app.Server.SendAsync(method, $"{path}?log={log}{query}"), log);
    }

    private async Task ClosedOnceAsync(string path, string log)
    {
        await Patience.UntilAsync(() => File.Exists(log), $"close() of {path} was called");
        // A second close() would come with the worker's next steps: let it take some before looking.
        await app.Server.GetAsync("/empty");
        Assert.Equal($"closed {path}\n", await File.ReadAllTextAsync(log, CancellationToken.None));
    }
}
