using Hotplate.Tests.Control;
using Hotplate.Tests.House;

namespace Hotplate.Tests.Serving;

/// <summary>The program that is on the disk is put in the place of the running one, or nothing changes. Under load: tests/chaos/upgrades.py.</summary>
/// <remarks>One that fails late: LateUpgradeTests.</remarks>
public sealed class UpgradeTests : IDisposable
{
    private const int USR2 = 12;
    private readonly ReplaceableServer site = new();

    private TemporaryFolder Folder => site.Folder;

    private string Control => site.Control;

    private string PidFile => site.PidFile;

    public void Dispose() => site.Dispose();

    [Fact]
    public async Task Another_process_serves_and_the_old_one_finishes_what_it_has()
    {
        var path = Folder.File("site.sock");
        await using var server = await site.StartAsync("streaming", "-b", $"unix:{path}?mode=660");
        using var client = await server.ConnectAsync();
        await client.RequestAsync("GET", $"/?n=2&until={Folder.File("go")}", []);
        var head = await client.ReadHeadAsync();
        Assert.Equal("piece 1\n"u8.ToArray(), await client.ReadPieceAsync(head));
        var said = await ClientCommand.OutputAsync("upgrade", "--control", Control);
        var next = site.Pid();
        Assert.NotEqual(server.Pid, next);
        Assert.StartsWith($"process {next} serves: hotplate ", said, StringComparison.Ordinal);
        Assert.Equal(next, (await ClientCommand.JsonAsync("status", "--control", Control)).GetProperty("pid").GetInt32());
        Folder.Write("go");
        Assert.Equal("piece 2\n"u8.ToArray(), await client.ReadPieceAsync(head));
        Assert.Null(await client.ReadPieceAsync(head));
        Assert.True(head.IsComplete);
        await EndedAsync(server);
        Assert.Equal(200, (await server.GetAsync("/?n=1")).Status);
        Assert.True(File.Exists(path), "the socket's file went with the old server");

        // And once more, by signal.
        server.Signal(USR2, next);
        await Patience.UntilAsync(() => File.Exists(PidFile) && site.Pid() != next, "a third process has the pid file");
        Assert.Equal(200, (await server.GetAsync("/?n=1")).Status);
        server.Signal(ServerProcess.SIGTERM, site.Pid());
        await server.NothingLeftAsync();
        Assert.All([path, Control, PidFile], left => Assert.False(File.Exists(left), $"{left} is left behind"));
    }

    [Theory]
    [InlineData("#!/bin/sh\necho no such library >&2\nexit 127\n", 1, "HP522", "no such library")]
    [InlineData("#!/bin/sh\n[ \"$1\" = --version ] && exec echo hotplate 9.9.9\nexit 7\n", 7, "HP523", "ended with exit 7 before it served. This one serves on.")]
    [InlineData("#!/bin/sh\n[ \"$1\" = --version ] && exec echo hotplate 9.9.9\nexec FRONT \"$@\" --no-such-flag\n", 2, "HP523", "HP102")]
    [InlineData("no program", 1, "HP522", "cannot be started")]
    public async Task A_new_program_that_fails_changes_nothing(string program, int code, string error, string words)
    {
        await using var server = await site.StartAsync("hello");
        site.Put(program.Replace("FRONT", await BuiltFront.PathAsync(), StringComparison.Ordinal));
        var ended = await ClientCommand.RunAsync("upgrade", "--control", Control);
        Assert.Equal((code, ""), (ended.ExitCode, ended.Output));
        Assert.StartsWith(error, ended.Errors, StringComparison.Ordinal);
        Assert.Contains(words, ended.Errors, StringComparison.Ordinal);
        await site.SameAsync(server);
    }

    [Fact]
    public async Task An_application_that_no_longer_loads_changes_nothing_and_is_told_with_its_traceback()
    {
        const string works = "def app(environ, start_response):\n    start_response('200 OK', [])\n    return [b'Hello, World!']\n";
        Folder.Write("app.py", works);
        await using var server = await site.StartAsync("");
        Folder.Write("app.py", "import nothing_of_that_name\n");
        var ended = await ClientCommand.RunAsync("upgrade", "--control", Control);
        Assert.Equal(4, ended.ExitCode);
        Assert.Contains("HP201", ended.Errors, StringComparison.Ordinal);
        Assert.Contains("nothing_of_that_name", ended.Errors, StringComparison.Ordinal);
        await site.SameAsync(server);

        server.Signal(USR2);
        await server.Errors.WaitForAsync(static line => line.Contains("upgrade: nothing has changed", StringComparison.Ordinal), 2, "a line for each");
        Folder.Write("app.py", works);
        await ClientCommand.OutputAsync("upgrade", "--control", Control);
        Assert.NotEqual(server.Pid, site.Pid());
    }

