namespace Hotplate.Settings;

/// <summary>Which requests of an application belong together, so that one worker gets them.</summary>
/// <param name="Name">Of the query's argument or the cookie; empty: of the client's address.</param>
internal sealed record AffinityRule(AffinityKind Kind, string Name)
{
    /// <exception cref="SettingException">It is none.</exception>
    public static AffinityRule? Parse(string text)
    {
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        var (word, name) = colon < 0 ? (text, "") : (text[..colon], text[(colon + 1)..]);
        return (word, name.Length > 0) switch
        {
            ("none", false) => null,
            ("client", false) => new AffinityRule(AffinityKind.Client, ""),
            ("query", true) => new AffinityRule(AffinityKind.Query, name),
            ("cookie", true) => new AffinityRule(AffinityKind.Cookie, name),
            _ => throw new SettingException(ErrorCode.BadChoice, "client, query:NAME, cookie:NAME or none is needed, as in query:sid."),
        };
    }

    public override string ToString() =>
        Kind == AffinityKind.Client ? "client" : $"{(Kind == AffinityKind.Query ? "query" : "cookie")}:{Name}";
}

/// <summary>Where what requests have in common stands.</summary>
internal enum AffinityKind : byte
{
    Client,
    Query,
    Cookie,
}
