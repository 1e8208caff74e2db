namespace Hotplate.Observability;

/// <summary>One number of an application and a route.</summary>
/// <param name="App">Empty: no application's.</param>
/// <param name="Route">Empty: no route's; null: there are none, and no label says so.</param>
/// <param name="Word">The value of the metric's own label.</param>
internal readonly record struct RouteSample(string App, string? Route, string Word, long Value);
