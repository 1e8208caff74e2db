namespace Hotplate.Settings;

/// <summary>What a route changes in the header fields of a request, or of an answer.</summary>
/// <param name="Set">Each takes the place of all of its name.</param>
/// <param name="Remove">Names.</param>
internal sealed record HeaderEdits(IReadOnlyList<KeyValuePair<string, RouteText>> Set, IReadOnlyList<string> Remove);
