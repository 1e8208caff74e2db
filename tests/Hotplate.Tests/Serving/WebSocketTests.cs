namespace Hotplate.Tests.Serving;

/// <summary>What Hotplate does not carry, it says.</summary>
public sealed class WebSocketTests
{
    private const string Said = "was asked for a WebSocket, which Hotplate does not carry";

    [Fact]
    public async Task That_it_does_not_carry_them_is_told_once_a_generation()
    {
        await using var server = await ServerProcess.StartAsync("hello");
        await AskAsync(server);
        await AskAsync(server);
        await server.Errors.WaitForAsync(Said);

        server.Signal(ServerProcess.SIGHUP);
        await server.Errors.WaitForAsync("generation 2 serves");
        await AskAsync(server);
        await AskAsync(server);

        await Patience.UntilAsync(() => server.Errors.Lines.Count(static line => line.Contains(Said, StringComparison.Ordinal)) == 2, "a line for each generation");
    }

    [Theory]
    [InlineData("2", true)]
    [InlineData("1", false)]
    public async Task Socket_IO_is_told_that_it_needs_one_worker(string workers, bool told)
    {
        using var folder = new TemporaryFolder();
        folder.Write("engineio.py");
        folder.Write("app.py", """
            import engineio

            def app(environ, start_response):
                start_response("200 OK", [])
                return [b"ok"]
            """);
        await using var server = await new ServerCommand("hello") { Directory = folder.Path, Flags = ["-w", workers] }.StartAsync();
        Assert.Equal("ok", (await server.GetAsync("/")).Text);
        await server.StopAsync();
        Assert.Equal(told, server.Errors.Lines.Concat(server.Output.Lines).Any(static line => line.Contains("HP213", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Socket_IO_gets_one_worker_where_no_number_is_said()
    {
        using var folder = new TemporaryFolder();
        folder.Write("engineio.py");
        folder.Write("app.py", """
            import engineio, os

            def app(environ, start_response):
                start_response("200 OK", [])
                return [str(os.getpid()).encode()]
            """);
        await using var server = await new ServerCommand("hello") { Directory = folder.Path, Flags = ["-w", "auto"] }.StartAsync();
        if (Environment.ProcessorCount == 1)
        {
            return;
        }
        await server.Errors.WaitForAsync(static line => line.Contains("HP213", StringComparison.Ordinal), 1, "that one worker serves it");
        await Patience.UntilAsync(() => server.Workers.Count == 1, "one worker");
    }

    private static async Task AskAsync(ServerProcess server) =>
        Assert.Equal(200, (await server.GetAsync("/echo", "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: a2V5")).Status);
}
