using System.Net;

namespace Hotplate.Settings;

/// <summary>How a list of trusted proxies is written.</summary>
internal static class TrustedProxiesText
{
    /// <exception cref="SettingException">Some part is neither an address nor a network.</exception>
    public static TrustedProxies Parse(string text)
    {
        var parts = text.Split([',', ' '], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return parts is ["*"] ? new TrustedProxies(Everyone: true, []) : new TrustedProxies(Everyone: false, [.. parts.Select(Network)]);
    }

    public static string Show(TrustedProxies proxies) => proxies.Everyone ? "*" : string.Join(',', proxies.Networks.Select(Show));

    private static string Show(IPNetwork network) =>
        network.PrefixLength == network.BaseAddress.GetAddressBytes().Length * 8 ? network.BaseAddress.ToString() : network.ToString();

    private static IPNetwork Network(string part)
    {
        if (part == "*")
        {
            throw new SettingException(ErrorCode.BadNetwork, "* means everyone and stands alone.");
        }
        if (IPAddress.TryParse(part, out var address))
        {
            return new IPNetwork(address, address.GetAddressBytes().Length * 8);
        }
        if (IPNetwork.TryParse(part, out var network))
        {
            return network;
        }
        // 10.0.0.1/8 is refused by the class library, because bits behind the prefix are set: say which network that is.
        var slash = part.IndexOf('/', StringComparison.Ordinal);
        if (slash > 0 && IPAddress.TryParse(part.AsSpan(0, slash), out address) && int.TryParse(part.AsSpan(slash + 1), out var length)
            && length >= 0 && length <= address.GetAddressBytes().Length * 8)
        {
            throw new SettingException(ErrorCode.BadNetwork, $"{part} has bits set behind its /{length}. Did you mean {Masked(address, length)}/{length}?");
        }
        throw new SettingException(ErrorCode.BadNetwork, $"\"{part}\" is neither an address (10.0.0.7) nor a network (10.0.0.0/8).");
    }

    private static IPAddress Masked(IPAddress address, int length)
    {
        var bytes = address.GetAddressBytes();
        for (var bit = length; bit < bytes.Length * 8; bit++)
        {
            bytes[bit / 8] &= (byte)~(0x80 >> (bit % 8));
        }
        return new IPAddress(bytes);
    }
}
