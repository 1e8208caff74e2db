using Hotplate.Observability;
using Hotplate.Routing;
using Hotplate.Sites;
using Hotplate.Workers;

namespace Hotplate.Http;

/// <summary>How requests have ended, in the words of metrics.</summary>
internal static class AnswerReport
{
    private static readonly RequestFailure[] s_reasons =
        [.. Enum.GetValues<RequestFailure>().Where(static failure => failure != RequestFailure.None)];

    /// <param name="unrouted">Those that no route took.</param>
    /// <returns>One for each application and route of the site; <paramref name="unrouted"/> first.</returns>
    internal static IReadOnlyList<AnswerCounts> Of(Site site, AnswerTally unrouted) => [Of(unrouted), .. site.Tallies.All.Select(Of)];

    private static AnswerCounts Of(AnswerTally tally) => new(
        tally.App, tally.Route, [.. Enumerable.Range(0, 6).Select(tally.Answers)],
        [.. s_reasons.Select(reason => new FailureCount(FailureRule.Of(reason).Label, FailureRule.Of(reason).Status, tally.Failed(reason)))]);
}
