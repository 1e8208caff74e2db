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

    public static string Show(TrustedProxies proxies) => proxies.Everyone ? "*" : proxies.ThisMachine ? "127.0.0.0/8,::1" : string.Join(',', proxies.Networks.Select(Show));

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
        throw new SettingException(ErrorCode.BadNetwork, $"\"{part}\" is neither an address (10.0.0.7) nor a network (10.0.0.0/8).");
    }
}
