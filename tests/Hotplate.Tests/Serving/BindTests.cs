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
    public async Task A_Unix_socket_that_another_server_has_taken_since_is_not_removed()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("hotplate.sock");
        await using var first = await ServerProcess.StartAsync("hello", "-b", $"unix:{path}");
        File.Move(path, folder.File("old.sock"));
        await using var second = await ServerProcess.StartAsync("hello", "-b", $"unix:{path}");
        await first.StopAsync();
        Assert.Equal("Hello, World!", (await second.GetAsync("/")).Text);
        await second.StopAsync();
        Assert.False(File.Exists(path), "the socket's file is left behind");
    }

    [Fact]
    public async Task What_lies_where_a_Unix_socket_was_is_not_removed()
    {
        using var folder = new TemporaryFolder();
        var (socket, control, pid) = (folder.File("hotplate.sock"), folder.File("control.sock"), folder.File("pid"));
        await using var server = await ServerProcess.StartAsync("hello", "-b", $"unix:{socket}", "--control", control, "--pid", pid);
        await Patience.UntilAsync(() => File.Exists(control) && File.Exists(pid), "all three are there");
        foreach (var path in (string[])[socket, control, pid])
        {
            File.Delete(path);
            await File.WriteAllTextAsync(path, $"{server.Pid}\n", TestContext.Current.CancellationToken);
        }
        await server.StopAsync();
        Assert.All([socket, control, pid], path => Assert.True(File.Exists(path), $"{path} was removed"));
    }

    [Fact]
    public async Task A_reload_says_when_the_file_of_its_Unix_socket_is_gone()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("hotplate.sock");
        await using var server = await ServerProcess.StartAsync("hello", "-b", $"unix:{path}");
        File.Delete(path);
        server.Signal(1);
        Assert.Contains(path, await server.Errors.WaitForAsync("(HP308)"), StringComparison.Ordinal);
        await server.StopAsync();
    }

    [Fact]
    public async Task A_Unix_socket_without_a_file()
    {
        var name = $"unix:@hotplate-test-{Guid.NewGuid():N}";
        await using var server = await ServerProcess.StartAsync("hello", "-b", name);
        Assert.Equal(name, Assert.Single(server.Addresses));
        Assert.Equal("Hello, World!", (await server.GetAsync("/")).Text);
        await using var second = await new ServerCommand("hello") { Flags = ["-b", name] }.LaunchAsync();
        await second.Errors.WaitForAsync("HP305");
        Assert.Equal(1, await second.ExitAsync());
        await server.StopAsync();
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
