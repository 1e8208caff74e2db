using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Hotplate.Control;

/// <summary>Who is at the other end of a Unix socket, as the kernel noted when it was connected: unix(7), SO_PEERCRED.</summary>
internal static class PeerUser
{
    private const int SOL_SOCKET = 1;
    private const int SO_PEERCRED = 17;

    internal static uint Of(Socket socket)
    {
        // struct ucred: pid, uid, gid.
        Span<byte> credentials = stackalloc byte[12];
        socket.GetRawSocketOption(SOL_SOCKET, SO_PEERCRED, credentials);
        return MemoryMarshal.Read<uint>(credentials[4..]);
    }
}
