using System.Net;

namespace Hotplate.Settings;

/// <summary>Whose requests a route is for, by address.</summary>
/// <param name="Allowed">Empty: everyone but those refused.</param>
/// <param name="Refused">Those written with a ! before them.</param>
internal sealed record ClientCondition(IReadOnlyList<IPNetwork> Allowed, IReadOnlyList<IPNetwork> Refused)
{
    /// <summary>Equal for conditions that say the same.</summary>
    internal string Key => string.Join(
        ',', Allowed.Select(static one => one.ToString()).Concat(Refused.Select(static one => "!" + one)).Order(StringComparer.Ordinal));

    /// <param name="client">Null is a Unix socket's peer, or not known: in no network.</param>
    internal bool Holds(IPAddress? client)
    {
        if (client is null)
        {
            return Allowed.Count == 0;
        }
        var address = client.IsIPv4MappedToIPv6 ? client.MapToIPv4() : client;
        return !IsIn(Refused, address) && (Allowed.Count == 0 || IsIn(Allowed, address));
    }

    /// <exception cref="SettingException">It is neither an address nor a network.</exception>
    internal static IPNetwork Network(string text)
    {
        // "127" is an address for .NET, and 0.0.0.127 is not what anybody means.
        var looksRight = text.Contains(':', StringComparison.Ordinal) || text.Count(static one => one == '.') == 3;
        if (looksRight && IPAddress.TryParse(text, out var address) && !text.Contains('%', StringComparison.Ordinal))
        {
            return new IPNetwork(address, address.GetAddressBytes().Length * 8);
        }
        if (looksRight && IPNetwork.TryParse(text, out var network))
        {
            return network;
        }
        throw new SettingException(
            ErrorCode.BadKeyValue,
            "an address (10.0.0.7) or a network (10.0.0.0/8, its last bits zero) is needed here.");
    }

    private static bool IsIn(IReadOnlyList<IPNetwork> networks, IPAddress address)
    {
        for (var i = 0; i < networks.Count; i++)
        {
            if (networks[i].Contains(address))
            {
                return true;
            }
        }
        return false;
    }
}
