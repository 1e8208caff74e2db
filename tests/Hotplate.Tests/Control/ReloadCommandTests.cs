namespace Hotplate.Tests.Control;

/// <summary><c>hotplate reload</c>: what HUP does, with an answer.</summary>
public sealed class ReloadCommandTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private string Socket => folder.File("hotplate.sock");

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task New_code_serves_when_the_command_returns()
    {
        await using var server = await StartAsync();
        Write("return [b'new']");
        Assert.Equal("generation 2 serves\n", await ClientCommand.OutputAsync("reload", "--control", Socket));
        Assert.Equal("new", (await server.GetAsync("/")).Text);
        var status = await ClientCommand.JsonAsync("status", "--control", Socket);
        Assert.Equal((2, "serves"), (status.GetProperty("last_reload").GetProperty("generation").GetInt32(), status.GetProperty("last_reload").GetProperty("outcome").GetString()));
        Assert.Equal(2, status.GetProperty("generations")[0].GetProperty("number").GetInt32());
    }

    [Theory]
    [InlineData("return [b'new'", 4, "HP200", "SyntaxError")]
    [InlineData("return [b'new']\nraise RuntimeError('the plate is broken')", 4, "HP204", "RuntimeError: the plate is broken")]
    [InlineData("return [b'new']\nimport os, sys\nprint('last words', file=sys.stderr, flush=True)\nos._exit(9)", 3, "last words", "last words")]
    public async Task Broken_code_prints_its_traceback_and_the_site_serves_on(string code, int exitCode, string said, string traceback)
    {
        await using var server = await StartAsync();
        Write(code);
        var ended = await ClientCommand.RunAsync("reload", "--control", Socket);
        Assert.Equal((exitCode, ""), (ended.ExitCode, ended.Output));
        Assert.Contains(said, ended.Errors, StringComparison.Ordinal);
        Assert.Contains(traceback, ended.Errors, StringComparison.Ordinal);
        Assert.Equal("old", (await server.GetAsync("/")).Text);
        var text = await ClientCommand.OutputAsync("status", "--control", Socket);
        Assert.Contains("ago, generation 2 was not fit to serve, and nothing has changed:\n", text, StringComparison.Ordinal);
        Assert.Contains(traceback, text, StringComparison.Ordinal);
        Assert.Contains("generation 1  serving\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_health_path_that_fails_is_told()
    {
        await using var server = await StartAsync("--health-path", "/health");
        Write("return [b'new']", status: "503 Busy");
        var ended = await ClientCommand.RunAsync("reload", "--control", Socket);
        Assert.Equal(3, ended.ExitCode);
        Assert.Contains("the health path /health answered 503", ended.Errors, StringComparison.Ordinal);
        Assert.Equal("old", (await server.GetAsync("/")).Text);
    }

    [Fact]
    public async Task A_second_one_meanwhile_is_refused()
    {
        await using var server = await StartAsync();
        folder.Write("app.py", $"""
            import os, time
            open("{folder.File("began")}", "w").close()
            while not os.path.exists("{folder.File("go")}"):
                time.sleep(0.01)

            def app(environ, start_response):
                start_response("200 OK", [])
                return [b"new"]
            """);
        var first = ClientCommand.OutputAsync("reload", "--control", Socket);
        await Patience.UntilAsync(() => File.Exists(folder.File("began")), "the new code is being imported");
        var second = await ClientCommand.RunAsync("reload", "--control", Socket);
        Assert.Equal((1, "another reload is under way\n"), (second.ExitCode, second.Errors));
        Assert.Equal("reloading", (await ClientCommand.JsonAsync("status", "--control", Socket)).GetProperty("state").GetString());
        folder.Write("go");
        Assert.Equal("generation 2 serves\n", await first);
    }

    private async Task<ServerProcess> StartAsync(params string[] flags)
    {
        Write("return [b'old']");
        return await new ServerCommand("") { Directory = folder.Path, Flags = ["--control", Socket, .. flags] }.StartAsync();
    }

    private void Write(string body, string status = "200 OK") => folder.Write("app.py", $"""
        def app(environ, start_response):
            start_response("{status}", [])
            {body}
        """);
}
