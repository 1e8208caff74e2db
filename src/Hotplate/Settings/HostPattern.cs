using System.Globalization;

namespace Hotplate.Settings;

/// <summary>Which hosts a route is for: one name, all names below one, or any.</summary>
/// <param name="Name">
/// Lower case, ASCII, without a dot at its end; of <c>*.example.org</c> it is <c>example.org</c>; of <c>*</c> it is empty.
/// </param>
/// <param name="IsWildcard">The names below it, at any depth; not the name itself.</param>
internal sealed record HostPattern(string Name, bool IsWildcard)
{
    // RFC 1035 §2.3.4: 255 octets on the wire, which are 253 characters.
    internal const int LongestName = 253;

    internal static HostPattern Any { get; } = new("", IsWildcard: true);

    internal bool IsAny => Name.Length == 0;

    /// <exception cref="SettingException">It is none.</exception>
    internal static HostPattern Parse(string text)
    {
        if (text == "*")
        {
            return Any;
        }
        var isWildcard = text.StartsWith("*.", StringComparison.Ordinal);
        var name = (isWildcard ? text[2..] : text).TrimEnd('.');
        if (name.StartsWith('[') && System.Net.IPAddress.TryParse(name.Trim('[', ']'), out var address) && !isWildcard)
        {
            return new HostPattern($"[{address}]", IsWildcard: false);
        }
        if (name.Contains("://", StringComparison.Ordinal) || name.Contains('/', StringComparison.Ordinal))
        {
            throw Bad("a host has no scheme and no path: the path has a key of its own.");
        }
        if (name.Contains(':', StringComparison.Ordinal))
        {
            throw Bad("a port is no part of a host here: a route is for every port that is listened at.");
        }
        if (name.Contains('*', StringComparison.Ordinal))
        {
            throw Bad("a star stands for whole labels at the beginning, as in *.example.org, or alone.");
        }
        try
        {
            // Browsers send names such as müller.example in this form.
            name = new IdnMapping { AllowUnassigned = true }.GetAscii(name).ToLowerInvariant();
        }
        catch (ArgumentException)
        {
            name = "";
        }
        return name.Length is > 0 and <= LongestName && name.All(IsOfName) && !name.Split('.').Contains("")
            ? new HostPattern(name, isWildcard)
            : throw Bad("a name such as shop.example.org, *.example.org or * is needed here.");
    }

    public override string ToString() => IsAny ? "*" : IsWildcard ? "*." + Name : Name;

    private static bool IsOfName(char one) => char.IsAsciiLetterOrDigit(one) || one is '-' or '.' or '_';

    private static SettingException Bad(string what) => new(ErrorCode.BadKeyValue, what);
}
