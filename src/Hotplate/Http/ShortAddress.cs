using System.Net;
using System.Net.Sockets;

namespace Hotplate.Http;

/// <summary>A client's address without what tells it from its neighbours, for logs that are kept.</summary>
internal static class ShortAddress
{
    // What is left is the smallest network of IPv4 that is routed by itself, and what an IPv6 site has.
    private const int OctetsOfIpv4 = 3;
    private const int OctetsOfIpv6 = 6;

    /// <summary>Of IPv4 the /24, of IPv6 the /48. What is no address stays as it is: a Unix socket's peer has none.</summary>
    internal static string Of(string address)
    {
        if (!IPAddress.TryParse(address, out var whole))
        {
            return address;
        }
        whole = whole.IsIPv4MappedToIPv6 ? whole.MapToIPv4() : whole;
        Span<byte> octets = stackalloc byte[16];
        _ = whole.TryWriteBytes(octets, out var count);
        octets[(whole.AddressFamily == AddressFamily.InterNetwork ? OctetsOfIpv4 : OctetsOfIpv6)..].Clear();
        return new IPAddress(octets[..count]).ToString();
    }
}
