using Hotplate.Supervision;
using Hotplate.Workers;

namespace Hotplate.Tests.Supervision;

/// <summary>What speaks against a new generation that is tried beside the old one.</summary>
public class CanaryRuleTests
{
    [Theory]
    [InlineData(0, 0, 0, 0, null)]
    [InlineData(50, 0, 950, 0, null)]
    [InlineData(1, 1, 0, 0, "it fails more often")]
    [InlineData(1, 1, 60, 0, "it fails more often")]
    [InlineData(3, 3, 60, 0, "it fails more often")]
    [InlineData(1000, 1, 19000, 0, null)] // one among others is chance
    [InlineData(1000, 2, 19000, 0, "it fails more often")]
    [InlineData(20, 2, 20, 0, null)] // of so few that may be chance
    [InlineData(50, 25, 950, 475, null)]
    [InlineData(50, 30, 950, 475, null)]
    [InlineData(500, 50, 9500, 475, "it fails more often")]
    [InlineData(500, 10, 9500, 475, null)]
    [InlineData(20, 5, 380, 0, "it fails far more often")]
    [InlineData(50, 50, 950, 760, "it fails more often")]
    public void Failures_count_against_it_when_chance_does_not_explain_them(
        long answers, long failed, long oldAnswers, long oldFailed, string? why) =>
        Assert.Equal(why, CanaryRule.Why(new(answers, failed, 1000), new(oldAnswers, oldFailed, 1000), isOver: true));

    [Theory]
    [InlineData(19, 19, null)]
    [InlineData(20, 20, "it fails far more often")]
    [InlineData(20, 4, null)]
    [InlineData(20, 5, "it fails far more often")]
    [InlineData(1000, 100, null)]
    public void Before_the_end_only_what_is_plain_does(long answers, long failed, string? why) =>
        Assert.Equal(why, CanaryRule.Why(new(answers, failed, 9_000_000), new(1000, 0, 1000), isOver: false));

    [Theory]
    [InlineData(100, 40_100, 100, 20_000, "it is slower")]
    [InlineData(100, 40_000, 100, 20_000, null)]
    [InlineData(100, 9_000, 100, 1_000, null)] // 8 ms
    [InlineData(99, 90_000, 100, 20_000, null)]
    [InlineData(100, 90_000, 99, 20_000, null)]
    [InlineData(100, 1_000, 100, 20_000, null)]
    public void Time_counts_with_enough_answers_of_both(long answers, long p99, long oldAnswers, long oldP99, string? why) =>
        Assert.Equal(why, CanaryRule.Why(new(answers, 0, p99), new(oldAnswers, 0, oldP99), isOver: true));
}
