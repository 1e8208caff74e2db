using System.Net;
using System.Net.Sockets;

namespace Hotplate.Tests.Serving;

/// <summary>Where the front listens.</summary>
public sealed class BindTests
{
    [Fact]
    public async Task Several_places_at_once_each_told_in_a_line()
    {
        await using var server = await new ServerCommand("hello") { Flags = ["-b", "127.0.0.1:0", "--bind", "127.0.0.2:0", "-b", ":0"], Binds = 3 }.StartAsync();
        Assert.Equal(3, server.Addresses.Distinct().Count());
        Assert.StartsWith("http://127.0.0.1:", server.Addresses[0], StringComparison.Ordinal);
        Assert.StartsWith("http://127.0.0.2:", server.Addresses[1], StringComparison.Ordinal);
        for (var bind = 0; bind < 3; bind++)
        {
            using var client = await server.ConnectAsync(bind);
            await client.RequestAsync("GET", "/", []);
            Assert.Equal("Hello, World!", (await client.ReadAsync()).Text);
        }
    }

    [Fact]
    public async Task IPv6()
    {
        Assert.SkipUnless(Socket.OSSupportsIPv6 && File.Exists("/proc/net/if_inet6"), "this machine has no IPv6");
        await using var server = await ServerProcess.StartAsync("environ", "-b", "[::1]:0");
        var environ = (await server.GetAsync("/")).Json.GetProperty("environ");
        Assert.Equal("::1", environ.GetProperty("REMOTE_ADDR").GetProperty("value").GetString());
    }

    [Fact]
    public async Task A_Unix_socket_with_its_mode_that_is_gone_afterwards()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("hotplate.sock");
        await using var server = await ServerProcess.StartAsync("environ", "-b", $"unix:{path}?mode=620");
        Assert.Equal($"unix:{path}", Assert.Single(server.Addresses));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupWrite, File.GetUnixFileMode(path));
        var environ = (await server.GetAsync("/")).Json.GetProperty("environ");
        Assert.NotEqual("", environ.GetProperty("SERVER_NAME").GetProperty("value").GetString());
        Assert.NotEqual("", environ.GetProperty("SERVER_PORT").GetProperty("value").GetString());
        await server.StopAsync();
        Assert.False(File.Exists(path), "the socket's file is left behind");
    }

    [Fact]
    public async Task A_socket_file_that_a_killed_server_left_is_no_obstacle()
    {
        using var folder = new TemporaryFolder();
        var bind = $"unix:{folder.File("hotplate.sock")}";
        await using (var first = await ServerProcess.StartAsync("hello", "-b", bind))
        {
            first.Signal(ServerProcess.SIGKILL);
            await first.ExitAsync();
        }
        await using var second = await ServerProcess.StartAsync("hello", "-b", bind);
        Assert.Equal("Hello, World!", (await second.GetAsync("/")).Text);
    }

    [Fact]
    public async Task Beside_HTTP_1_there_may_be_HTTP_2_without_TLS()
    {
        await using var server = await new ServerCommand("hello") { Flags = ["-b", "127.0.0.1:0", "-b", "h2c:127.0.0.1:0"], Binds = 2 }.StartAsync();
        Assert.Equal("Hello, World!", (await server.GetAsync("/")).Text);
        using var http = new Http2Client(server.Addresses[1]);
        var answer = await http.GetAsync("/");
        Assert.Equal((HttpVersion.Version20, "Hello, World!"), (answer.Version, await Http2Client.TextOfAsync(answer)));
    }
}
