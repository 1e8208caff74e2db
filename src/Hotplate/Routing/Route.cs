using Hotplate.Settings;

namespace Hotplate.Routing;

/// <summary>A route of a site, with whatever answers its requests.</summary>
/// <param name="Handler">Null where routes are only looked at: <c>hotplate routes</c>.</param>
internal sealed record Route(RouteSettings Settings, Handler? Handler);
