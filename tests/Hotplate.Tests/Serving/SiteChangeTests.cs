using System.Text.Json;

namespace Hotplate.Tests.Serving;

/// <summary>From one site to the next while clients ask: what HUP, apply, pause and resume do to a server with several applications.</summary>
public sealed class SiteChangeTests : IDisposable
{
    private const string Head = "bind = \"127.0.0.1:0\"\n";
    private const string One = "[apps.one]\nchdir = \"one\"\ntarget = \"app:app\"\n";
    private const string Two = "[apps.two]\nchdir = \"two\"\ntarget = \"app:app\"\n";
    private const string ToOne = "[[routes]]\npath = \"/one/*\"\napp = \"one\"\n";
    private const string ToTwo = "[[routes]]\npath = \"/two/*\"\napp = \"two\"\n";
    private readonly TemporaryFolder folder = new();

    public SiteChangeTests()
    {
        WriteApp("one", "one");
        WriteApp("two", "two");
    }

    private string Socket => Path.Combine(folder.Path, "control");

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task An_application_is_added_and_taken_away_and_the_others_notice_nothing()
    {
        await using var server = await StartAsync(One + ToOne);
        var first = await WorkerAsync(server, "/one");
        Write(One + Two + ToOne + ToTwo);
        Assert.Equal((0, "two: new\nroutes: changed\n"), await RunAsync("apply", "--dry-run"));
        Assert.Equal(404, (await server.GetAsync("/two")).Status);
        Assert.Equal((0, "two: new\nroutes: changed\n"), await RunAsync("apply"));
        Assert.Equal("two", (await server.GetAsync("/two")).Text.Split(' ')[0]);
        Write(One + ToOne);
        Assert.Equal((0, "two: gone\nroutes: changed\n"), await RunAsync("apply"));
        Assert.Equal(404, (await server.GetAsync("/two")).Status);
        Assert.Equal(first, await WorkerAsync(server, "/one"));
        Assert.Equal((0, "nothing changes\n"), await RunAsync("apply"));
        await server.StopAsync();
    }

    [Fact]
    public async Task What_is_broken_changes_nothing()
    {
        await using var server = await StartAsync(One + ToOne);
        WriteApp("two", "two", "raise RuntimeError('cold')\n");
        Write(One + Two + ToOne + ToTwo);
        var (code, said) = await RunAsync("apply");
        Assert.Equal(4, code);
        Assert.Contains("HP204", said, StringComparison.Ordinal);
        Write(One + "[[routes]]\npath = \"/one/*\"\napp = \"nobody\"\n");
        (code, said) = await RunAsync("apply");
        Assert.Equal(1, code);
        Assert.Contains("nobody", said, StringComparison.Ordinal);
        Assert.Equal("one", (await server.GetAsync("/one")).Text.Split(' ')[0]);
        Assert.Equal(404, (await server.GetAsync("/two")).Status);
        await server.StopAsync();
    }

    [Fact]
    public async Task Whoever_waits_at_an_application_that_is_replaced_is_answered_by_the_old_one()
    {
        WriteApp("one", "slow", "import time\n", "time.sleep(1.5)");
        await using var server = await StartAsync(One + ToOne);
        var before = Enumerable.Range(0, 3).Select(_ => server.GetAsync("/one")).ToList();
        WriteApp("one", "fast");
        Write(One + "threads = 3\n" + ToOne);
        Assert.Equal((0, "one: changed, threads\n"), await RunAsync("apply"));
        Assert.Equal("fast", (await server.GetAsync("/one")).Text.Split(' ')[0]);
        Assert.All(await Task.WhenAll(before), static answer => Assert.Equal(200, answer.Status));
        await server.StopAsync();
    }

