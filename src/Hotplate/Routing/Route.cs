using Hotplate.Settings;

namespace Hotplate.Routing;

/// <summary>A route of a site, with whatever answers its requests.</summary>
/// <param name="Handler">Null where routes are only looked at: <c>hotplate routes</c>.</param>
internal sealed record Route(RouteSettings Settings, Handler? Handler)
{
    /// <summary>How those of its requests end that no application is asked for. Null where routes are only looked at.</summary>
    internal AnswerTally? Tally { get; init; }

    /// <summary>What is cut off the path before an application sees it; null: nothing.</summary>
    internal Mount? Cut { get; } = (Settings.Mount + Settings.StripPrefix) is { Length: > 0 } prefix ? new Mount(prefix) : null;
}
