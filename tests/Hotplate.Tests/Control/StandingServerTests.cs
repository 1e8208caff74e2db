using System.Net.Sockets;
using Hotplate.Control;
using Hotplate.Http;
using Hotplate.Tests.House;

namespace Hotplate.Tests.Control;

/// <summary>A server that stands still, and whose queue of those who connect is full, is a server: whoever looks does not wait for it.</summary>
public sealed class StandingServerTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly List<Socket> sockets = [];
    private readonly string path;

    public StandingServerTests()
    {
        path = folder.File("socket");
        var listener = Add();
        listener.Bind(new UnixDomainSocketEndPoint(path));
        listener.Listen(1);
        for (var full = false; !full;)
        {
            var one = Add();
            one.Blocking = false;
            try
            {
                one.Connect(new UnixDomainSocketEndPoint(path));
            }
            catch (SocketException error) when (error.SocketErrorCode == SocketError.WouldBlock)
            {
                full = true;
            }
        }
    }

    public void Dispose()
    {
        sockets.ForEach(static one => one.Dispose());
        folder.Dispose();
    }

    [Fact]
    public void Its_control_socket_is_not_taken() => Assert.True(ControlSocketFile.Answers(path));

    [Fact]
    public void Its_place_is_in_use() =>
        Assert.StartsWith("HP305", Assert.Throws<ListenException>(() => UnixListener.FindStale(path)).Message, StringComparison.Ordinal);

    private Socket Add()
    {
        var one = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        sockets.Add(one);
        return one;
    }
}
