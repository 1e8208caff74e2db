namespace Hotplate.Settings;

/// <summary>How a list of hosts is written.</summary>
internal static class HostsText
{
    /// <returns>Empty: any host.</returns>
    /// <exception cref="SettingException">Some part is no host.</exception>
    public static IReadOnlyList<HostPattern> Parse(string text)
    {
        if (text is "any" or "*")
        {
            return [];
        }
        var parts = text.Split([',', ' '], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return parts.Length > 0 ? [.. parts.Select(Read)] : throw Bad(text);
    }

    public static string Show(IReadOnlyList<HostPattern> hosts) => hosts.Count == 0 ? "any" : string.Join(',', hosts);

    private static HostPattern Read(string part)
    {
        try
        {
            // "*" among others would make them idle words; ".example.org" means in Django what "*.example.org" means here, and the name.
            return HostPattern.Parse(part) is { IsAny: false } pattern ? pattern : throw Bad(part);
        }
        catch (SettingException)
        {
            throw Bad(part);
        }
    }

    private static SettingException Bad(string part) => new(ErrorCode.BadHost,
        $"\"{part}\" is no host. A name is needed here (shop.example.org), *.example.org for all names below one, an address (192.0.2.7, "
        + "[2001:db8::7]), with commas between several, or any; no scheme, no port, no path.");
}
