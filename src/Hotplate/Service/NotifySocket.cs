using System.Net.Sockets;
using System.Text;

namespace Hotplate.Service;

/// <summary>The socket at which whoever started the server wants to be told how it does: sd_notify(3).</summary>
/// <remarks>A datagram is one message. What cannot be said is not: the server serves on.</remarks>
internal sealed class NotifySocket : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);
    private readonly Socket socket = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
    private readonly UnixDomainSocketEndPoint address;

    private NotifySocket(UnixDomainSocketEndPoint address, bool waits)
    {
        this.address = address;
        socket.Blocking = waits;
        socket.SendTimeout = (int)Patience.TotalMilliseconds;
    }

    /// <summary>Null: nobody wants to be told, or it is no address of this machine.</summary>
    /// <param name="variable">NOTIFY_SOCKET: a path, or <c>@name</c> for a socket that is no file.</param>
    /// <param name="waits">When the reader is slow, a message waits for a second at most; else it is lost at once.</param>
    internal static NotifySocket? Open(string? variable, bool waits)
    {
        if (variable is not (['/' or '@', _, ..]))
        {
            return null;
        }
        try
        {
            return new NotifySocket(new UnixDomainSocketEndPoint(variable[0] == '@' ? '\0' + variable[1..] : variable), waits);
        }
        catch (Exception error) when (error is ArgumentException or SocketException)
        {
            return null;
        }
    }

    /// <param name="assignments">Lines of NAME=value.</param>
    internal void Tell(string assignments)
    {
        try
        {
            socket.SendTo(Encoding.UTF8.GetBytes(assignments), address);
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // Nobody listens there any more, or does not read.
        }
    }

    public void Dispose() => socket.Dispose();
}
