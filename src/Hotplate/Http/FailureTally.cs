using Hotplate.Observability;
using Hotplate.Workers;

namespace Hotplate.Http;

/// <summary>How requests have ended since the server started: whole answers by their status, the others by reason, each request once. Safe to use from any thread.</summary>
internal sealed class FailureTally
{
    private readonly long[] counts = new long[Enum.GetValues<RequestFailure>().Length];
    private readonly long[] answers = new long[6];

    /// <summary>Every reason there can be, those that never happened too.</summary>
    internal IEnumerable<FailureCount> All => Enum.GetValues<RequestFailure>()
        .Where(static failure => failure != RequestFailure.None)
        .Select(failure => new FailureCount(FailureRule.Of(failure).Label, FailureRule.Of(failure).Status, Interlocked.Read(ref counts[(int)failure])));

    /// <summary>Answers of the application that were given whole, by the hundreds of their status.</summary>
    internal long Answers(int hundred) => Interlocked.Read(ref answers[hundred]);

    internal void Answered(int status) => Interlocked.Increment(ref answers[Math.Clamp(status / 100, 0, 5)]);

    internal void Count(RequestFailure failure) => Interlocked.Increment(ref counts[(int)failure]);
}
