using System.Net;
using System.Net.Sockets;

namespace Hotplate.Tests.Fixtures;

/// <summary>Ports for programs that must be told theirs.</summary>
/// <remarks>Of those that the kernel gives to nobody who asks for any (ip(7), ip_local_port_range): one of those may be somebody else's before the
/// program has it. Each is asked for once in this process.</remarks>
internal static class FreePorts
{
    private const int First = 20_000;
    private const int Count = 12_000;
    private static int s_next = Environment.ProcessId * 31 % Count;

    /// <summary>A port of 127.0.0.1 that is free.</summary>
    internal static int Take()
    {
        while (true)
        {
            var port = First + ((Interlocked.Increment(ref s_next) & int.MaxValue) % Count);
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
                return port;
            }
            catch (SocketException error) when (error.SocketErrorCode == SocketError.AddressAlreadyInUse)
            {
                // The next one.
            }
        }
    }
}
