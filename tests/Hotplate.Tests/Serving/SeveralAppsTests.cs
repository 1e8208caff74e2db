using System.Text.Json;

namespace Hotplate.Tests.Serving;

/// <summary>One server from a file with several applications, each of which lives and dies by itself.</summary>
public sealed class SeveralAppsTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public SeveralAppsTests()
    {
        Write("good", Answers("good"));
        Write("broken", "import nowhere_to_be_found\n");
        folder.Write(
            "hotplate.toml", "bind = \"127.0.0.1:0\"\n[apps.good]\nchdir = \"good\"\ntarget = \"app:app\"\n"
                + "[apps.broken]\nchdir = \"broken\"\ntarget = \"app:app\"\n"
                + "[[routes]]\napp = \"good\"\n[[routes]]\npath = \"/broken/*\"\napp = \"broken\"\n");
    }

    private string Socket => Path.Combine(folder.Path, "control");

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task One_that_cannot_be_imported_is_down_until_it_is_mended_and_the_others_serve()
    {
        await using var server = await StartAsync();
        await server.Errors.WaitForAsync("Ready: good, 1 worker; broken does not run");
        Assert.Contains("broken does not run: HP201  No module named 'nowhere_to_be_found'", server.Errors.Text, StringComparison.Ordinal);
        Assert.Equal("good", (await server.GetAsync("/")).Text);
        Assert.Equal(503, (await server.GetAsync("/broken")).Status);
        Assert.Equal("good serving, broken down", await StatesAsync());
        var (code, said) = await ReloadAsync("broken");
        Assert.Equal(4, code);
        Assert.Contains("HP201", said, StringComparison.Ordinal);
        Write("broken", Answers("mended"));
        (code, said) = await ReloadAsync("broken");
        Assert.Equal(0, code);
        Assert.Matches("^generation [0-9]+ serves\n$", said);
        Assert.Equal("mended", (await server.GetAsync("/broken/x")).Text);
        Assert.Equal("good serving, broken serving", await StatesAsync());
        Assert.Equal((1, "HP409  there is no application nobody here. There are good, broken.\n"), await ReloadAsync("nobody"));
        await server.StopAsync();
    }

    [Fact]
    public async Task A_server_with_one_that_is_down_stops_as_any_other()
    {
        await using var server = await StartAsync();
        await server.Errors.WaitForAsync("broken does not run");
        await server.StopAsync();
    }

    [Fact]
    public async Task What_they_say_names_them()
    {
        WriteTalkers();
        await using var server = await StartAsync();
        await server.GetAsync("/", "X-Request-Id: id-of-it");
        await server.GetAsync("/broken/x");
        Assert.Matches(@"^\[good \d+\] printed by good$", await server.Output.WaitForAsync("printed by good"));
        Assert.Matches(@"^\[broken \d+\] printed by broken$", await server.Output.WaitForAsync("printed by broken"));
        Assert.Matches(@" \[\d+\] \[WARNING\] \[good \d+\] id-of-it said by good$", await server.Errors.WaitForAsync("said by good"));
        Assert.Matches(@" \[\d+\] \[ERROR\] \[good \d+\] - shop: logged by good$", await server.Errors.WaitForAsync("logged by good"));
    }

    [Fact]
    public async Task With_JSON_their_name_is_a_member()
    {
        WriteTalkers();
        await using var server = await StartAsync("--log-format", "json", "-b", "unix:" + folder.File("socket"));
        server.Addresses = ["unix:" + folder.File("socket")];
        await server.GetAsync("/");
        Assert.All(
            [
                await server.Output.WaitForAsync("printed by good"), await server.Errors.WaitForAsync("said by good"),
                await server.Errors.WaitForAsync("logged by good"),
            ],
            static line => Assert.Equal("good", JsonDocument.Parse(line).RootElement.GetProperty("app").GetString()));
        var ready = JsonDocument.Parse(await server.Errors.WaitForAsync("Ready: ")).RootElement;
        Assert.False(ready.TryGetProperty("app", out _));
    }

    [Theory]
    [InlineData("text")]
    [InlineData("json")]
    public async Task The_log_of_one_is_shown_by_itself(string format)
    {
        WriteTalkers();
        var log = folder.File("error.log");
        await using var server = await new ServerCommand("")
        {
            Directory = folder.Path,
            Target = "",
            IsBare = true,
            Flags =
            [
                "--control", Socket, "--error-logfile", log, "--access-logfile", log, "--log-format", format,
                "-b", "unix:" + folder.File("socket"),
            ],
        }.LaunchAsync();
        server.Addresses = ["unix:" + folder.File("socket")];
        await Patience.UntilAsync(() => File.Exists(log) && File.ReadAllText(log).Contains("Ready:"), "it serves");
        Assert.Equal(200, (await server.GetAsync("/of-good")).Status);
        Assert.Equal(200, (await server.GetAsync("/broken/of-broken")).Status);
        Assert.Equal((0, "generation 2 serves\n"), await ReloadAsync("good"));
        await Patience.UntilAsync(
            async () => await LogsAsync("good") is var shown && shown.Contains("generation 2 serves", StringComparison.Ordinal)
                && shown.Contains("/of-good", StringComparison.Ordinal) == (format == "json"), "all of it is there");
        var (good, broken) = (await LogsAsync("good"), await LogsAsync("broken"));
        Assert.Contains("said by good", good, StringComparison.Ordinal);
        Assert.All(["said by broken", "Listening at", "of-broken"], other => Assert.DoesNotContain(other, good, StringComparison.Ordinal));
        Assert.Contains("said by broken", broken, StringComparison.Ordinal);
        Assert.DoesNotContain("good", broken, StringComparison.Ordinal);

        await using var follower = ServerProcess.Launch(
            await BuiltFront.PathAsync(), ["logs", "-f", "broken", "--control", Socket], folder.Path, new Dictionary<string, string>());
        await follower.Output.WaitForAsync("said by broken");
        var before = follower.Output.Lines.Count;
        // logrotate's way: another file from now on.
        File.Move(log, log + ".1");
        server.Signal(10);
        await Patience.UntilAsync(() => File.Exists(log), "there is a new file");
        await server.GetAsync("/broken/again");
        await Patience.UntilAsync(
            () => follower.Output.Lines.Skip(before).Any(static line => line.Contains("said by broken")), "it is followed");
        Assert.DoesNotContain("good", follower.Output.Text, StringComparison.Ordinal);

        var nobody = await FinishedProgram.RunAsync(await BuiltFront.PathAsync(), "logs", "nobody", "--control", Socket);
        Assert.Equal((1, "HP409  there is no application nobody here. There are good, broken.\n"), (nobody.ExitCode, nobody.Errors));
        await server.StopAsync();

        async Task<string> LogsAsync(string app) =>
            await FinishedProgram.OutputOfAsync(await BuiltFront.PathAsync(), "logs", app, "--control", Socket);
    }

    /// <summary>Both print, write to wsgi.errors, and log in a thread that has no request.</summary>
    private void WriteTalkers()
    {
        foreach (var app in new[] { "good", "broken" })
        {
            Write(
                app,
                "import logging, threading\nlogging.basicConfig(format='%(message)s')\n"
                    + "def app(environ, start_response):\n"
                    + $"    print('printed by {app}', flush=True)\n"
                    + $"    environ['wsgi.errors'].write('said by {app}\\n')\n"
                    + $"    other = threading.Thread(target=logging.getLogger('shop').error, args=('logged by {app}',))\n"
                    + "    other.start()\n    other.join()\n"
                    + "    start_response('200 OK', [])\n    return [b'']\n");
        }
    }

    private static string Answers(string text) =>
        $"def app(environ, start_response):\n    start_response('200 OK', [])\n    return [b'{text}']\n";

    private void Write(string app, string code)
    {
        Directory.CreateDirectory(Path.Combine(folder.Path, app));
        folder.Write(Path.Combine(app, "app.py"), code);
    }

    private Task<ServerProcess> StartAsync(params string[] flags) => new ServerCommand("")
    {
        Directory = folder.Path,
        Target = "",
        IsBare = true,
        Flags = ["--control", Socket, .. flags],
    }.StartAsync();

    private async Task<(int Code, string Said)> ReloadAsync(string app)
    {
        var ended = await FinishedProgram.RunAsync(await BuiltFront.PathAsync(), "reload", app, "--control", Socket);
        return (ended.ExitCode, ended.Output + ended.Errors);
    }

    private async Task<string> StatesAsync()
    {
        using var status = JsonDocument.Parse(
            await FinishedProgram.OutputOfAsync(await BuiltFront.PathAsync(), "status", "--json", "--control", Socket));
        return string.Join(", ", status.RootElement.GetProperty("apps").EnumerateArray()
            .Select(static app => $"{app.GetProperty("app")} {app.GetProperty("state")}"));
    }
}
