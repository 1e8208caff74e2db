using System.Net;
using System.Net.Sockets;
using System.Text;
using Hotplate.Settings;

namespace Hotplate.Cli;

/// <summary>Asks a site for its first page, as a browser would.</summary>
internal static class SiteQuestion
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <returns>What it said; false: it did not answer.</returns>
    public static (bool Answered, string Words) Ask(BindAddress bind, string mount)
    {
        EndPoint? place = bind.UnixPath is { } path ? new UnixDomainSocketEndPoint(path.Replace('@', '\0'))
            : bind.EndPoint is { } at ? new IPEndPoint(at.Address.Equals(IPAddress.Any) ? IPAddress.Loopback : at.Address.Equals(IPAddress.IPv6Any) ? IPAddress.IPv6Loopback : at.Address, at.Port) : null;
        if (place is null || bind.Http2)
        {
            return (true, $"It was not asked itself: {bind.Text} is not for this.");
        }
        try
        {
            using var socket = new Socket(place.AddressFamily, SocketType.Stream, ProtocolType.Unspecified);
            socket.ReceiveTimeout = (int)Patience.TotalMilliseconds;
            socket.Connect(place);
            socket.Send(Encoding.ASCII.GetBytes($"GET {mount}/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"));
            var answer = new byte[4096];
            var n = socket.Receive(answer);
            var line = Encoding.Latin1.GetString(answer, 0, n).Split('\r')[0];
            return line.StartsWith("HTTP/1.1 ", StringComparison.Ordinal)
                ? (true, $"Asked for {mount}/ at {bind.Text}, the site answered: {line["HTTP/1.1 ".Length..]}")
                : (false, $"HP542  asked for {mount}/ at {bind.Text}, it gave no answer.");
        }
        catch (SocketException error)
        {
            return (false, $"HP542  asked for {mount}/ at {bind.Text}, it did not answer: {error.Message}.");
        }
    }
}
