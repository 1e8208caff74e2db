using System.Globalization;
using Hotplate.Workers;

namespace Hotplate.Supervision;

/// <summary>Whether a new generation does worse than the old one beside it.</summary>
internal static class CanaryRule
{
    /// <summary>So many answers and a fifth more of all 5xx: chance does not do that, so nobody waits for the end.</summary>
    private const int Few = 20;
    private const double PlainlyMore = 0.2;

    /// <summary>With fewer answers than these of either, the slowest of a hundred says nothing.</summary>
    internal const int EnoughForTime = 100;

    /// <summary>Standard deviations: chance goes so far once in seven hundred trials.</summary>
    private const double Surprising = 3;

    /// <summary>The P99 of one in a hundred requests varies much; less than this is chance, or nothing that a client sees.</summary>
    private const int Slower = 2;
    private const long SlowerByMicroseconds = 10_000;

    /// <summary>Why the new generation is not to go on; null: nothing speaks against it.</summary>
    /// <param name="isOver">The time is over. Before that only what is plain is enough.</param>
    internal static string? Why(AnswerView tried, AnswerView old, bool isOver)
    {
        if (tried.Answers >= Few && tried.ErrorShare > old.ErrorShare + PlainlyMore)
        {
            return "it fails far more often";
        }
        return !isOver ? null : FailsMore(tried, old) ? "it fails more often" : IsSlower(tried, old) ? "it is slower" : null;
    }

    /// <summary>One that fails among others is chance. Of more, whether the two shares could be one and the same: a pooled z-test of two
    /// proportions.</summary>
    private static bool FailsMore(AnswerView tried, AnswerView old)
    {
        if (tried.ServerErrors == 0 || (tried.ServerErrors == 1 && tried.Answers > 1))
        {
            return false;
        }
        if (old.Answers == 0)
        {
            return tried.ErrorShare > PlainlyMore;
        }
        var all = (double)(tried.ServerErrors + old.ServerErrors) / (tried.Answers + old.Answers);
        var deviation = Math.Sqrt(all * (1 - all) * ((1.0 / tried.Answers) + (1.0 / old.Answers)));
        return tried.ErrorShare - old.ErrorShare > Surprising * deviation;
    }

    private static bool IsSlower(AnswerView tried, AnswerView old) =>
        tried.Answers >= EnoughForTime && old.Answers >= EnoughForTime
            && tried.P99 > old.P99 * Slower && tried.P99 - old.P99 > SlowerByMicroseconds;

    /// <summary>"3 of 120 answers 5xx, P99 12.4 ms".</summary>
    internal static string Describe(AnswerView view) => view.Answers == 0
        ? "no answers"
        : string.Create(CultureInfo.InvariantCulture, $"{view.ServerErrors} of {view.Answers} answers 5xx, P99 {view.P99 / 1000.0:0.0} ms")
            + (view.Answers < EnoughForTime ? " (of few)" : "");
}
