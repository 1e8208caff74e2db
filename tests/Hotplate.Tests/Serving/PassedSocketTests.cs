using System.Net;
using System.Net.Sockets;
using Hotplate.Tests.Control;

namespace Hotplate.Tests.Serving;

/// <summary>Sockets that listen before the server does: systemd's (sd_listen_fds(3)) and descriptors that somebody left open.</summary>
public sealed class PassedSocketTests : IDisposable
{
    // As systemd does it: the sockets are 3 and up, the process that is exec'd has this one's number, and whoever keeps them is another.
    private const string PassOn = """
        import os, socket, sys
        kept, names = [], []
        for number, place in enumerate(sys.argv[1].split(",")):
            name, _, where = place.partition("=")
            family = socket.AF_UNIX if where.startswith("/") else socket.AF_INET
            one = socket.socket(family, socket.SOCK_STREAM)
            one.bind(where if family == socket.AF_UNIX else ("127.0.0.1", int(where)))
            if name != "deaf":
                one.listen(64)
            kept.append(one)
            names.append(name)
        high = [os.dup2(one.fileno(), 64 + number, False) for number, one in enumerate(kept)]
        for number, descriptor in enumerate(high):
            os.dup2(descriptor, 3 + number, True)
        os.environ["LISTEN_FDS"], os.environ["LISTEN_FDNAMES"] = str(len(kept)), ":".join(names)
        os.environ["LISTEN_PID"] = str(os.getpid())
        os.execvp(sys.argv[2], sys.argv[2:])
        """;

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Without_a_word_all_of_them_are_listened_at()
    {
        var path = folder.File("site.sock");
        await using var server = await new ServerCommand("hello")
        {
            IsBare = true,
            Binds = 2,
            Through = Passing($"web=0,unix={path}"),
            Environment = new Dictionary<string, string> { ["PORT"] = "1" },
        }.StartAsync();
        Assert.StartsWith("http://127.0.0.1:", server.Addresses[0], StringComparison.Ordinal);
        Assert.Equal($"unix:{path}", server.Addresses[1]);
        for (var bind = 0; bind < 2; bind++)
        {
            using var client = await server.ConnectAsync(bind);
            await client.RequestAsync("GET", "/", []);
            Assert.Equal("Hello, World!", (await client.ReadAsync()).Text);
        }
        await server.StopAsync();
        Assert.True(File.Exists(path), "the file of systemd's socket was removed");
    }

    [Theory]
    [InlineData("fd://4")]
    [InlineData("systemd:second")]
    [InlineData("systemd:second.socket")]
    public async Task One_is_chosen_by_its_number_or_its_name(string bind)
    {
        var path = folder.File("second.sock");
        await using var server = await new ServerCommand("hello") { Flags = ["-b", bind], Through = Passing($"first=0,{(bind.EndsWith(".socket", StringComparison.Ordinal) ? "second.socket" : "second")}={path}") }.StartAsync();
        Assert.Equal($"unix:{path}", Assert.Single(server.Addresses));
        Assert.Equal("Hello, World!", (await server.GetAsync("/")).Text);
    }

    [Theory]
    [InlineData("systemd:nothing", "HP309  systemd:nothing: systemd has passed no socket of that name.")]
    [InlineData("fd://77", "HP309  fd://77: no socket is open by that number.")]
    [InlineData("systemd:deaf", "HP309  systemd:deaf: that socket does not listen")]
    [InlineData("fd://2", "HP109")]
    [InlineData("systemd:", "HP109")]
    public async Task What_is_not_there_or_does_not_listen_is_told(string bind, string message)
    {
        await using var server = await new ServerCommand("hello") { Flags = ["-b", bind], Through = Passing($"deaf={folder.File("deaf.sock")}") }.LaunchAsync();
        await server.Errors.WaitForAsync(message);
        Assert.Equal(message == "HP109" ? 2 : 1, await server.ExitAsync());
    }

    [Fact]
    public async Task A_socket_lives_on_and_is_as_it_was_when_the_server_has_gone()
    {
        using var kept = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        kept.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        kept.Listen(64);
        var place = (IPEndPoint)kept.LocalEndPoint!;
        // The same socket, not another at its port: by way of the process that has it open.
        string[] through = ["/usr/bin/python3", "-c", $"""
            import ctypes, os, sys
            libc = ctypes.CDLL(None, use_errno=True)
            pid = libc.syscall(434, {Environment.ProcessId}, 0)
            one = libc.syscall(438, pid, {kept.Handle}, 0)
            if one < 0: sys.exit(f"pidfd_getfd: {"{"}os.strerror(ctypes.get_errno()){"}"}")
            os.dup2(one, 60, True)
            os.execvp(sys.argv[1], sys.argv[1:])
            """];
        for (var start = 0; start < 2; start++)
        {
            await using var server = await new ServerCommand("hello") { Flags = ["-b", "fd://60"], Through = through }.StartAsync();
            Assert.Equal($"http://{place}", Assert.Single(server.Addresses));
            Assert.Equal("Hello, World!", (await server.GetAsync("/")).Text);
            await server.StopAsync();
            Assert.Equal(new LingerOption(false, 0), kept.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.Linger));
            Assert.NotEqual(0, kept.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.AcceptConnection));
        }
        // Nobody accepts it: the kernel holds it for the next server.
        using var early = await RawClient.ConnectAsync(place);
        await early.RequestAsync("GET", "/", []);
        await using var third = await new ServerCommand("hello") { Flags = ["-b", "fd://60"], Through = through }.StartAsync();
        Assert.Equal("Hello, World!", (await early.ReadAsync()).Text);
    }

    [Fact]
    public async Task The_application_gets_none_of_them()
    {
        await using var server = await new ServerCommand("process") { IsBare = true, Through = Passing($"a=0,b={folder.File("b.sock")}") }.StartAsync();
        Assert.DoesNotContain("socket:", (await server.GetAsync("/inherited")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_check_does_not_ask_for_what_systemd_would_pass()
    {
        var ended = await ClientCommand.RunAsync("check", Path.Combine(ServerCommand.FolderOf("hello"), "app.py"), "--python", Pythons.Usual, "-b", "systemd:shop");
        Assert.True(ended.ExitCode == 0, ended.Output + ended.Errors);
    }

    [Fact]
    public async Task Systemd_itself_passes_them()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/systemd-socket-activate"), "there is no systemd-socket-activate");
        var path = folder.File("activate.sock");
        await using var server = await new ServerCommand("hello")
        {
            Flags = ["-b", "systemd:shop"],
            Through = ["/usr/bin/systemd-socket-activate", "-l", path, "--fdname=shop"],
        }.LaunchAsync();
        await Patience.UntilAsync(() => File.Exists(path), "it listens");
        // The first to come starts the server, and is answered.
        using var client = await RawClient.ConnectAsync(new UnixDomainSocketEndPoint(path));
        await client.RequestAsync("GET", "/", []);
        Assert.Equal("Hello, World!", (await client.ReadAsync()).Text);
        await server.ListeningAsync();
        Assert.Equal($"unix:{path}", Assert.Single(server.Addresses));
    }

    private static string[] Passing(string places) => ["/usr/bin/python3", "-c", PassOn, places];
}
