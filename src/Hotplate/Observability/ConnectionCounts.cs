namespace Hotplate.Observability;

/// <summary>Connections of clients at one moment.</summary>
/// <param name="Open">How many there are.</param>
/// <param name="Most">How many there may be.</param>
/// <param name="PassedOver">How many were closed as they came, since there was no room, since the server started.</param>
/// <param name="SentAway">How many were ended to make room, by what they were about.</param>
internal sealed record ConnectionCounts(int Open, int Most, long PassedOver, IReadOnlyList<(string State, long Count)> SentAway)
{
    /// <summary>How many were closed for what they said in the PROXY protocol, by why; empty: it is not spoken.</summary>
    public IEnumerable<KeyValuePair<string, long>> ProxyRefusals { get; init; } = [];
}
