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
    public async Task What_all_workers_say_is_told_once_with_their_number()
    {
        await using var server = await StartAsync("-w", "3", "--preload", "off");
        // The last of them may still be about to import what is there now.
        await Patience.UntilAsync(
            async () => (await ClientCommand.JsonAsync("status", "--control", Socket)).GetProperty("generations")[0].GetProperty("workers").EnumerateArray()
                .Count(static worker => worker.GetProperty("state").GetString() == "ready") == 3,
            "three workers are ready");
        // The first worker imports alone; the others fail then.
        Write($"return [b'new']\nif __import__('os').path.exists('{folder.File("mark")}'): raise RuntimeError('the plate is broken')\nopen('{folder.File("mark")}', 'w').close()");
        var ended = await ClientCommand.RunAsync("reload", "--control", Socket);
        Assert.Equal(4, ended.ExitCode);
        Assert.EndsWith("\n2 of 3 workers failed; what several say alike is told once.\n", ended.Errors, StringComparison.Ordinal);
        Assert.Single(ended.Errors.Split('\n'), "RuntimeError: the plate is broken");
        await server.Errors.WaitForAsync("nothing has changed: HP204");
        Assert.Single(server.Errors.Lines, "RuntimeError: the plate is broken");
        Assert.Equal("old", (await server.GetAsync("/")).Text);
        Assert.Single(ProcessTable.ChildrenOf(server.Pid));
    }

    [Theory]
    [InlineData("import time\ntime.sleep(3600)", "HP504", "--start-timeout 6s")]
    [InlineData("import os\nos._exit(9)", "HP505", "")]
    [InlineData("import os, sys\nprint('last words', file=sys.stderr, flush=True)\nos.abort()", "HP505", "")]
    [InlineData("import time\ndef app(environ, start_response):\n    time.sleep(3600)", "HP506", "--start-timeout 15s --warmup /")]
    [InlineData("import time\ndef app(environ, start_response):\n    time.sleep(3600)", "HP507", "--start-timeout 15s --health-path /")]
    [InlineData("def app(environ, start_response):\n    start_response('500 Broken', [])\n    return []", "HP508", "--health-path /")]
    [InlineData("import os\ndef app(environ, start_response):\n    os._exit(1)", "HP508", "--health-path /")]
    public async Task Every_reason_has_its_code(string code, string error, string flags)
    {
        await using var server = await StartAsync(["--preload", "off", .. flags.Split(' ', StringSplitOptions.RemoveEmptyEntries)]);
        folder.Write("app.py", code);
        var ended = await ClientCommand.RunAsync("reload", "--control", Socket, "--json");
        var answer = System.Text.Json.JsonDocument.Parse(ended.Output).RootElement;
        Assert.Equal((3, 3, error), (ended.ExitCode, answer.GetProperty("code").GetInt32(), answer.GetProperty("error").GetString()));
        Assert.StartsWith($"{error}  app: ", answer.GetProperty("message").GetString(), StringComparison.Ordinal);
        await server.Errors.WaitForAsync($"nothing has changed: {error}  app: ");
        Assert.Equal(error, (await ClientCommand.JsonAsync("status", "--control", Socket)).GetProperty("last_reload").GetProperty("error").GetString());
        Assert.Equal("old", (await server.GetAsync("/")).Text);
    }

    [Fact]
    public async Task JSON_tells_of_success_too()
    {
        await using var server = await StartAsync();
        var answer = await ClientCommand.JsonAsync("reload", "--control", Socket);
        Assert.Equal((0, "generation 2 serves"), (answer.GetProperty("code").GetInt32(), answer.GetProperty("message").GetString()));
        Assert.False(answer.TryGetProperty("error", out _));
    }

    [Fact]
    public async Task A_rollback_has_its_code()
    {
        await using var server = await StartAsync("--preload", "on", "--watch", "50s");
        folder.Write("app.py", """
            import os, threading, time

            def die_when_told():
                while not os.path.exists("die"):
                    time.sleep(0.02)
                os._exit(7)

            def post_fork(server, worker):
                threading.Thread(target=die_when_told, daemon=True).start()

            def app(environ, start_response):
                start_response("200 OK", [])
                return [b"new"]
            """);
        await ClientCommand.OutputAsync("reload", "--control", Socket);
        folder.Write("die");
        await server.Errors.WaitForAsync("(HP509)");
        var last = (await ClientCommand.JsonAsync("status", "--control", Socket)).GetProperty("last_reload");
        Assert.Equal(("rolled_back", "HP509"), (last.GetProperty("outcome").GetString(), last.GetProperty("error").GetString()));
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
        Assert.Equal(1, second.ExitCode);
        Assert.StartsWith("HP501  app: another reload is under way. ", second.Errors, StringComparison.Ordinal);
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
