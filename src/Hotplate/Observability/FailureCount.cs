namespace Hotplate.Observability;

/// <summary>How many requests got no answer from their application, for one reason.</summary>
/// <param name="Reason">A word for metrics.</param>
/// <param name="Status">What their clients got; 499: nothing, they had left.</param>
internal sealed record FailureCount(string Reason, int Status, long Count);
