using System.Net;

namespace Hotplate.Settings;

/// <summary>The networks whose X-Forwarded-* headers are believed.</summary>
internal sealed record TrustedProxies(bool Everyone, IReadOnlyList<IPNetwork> Networks)
{
    public static TrustedProxies Loopback { get; } = new(false, []) { ThisMachine = true };

    /// <summary>127.0.0.0/8 and ::1. Apart from the networks because it is the default, and asked for every request.</summary>
    public bool ThisMachine { get; init; }

    /// <summary>True when what this peer says about the client may be believed. Null is a Unix socket's peer: trusted when loopback is.</summary>
    public bool Trusts(IPAddress? peer)
    {
        if (Everyone)
        {
            return true;
        }
        if (peer is null)
        {
            return ThisMachine || Networks.Any(network => IPAddress.IsLoopback(network.BaseAddress));
        }
        if (ThisMachine && IPAddress.IsLoopback(peer))
        {
            return true;
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
