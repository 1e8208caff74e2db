namespace Hotplate.Settings;

/// <summary>Which requests a route takes, and what it does with them.</summary>
internal sealed record RouteSettings
{
    /// <summary>The file and line of it, for messages and <c>hotplate routes</c>.</summary>
    public required string Place { get; init; }

    /// <summary>What metrics call it; null: nothing was said.</summary>
    public string? Name { get; init; }

    /// <summary>Any of them; at least one.</summary>
    public IReadOnlyList<HostPattern> Hosts { get; init; } = [HostPattern.Any];

    /// <summary>Any of them; at least one.</summary>
    public IReadOnlyList<PathPattern> Paths { get; init; } = [PathPattern.Any];

    /// <summary>Upper case; empty: every method but those refused.</summary>
    public IReadOnlyList<string> Methods { get; init; } = [];

    /// <summary>Those written with a ! before them.</summary>
    public IReadOnlyList<string> RefusedMethods { get; init; } = [];

    /// <summary>True: https only; false: http only.</summary>
    public bool? Https { get; init; }

    public IReadOnlyList<FieldCondition> Headers { get; init; } = [];

    public IReadOnlyList<FieldCondition> Queries { get; init; } = [];

    public IReadOnlyList<FieldCondition> Cookies { get; init; } = [];

    /// <summary>Null: whoever asks.</summary>
    public ClientCondition? Clients { get; init; }

    public required RouteAction Action { get; init; }

    /// <summary>Cut off the path before the application sees it; empty, or "/prefix" without a slash at its end.</summary>
    public string StripPrefix { get; init; } = "";

    /// <summary>SCRIPT_NAME: cut off like <see cref="StripPrefix"/>, but the application is told.</summary>
    public string Mount { get; init; } = "";

    public HeaderEdits? RequestHeaders { get; init; }

    public HeaderEdits? ResponseHeaders { get; init; }

    /// <summary>Its name, or else its first host, unless that is any, and its first path. Several routes may have the same.</summary>
    public string Label => Name ?? (Hosts[0].IsAny ? Paths[0].Text : Hosts[0] + Paths[0].Text);

    /// <summary>The applications that it leads to.</summary>
    public IEnumerable<string> Apps => Action switch
    {
        RouteAction.Apps apps => apps.Shares.Select(static share => share.App),
        RouteAction.Files { FallbackApp: { } fallback } => [fallback],
        _ => [],
    };

    /// <summary>Whatever must hold beside host and path.</summary>
    public int Conditions =>
        (Methods.Count + RefusedMethods.Count > 0 ? 1 : 0)
        + (Https is null ? 0 : 1)
        + (Clients is null ? 0 : 1)
        + Headers.Count + Queries.Count + Cookies.Count;

    /// <summary>Equal for routes that ask the same beside host and path.</summary>
    public string ConditionKey => string.Join(';', [
        string.Join(',', Methods.Concat(RefusedMethods.Select(static one => "!" + one)).Order(StringComparer.Ordinal)),
        Https?.ToString() ?? "",
        .. Headers.Select(static one => "h" + one.Key.ToLowerInvariant()).Order(StringComparer.Ordinal),
        .. Queries.Select(static one => "q" + one.Key).Order(StringComparer.Ordinal),
        .. Cookies.Select(static one => "c" + one.Key).Order(StringComparer.Ordinal),
        Clients?.Key ?? "",
    ]);
}