    [Fact]
    public async Task Requests_without_end_are_all_answered_while_the_site_changes()
    {
        await using var server = await StartAsync(One + ToOne);
        using var over = new CancellationTokenSource();
        var clients = Enumerable.Range(0, 4).Select(_ => AskAsync(server, over.Token)).ToList();
        for (var round = 1; round <= 4; round++)
        {
            Write(One + $"env = {{ ROUND = {round} }}\n" + ToOne);
            Assert.Equal((0, "one: changed, env\n"), await RunAsync("apply"));
        }
        await over.CancelAsync();
        Assert.All(await Task.WhenAll(clients), static asked => Assert.True(asked > 0));
        await server.StopAsync();
    }

    [Fact]
    public async Task HUP_reads_the_file_and_loads_the_code_of_those_that_go_on()
    {
        await using var server = await StartAsync(One + ToOne);
        WriteApp("one", "newer");
        Write(One + Two + ToOne + ToTwo);
        server.Signal(ServerProcess.SIGHUP);
        await server.Errors.WaitForAsync("the file was read again: two: new");
        await server.Errors.WaitForAsync("generation 2 serves");
        Assert.Equal("newer", (await server.GetAsync("/one")).Text.Split(' ')[0]);
        Assert.Equal("two", (await server.GetAsync("/two")).Text.Split(' ')[0]);
        await server.StopAsync();
    }

    [Fact]
    public async Task Requests_of_a_paused_application_wait_and_those_of_others_do_not()
    {
        await using var server = await StartAsync(One + Two + ToOne + ToTwo);
        var (code, said) = await RunAsync("pause", "one");
        Assert.Equal(0, code);
        Assert.StartsWith("one is paused: requests wait, up to 2048 of them and each for 30s. None runs.", said, StringComparison.Ordinal);
        var waiting = server.GetAsync("/one");
        await Patience.UntilAsync(async () => await WaitingAsync() == 1, "the request waits");
        Assert.Equal(200, (await server.GetAsync("/two")).Status);
        Assert.False(waiting.IsCompleted);
        Assert.Equal((0, "one serves again: 1 request waited\n"), await RunAsync("resume", "one"));
        Assert.Equal(200, (await waiting).Status);
        await server.StopAsync();
    }

    private static async Task<int> AskAsync(ServerProcess server, CancellationToken over)
    {
        var asked = 0;
        using var client = await server.ConnectAsync();
        while (!over.IsCancellationRequested)
        {
            await client.RequestAsync("GET", "/one", []);
            Assert.Equal(200, (await client.ReadAsync("GET")).Status);
            asked++;
        }
        return asked;
    }

    private static async Task<string> WorkerAsync(ServerProcess server, string path) => (await server.GetAsync(path)).Text.Split(' ')[1];

    private async Task<int> WaitingAsync()
    {
        using var status = JsonDocument.Parse(
            await FinishedProgram.OutputOfAsync(await BuiltFront.PathAsync(), "status", "--json", "--control", Socket));
        return status.RootElement.GetProperty("waiting").GetInt32();
    }

    private void WriteApp(string app, string says, string first = "", string work = "pass")
    {
        Directory.CreateDirectory(Path.Combine(folder.Path, app));
        folder.Write(
            Path.Combine(app, "app.py"),
            $"{first}import os\ndef app(environ, start_response):\n    {work}\n    start_response('200 OK', [])\n"
                + $"    return [b'{says} %d' % os.getpid()]\n");
    }

    private void Write(string text) => folder.Write("hotplate.toml", Head + text);

    private Task<ServerProcess> StartAsync(string text)
    {
        Write(text);
        return new ServerCommand("") { Directory = folder.Path, Target = "", IsBare = true, Flags = ["--control", Socket] }.StartAsync();
    }

    private async Task<(int Code, string Said)> RunAsync(params string[] words)
    {
        var ended = await FinishedProgram.RunAsync(await BuiltFront.PathAsync(), [.. words, "--control", Socket]);
        return (ended.ExitCode, ended.Output + ended.Errors);
    }
}