    [Fact]
    public async Task A_stop_meanwhile_ends_both()
    {
        await using var server = await site.StartAsync("hello");
        var began = Folder.File("began");
        site.Put($"#!/bin/sh\n[ \"$1\" = --version ] && exec echo hotplate 9.9.9\ntouch {began}\nexec sleep 1000\n");
        server.Signal(USR2);
        await Patience.UntilAsync(() => File.Exists(began), "the new program runs");
        var second = await ClientCommand.RunAsync("upgrade", "--control", Control);
        Assert.StartsWith("HP521  another upgrade is under way", second.Errors, StringComparison.Ordinal);
        await server.StopAsync();
    }

    [Fact]
    public async Task For_systemd_it_stays_one_service()
    {
        var address = Folder.File("notify");
        using var systemd = new NotifyListener(address);
        await using var server = await site.StartAsync("process", new Dictionary<string, string> { ["NOTIFY_SOCKET"] = address, ["WATCHDOG_USEC"] = "400000" });
        var told = await systemd.WaitForAsync("READY=1");
        await ClientCommand.OutputAsync("upgrade", "--control", Control);
        var next = site.Pid();
        told = await systemd.WaitForAsync($"MAINPID={next}", told);
        Assert.Equal($"MAINPID={next}", systemd.Messages[told - 1]);
        told = await systemd.WaitForAsync($"READY=1\nMAINPID={next}\nSTATUS=1 worker serves", told);
        await EndedAsync(server);
        await systemd.WaitForAsync("WATCHDOG=1", systemd.Messages.Count);
        Assert.DoesNotContain(systemd.Messages, static message => message.Contains("STOPPING", StringComparison.Ordinal));
        var environ = (await server.GetAsync("/")).Json.GetProperty("environ");
        Assert.DoesNotContain(environ.EnumerateObject(), static one => one.Name.StartsWith("HOTPLATE_", StringComparison.Ordinal) || one.Name.StartsWith("WATCHDOG_", StringComparison.Ordinal));
        Assert.DoesNotContain("socket:", (await server.GetAsync("/inherited")).Text, StringComparison.Ordinal);
        server.Signal(ServerProcess.SIGTERM, next);
        await systemd.WaitForAsync("STOPPING=1");
        await server.NothingLeftAsync();
    }

    [Fact]
    public async Task What_systemd_passed_and_the_port_of_the_metrics_go_over()
    {
        using var listener = new System.Net.Sockets.Socket(System.Net.Sockets.AddressFamily.InterNetwork, System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Tcp);
        listener.Bind(new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, 0));
        var metrics = listener.LocalEndPoint!.ToString()!;
        listener.Close();
        var front = await site.LinkAsync();
        const string pass = "import os, socket, sys\ns = socket.create_server(('127.0.0.1', 0))\nos.dup2(os.dup2(s.fileno(), 64), 3, True)\n"
            + "os.environ.update(LISTEN_FDS='1', LISTEN_FDNAMES='web', LISTEN_PID=str(os.getpid()))\nos.execv(sys.argv[1], sys.argv[1:])";
        await using var server = ServerProcess.Launch(
            "/usr/bin/python3", ["-c", pass, front, "serve", "app:app", "-w", "1", "--python", Pythons.Usual, "--control", Control, "--pid", PidFile, "--metrics", metrics, "-b", "systemd:web"],
            ServerCommand.FolderOf("hello"), new Dictionary<string, string> { ["HOTPLATE_HOME"] = Repository.Root });
        await server.ListeningAsync();
        await ClientCommand.OutputAsync("upgrade", "--control", Control);
        await EndedAsync(server);
        Assert.Equal("Hello, World!", (await server.GetAsync("/")).Text);
        using var http = new HttpClient();
        Assert.Contains("hotplate_workers", await http.GetStringAsync(new Uri($"http://{metrics}/metrics"), TestContext.Current.CancellationToken), StringComparison.Ordinal);
        server.Signal(ServerProcess.SIGTERM, site.Pid());
        await server.NothingLeftAsync();
    }

    [Fact]
    public async Task Hotplate_dev_is_not_upgraded()
    {
        await using var server = await new ServerCommand("hello") { Verb = "dev", Flags = ["--control", Control] }.StartAsync();
        var ended = await ClientCommand.RunAsync("upgrade", "--control", Control);
        Assert.StartsWith("HP521  hotplate dev", ended.Errors, StringComparison.Ordinal);
    }

    private static Task EndedAsync(ServerProcess server) => Patience.UntilAsync(() => !server.IsRunning, "the old one has ended");
}
