using System.Net;
using System.Net.Sockets;
using Hotplate.Http;
using Hotplate.Settings;

namespace Hotplate.Tests.Http;

public sealed class ListenersTests : IDisposable
{
    private readonly string directory = Directory.CreateTempSubdirectory("hotplate").FullName;

    private string SocketPath => Path.Combine(directory, "front.sock");

    public void Dispose() => Directory.Delete(directory, recursive: true);

    [Fact]
    public async Task The_port_that_the_kernel_chose_is_told()
    {
        await using var front = await FrontWithoutWorkers.StartAsync(null, "", Tcp(0), Tcp(0));

        var addresses = front.Listeners.Addresses.ToArray();
        Assert.Equal(2, addresses.Length);
        Assert.All(addresses, address => Assert.Matches("^http://127.0.0.1:[1-9][0-9]+$", address));
        Assert.NotEqual(addresses[0], addresses[1]);
    }

    [Fact]
    public async Task A_busy_port_is_told_with_its_owner()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var port = ((IPEndPoint)other.LocalEndpoint).Port;

        var error = await Assert.ThrowsAsync<ListenException>(() => FrontWithoutWorkers.StartAsync(null, "", Tcp(port)));

        Assert.StartsWith($"HP301  127.0.0.1:{port}: the port is in use by ", error.Message, StringComparison.Ordinal);
        Assert.Contains($"(process {Environment.ProcessId})", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_address_of_another_machine_is_told()
    {
        var bind = new BindAddress { Text = "192.0.2.1:8000", EndPoint = new IPEndPoint(IPAddress.Parse("192.0.2.1"), 8000) };
        var error = await Assert.ThrowsAsync<ListenException>(() => FrontWithoutWorkers.StartAsync(null, "", bind));
        Assert.StartsWith("HP303  192.0.2.1:8000: this machine has no such address.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_Unix_socket_gets_its_mode_and_leaves_no_file()
    {
        const UnixFileMode mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite;
        await using (var front = await FrontWithoutWorkers.StartAsync(null, "", Unix(mode)))
        {
            Assert.Equal(["unix:" + SocketPath], front.Listeners.Addresses);
            Assert.Equal(mode, File.GetUnixFileMode(SocketPath));
            Assert.Equal(FrontWithoutWorkers.WouldReachTheApplication, (await GetAsync()).Only.Status);
        }
        Assert.False(File.Exists(SocketPath));
    }

    [Fact]
    public async Task A_socket_file_that_nobody_listens_on_is_replaced()
    {
        using (var dead = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            dead.Bind(new UnixDomainSocketEndPoint(SocketPath));
            File.Move(SocketPath, SocketPath + ".kept");
        }
        File.Move(SocketPath + ".kept", SocketPath);

        await using var front = await FrontWithoutWorkers.StartAsync(null, "", Unix());
        Assert.Equal(FrontWithoutWorkers.WouldReachTheApplication, (await GetAsync()).Only.Status);
    }

    [Fact]
    public async Task A_live_socket_is_left_alone()
    {
        await using var first = await FrontWithoutWorkers.StartAsync(null, "", Unix());
        var error = await Assert.ThrowsAsync<ListenException>(() => FrontWithoutWorkers.StartAsync(null, "", Unix()));
        Assert.StartsWith("HP305  unix:", error.Message, StringComparison.Ordinal);
        Assert.Equal(FrontWithoutWorkers.WouldReachTheApplication, (await GetAsync()).Only.Status);
    }

    [Fact]
    public async Task A_file_that_is_no_socket_is_left_alone()
    {
        await File.WriteAllTextAsync(SocketPath, "precious", TestContext.Current.CancellationToken);
        var error = await Assert.ThrowsAsync<ListenException>(() => FrontWithoutWorkers.StartAsync(null, "", Unix()));
        Assert.StartsWith("HP306  unix:", error.Message, StringComparison.Ordinal);
        Assert.Equal("precious", await File.ReadAllTextAsync(SocketPath, TestContext.Current.CancellationToken));
    }

    private static BindAddress Tcp(int port) => new() { Text = $"127.0.0.1:{port}", EndPoint = new IPEndPoint(IPAddress.Loopback, port) };

    private BindAddress Unix(UnixFileMode? mode = null) => new() { Text = "unix:" + SocketPath, UnixPath = SocketPath, UnixMode = mode };

    private async Task<RawAnswers> GetAsync()
    {
        using var client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await client.ConnectAsync(new UnixDomainSocketEndPoint(SocketPath), TestContext.Current.CancellationToken);
        await using var stream = new NetworkStream(client);
        return await RawAnswers.ExchangeAsync(stream, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"u8.ToArray());
    }
}
