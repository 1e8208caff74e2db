using Hotplate.Observability;
using Hotplate.Workers;

namespace Hotplate.Http;

/// <summary>How many requests got no answer from their application since the server started, by reason. Safe to use from any thread.</summary>
internal sealed class FailureTally
{
    private readonly long[] counts = new long[Enum.GetValues<RequestFailure>().Length];

    /// <summary>Every reason there can be, those that never happened too.</summary>
    internal IEnumerable<FailureCount> All => Enum.GetValues<RequestFailure>()
        .Where(static failure => failure != RequestFailure.None)
        .Select(failure => new FailureCount(FailureRule.Of(failure).Label, FailureRule.Of(failure).Status, Interlocked.Read(ref counts[(int)failure])));

    internal void Count(RequestFailure failure) => Interlocked.Increment(ref counts[(int)failure]);
}
