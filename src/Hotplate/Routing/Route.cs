using Hotplate.Settings;

namespace Hotplate.Routing;

/// <summary>A route of a site, with whatever answers its requests.</summary>
/// <param name="Handler">Null where routes are only looked at: <c>hotplate routes</c>.</param>
internal sealed record Route(RouteSettings Settings, Handler? Handler)
{
    /// <summary>How those of its requests end that no application is asked for. Null where routes are only looked at.</summary>
    internal AnswerTally? Tally { get; init; }

    /// <summary>How often it lets requests pass, where it is no route and a limit; null: it is a route.</summary>
    internal RateLimit? Limit { get; init; }

    /// <summary>The applications that it leads to, as limits count them: those of a share together; empty: to none.</summary>
    internal string AppNames { get; } = string.Join('+', Settings.Apps);

    /// <summary>What is cut off the path before an application sees it; null: nothing.</summary>
    internal Mount? Cut { get; } = (Settings.Mount + Settings.StripPrefix) is { Length: > 0 } prefix ? new Mount(prefix) : null;
}
