using System.Net;
using System.Net.Sockets;
using Hotplate.Tests.Control;
using Hotplate.Tests.House;

namespace Hotplate.Tests.Serving;

/// <summary>
/// What there is one of for two processes: the control socket, the pid file, the port of the metrics. That one of them cannot be had costs
/// neither an upgrade nor the other two.
/// </summary>
public sealed class UpgradeNamesTests : IDisposable
{
    private const int USR2 = 12;

    /// <summary>Plays a new program up to its turn, does something, and is gone.</summary>
    private const string Dying = """
        #!/usr/bin/python3
        import json, os, shutil, socket, sys
        if sys.argv[1:] == ["--version"]:
            print("hotplate 9.9.9")
            sys.exit()
        other = socket.socket(fileno=json.loads(os.environ["HOTPLATE_HANDOVER"])["channel"])
        other.sendall(b"ready\n")
        assert other.recv(3) == b"go\n"
        pid, control = PID, CONTROL
        DOES
        os._exit(9)
        """;

    /// <summary>When it is imported it removes what a file names, which the new program has looked at by then.</summary>
    private const string App = """
        import os, shutil
        if os.path.exists("remove"):
            shutil.rmtree(open("remove").read(), ignore_errors=True)

        def app(environ, start_response):
            start_response("200 OK", [])
            return [b"Hello, World!"]
        """;

    private readonly TemporaryFolder folder = new();

    private string Control => folder.File("names/control/socket");

    private string Pid => folder.File("names/pid/file");

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task What_is_gone_when_a_new_program_has_failed_at_its_turn_is_made_again()
    {
        await using var server = await StartAsync();
        await FailAsync("os.unlink(pid); os.unlink(control)");
        Assert.Equal(server.Pid, PidIn());
        Assert.Equal(server.Pid, await ServingAsync());
        await ServesAsync(server);
        await server.StopAsync();
        Assert.All([Pid, Control], left => Assert.False(File.Exists(left), $"{left} is left behind"));
    }

    [Theory]
    [InlineData("pid", "HP403  --pid ")]
    [InlineData("control", "HP401  --control ")]
    public async Task What_cannot_be_made_again_is_told_and_the_rest_is(string gone, string error)
    {
        await using var server = await StartAsync();
        await FailAsync($"shutil.rmtree(os.path.dirname({gone}))");
        await server.Errors.WaitForAsync($"upgrade: {error}");
        if (gone == "pid")
        {
            Assert.Equal(server.Pid, await ServingAsync());
        }
        else
        {
            Assert.Equal(server.Pid, PidIn());
        }
        await ServesAsync(server);
        await server.StopAsync();
    }

    [Theory]
    [InlineData("pid", "HP403  --pid ")]
    [InlineData("control", "HP401  --control ")]
    public async Task A_new_program_does_without_what_it_cannot_have_when_it_is_its_turn(string gone, string error)
    {
        await using var server = await StartAsync();
        folder.Write("remove", folder.File($"names/{gone}"));
        server.Signal(USR2);
        await Patience.UntilAsync(() => !server.IsRunning, "the old one has ended");
        await server.Errors.WaitForAsync($"upgrade: {error}");
        var next = gone == "pid" ? await ServingAsync() : PidIn();
        Assert.NotEqual(server.Pid, next);
        await ServesAsync(server);
        server.Signal(ServerProcess.SIGTERM, next);
        await server.NothingLeftAsync();
    }

    [Fact]
    public async Task What_it_sees_that_it_cannot_have_before_changes_nothing()
    {
        await using var server = await StartAsync();
        Directory.Delete(folder.File("names/pid"), recursive: true);
        var ended = await ClientCommand.RunAsync("upgrade", "--control", Control);
        Assert.Equal(1, ended.ExitCode);
        Assert.Contains($"--pid {Pid}: there is no folder", ended.Errors, StringComparison.Ordinal);
        Assert.Equal(server.Pid, await ServingAsync());
        await ServesAsync(server);
        await server.StopAsync();
    }

    private string Metrics { get; } = FreeAddress();

    private int PidIn() => int.Parse(File.ReadAllText(Pid), null);

    private async Task<int> ServingAsync() => (await ClientCommand.JsonAsync("status", "--control", Control)).GetProperty("pid").GetInt32();

    private async Task ServesAsync(ServerProcess server)
    {
        Assert.Equal("Hello, World!", (await server.GetAsync("/")).Text);
        using var http = new HttpClient();
        var page = await http.GetStringAsync(new Uri($"http://{Metrics}/metrics"), TestContext.Current.CancellationToken);
        Assert.Contains("hotplate_workers", page, StringComparison.Ordinal);
    }

    private async Task FailAsync(string does)
    {
        var link = folder.File("hotplate");
        File.Delete(link);
        File.WriteAllText(link, Dying.Replace("DOES", does, StringComparison.Ordinal)
            .Replace("PID, CONTROL", $"\"{Pid}\", \"{Control}\"", StringComparison.Ordinal));
        File.SetUnixFileMode(link, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var ended = await ClientCommand.RunAsync("upgrade", "--control", Control);
        Assert.StartsWith("HP523", ended.Errors, StringComparison.Ordinal);
        Assert.Equal(9, ended.ExitCode);
    }

    private async Task<ServerProcess> StartAsync()
    {
        var link = folder.File("hotplate");
        File.CreateSymbolicLink(link, await BuiltFront.PathAsync());
        folder.Write("app.py", App);
        foreach (var name in new[] { Pid, Control })
        {
            Directory.CreateDirectory(Path.GetDirectoryName(name)!);
        }
        string[] names = ["--control", Control, "--pid", Pid, "--metrics", Metrics];
        var server = ServerProcess.Launch(
            link, ["serve", "app:app", "-w", "1", "--python", Pythons.Usual, "-b", "127.0.0.1:0", .. names], folder.Path,
            new Dictionary<string, string> { ["HOTPLATE_HOME"] = Repository.Root });
        await server.ListeningAsync();
        return server;
    }

    private static string FreeAddress()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return socket.LocalEndPoint!.ToString()!;
    }
}
