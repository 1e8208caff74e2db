namespace Hotplate.Settings;

/// <summary>Whose requests a limit counts together.</summary>
/// <param name="Name">Of the header field, in lower case, or of the cookie; empty: of neither.</param>
internal sealed record LimitKey(LimitKeyKind Kind, string Name)
{
    /// <summary>What is meant where nothing is said.</summary>
    public static LimitKey Client { get; } = new(LimitKeyKind.Client, "");

    /// <exception cref="SettingException">It is none.</exception>
    public static LimitKey Parse(string text)
    {
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        var (word, name) = colon < 0 ? (text, "") : (text[..colon], text[(colon + 1)..]);
        var isNamed = name.Length > 0 && name.All(IsOfToken);
        if (word == "header" && isNamed && name.ToLowerInvariant() is "x-forwarded-for" or "x-real-ip" or "forwarded")
        {
            throw new SettingException(
                ErrorCode.BadKeyValue,
                "whoever asks writes what he likes there. key = \"client\" counts by the address that a trusted proxy forwards.");
        }
        return (word, colon >= 0) switch
        {
            ("client", false) => Client,
            ("app", false) => new LimitKey(LimitKeyKind.App, ""),
            ("all", false) => new LimitKey(LimitKeyKind.All, ""),
            ("header", true) when isNamed => new LimitKey(LimitKeyKind.Header, name.ToLowerInvariant()),
            ("cookie", true) when isNamed => new LimitKey(LimitKeyKind.Cookie, name),
            _ => throw new SettingException(
                ErrorCode.BadKeyValue, "client, header:NAME, cookie:NAME, app or all is needed here, as in header:x-api-key."),
        };
    }

    public override string ToString() => Kind switch
    {
        LimitKeyKind.Header => "header:" + Name,
        LimitKeyKind.Cookie => "cookie:" + Name,
        LimitKeyKind.App => "app",
        LimitKeyKind.All => "all",
        _ => "client",
    };

    // RFC 9110 §5.6.2.
    private static bool IsOfToken(char one) => char.IsAsciiLetterOrDigit(one) || "!#$%&'*+-.^_`|~".Contains(one, StringComparison.Ordinal);
}

/// <summary>What requests that a limit counts together have in common. In the order in which limits are asked: what one client may have
/// is taken before what all share.</summary>
internal enum LimitKeyKind : byte
{
    /// <summary>The address, of IPv6 the /64.</summary>
    Client,

    /// <summary>A header field's value; where there is none, the client.</summary>
    Header,

    /// <summary>A cookie's value; where there is none, the client.</summary>
    Cookie,

    /// <summary>The application that they go to.</summary>
    App,

    /// <summary>Nothing.</summary>
    All,
}
