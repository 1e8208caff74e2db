using System.Net;

namespace Hotplate.Settings;

/// <summary>The networks whose X-Forwarded-* headers are believed.</summary>
internal sealed record TrustedProxies(bool Everyone, IReadOnlyList<IPNetwork> Networks)
{
    public static TrustedProxies Loopback { get; } = new(false, [new(new IPAddress([127, 0, 0, 0]), 8), new(IPAddress.IPv6Loopback, 128)]);

    /// <summary>True when what this peer says about the client may be believed. Null is a Unix socket's peer: trusted when loopback is.</summary>
    public bool Trusts(IPAddress? peer)
    {
        if (Everyone)
        {
            return true;
        }
        if (peer is null)
        {
            return Networks.Any(network => IPAddress.IsLoopback(network.BaseAddress));
        }
        var address = peer.IsIPv4MappedToIPv6 ? peer.MapToIPv4() : peer;
        foreach (var network in Networks)
        {
            if (network.Contains(address))
            {
                return true;
            }
        }
        return false;
    }
}
