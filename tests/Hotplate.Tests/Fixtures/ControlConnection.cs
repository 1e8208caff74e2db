using System.Net.Sockets;

namespace Hotplate.Tests.Fixtures;

/// <summary>HTTP with a server on its control socket.</summary>
public static class ControlConnection
{
    public static HttpClient To(string path) => new(new SocketsHttpHandler
    {
        ConnectCallback = async (_, giveUp) =>
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), giveUp);
            return new NetworkStream(socket, ownsSocket: true);
        },
    })
    {
        BaseAddress = new Uri("http://hotplate"),
        Timeout = Patience.Limit,
    };
}
