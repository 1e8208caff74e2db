using Hotplate.Settings;

namespace Hotplate.Routing;

/// <summary>The route that takes a request.</summary>
/// <param name="Route">Null: none does.</param>
/// <param name="Path">Which of its paths; its stars are read by <see cref="PathPattern.Capture"/>, by whoever needs them.</param>
internal readonly record struct RouteMatch(Route? Route, PathPattern Path);
