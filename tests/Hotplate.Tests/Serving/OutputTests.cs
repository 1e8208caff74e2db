namespace Hotplate.Tests.Serving;

/// <summary>What an application prints is seen at once and in full, with the pid of who printed it.</summary>
public sealed class OutputTests
{
    [Fact]
    public async Task From_its_import_to_its_end()
    {
        await using var server = await ServerProcess.StartAsync("startup_print", "--preload", "off");
        var pid = $"[{Assert.Single(server.Workers)}] ";
        Assert.Equal(pid + "import on stdout", await server.Output.WaitForAsync("import on stdout"));
        Assert.Equal(pid + "import on stderr", await server.Errors.WaitForAsync("import on stderr"));
        Assert.EndsWith($" [WARNING] {pid}- startup: import by logging", await server.Errors.WaitForAsync("import by logging"));
        Assert.Equal("printed", (await server.GetAsync("/")).Text);
        await server.Output.WaitForAsync("request on stdout");
        Assert.StartsWith(pid + "import without an end of line", await server.Output.WaitForAsync("import without an end of line"), StringComparison.Ordinal);
        await server.StopAsync();
        Assert.Contains(pid + "atexit on stdout", server.Output.Lines);
        Assert.Contains(pid + "atexit on stderr", server.Errors.Lines);
    }

    [Fact]
    public async Task Before_the_worker_dies_of_its_own_error()
    {
        await using var server = await ServerProcess.StartAsync("crash");
        Assert.Equal(502, (await server.SendAsync("POST", "/stderr")).Status);
        await server.Errors.WaitForAsync("last words: the plate is too hot");
    }

    [Fact]
    public async Task Nothing_else_is_on_stdout()
    {
        await using var server = await ServerProcess.StartAsync("hello");
        await server.GetAsync("/");
        await server.StopAsync();
        Assert.Empty(server.Output.Lines);
    }

    [Fact]
    public async Task Lines_of_several_workers_do_not_mix()
    {
        await using var server = await ServerProcess.StartAsync("errors", "-w", "2");
        var text = new string('x', 2000);
        await Task.WhenAll(Enumerable.Range(0, 40).Select(number => server.GetAsync($"/stdout?text={text}{number}.")));
        var lines = await server.Output.WaitForAsync(line => line.Contains(text, StringComparison.Ordinal), 40, "40 lines");
        Assert.All(lines, line => Assert.Matches($@"^\[\d+\] {text}\d+\.$", line));
    }
}
