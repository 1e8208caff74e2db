using Hotplate.Channel;
using Hotplate.Workers;

namespace Hotplate.Tests.Workers;

/// <summary>What lies ready and when answers leave, over handler times and loads: the model of
/// docs/decisions/0009-batches-by-load.md.</summary>
public class BatchRuleTests
{
    [Theory]
    [InlineData(30, 64, 8)]
    [InlineData(70, 64, 7.5)]
    [InlineData(150, 64, 8)]
    [InlineData(300, 64, 8)]
    [InlineData(600, 64, 5)]
    [InlineData(300, 256, 8)]
    [InlineData(900, 256, 3)]
    public void Saturated_workers_wake_the_front_seldom(int handler, int clients, double atLeast)
    {
        var model = new BatchModel(2, handler, batches: true).RunClosed(clients, 20_000);

        Assert.True(model.AnswersPerWakeUp >= atLeast, $"{model.AnswersPerWakeUp:0.0} answers a wake-up");
    }

    [Theory]
    [InlineData(70, 64)]
    [InlineData(300, 64)]
    [InlineData(300, 256)]
    public void No_client_of_a_saturated_server_sees_the_batch(int handler, int clients)
    {
        var batched = new BatchModel(2, handler, batches: true).RunClosed(clients, 20_000);
        var single = new BatchModel(2, handler, batches: false).RunClosed(clients, 20_000);

        Assert.InRange(batched.P50, 0, single.P50 * 1.15);
        Assert.InRange(batched.P99, 0, single.P99 * 1.25);
    }

    [Theory]
    [InlineData(0.3)]
    [InlineData(0.6)]
    [InlineData(0.9)]
    public void Requests_that_come_at_a_constant_rate_wait_no_longer_for_it(double load)
    {
        var batched = new BatchModel(2, 300, batches: true).RunOpen(load, 20_000);
        var single = new BatchModel(2, 300, batches: false).RunOpen(load, 20_000);

        Assert.InRange(batched.P50, 0, single.P50 * 1.1);
        Assert.InRange(batched.P99, 0, single.P99 * 1.15);
    }

    [Fact]
    public void While_nothing_waits_every_answer_goes_at_once()
    {
        var model = new BatchModel(2, 300, batches: true).RunOpen(0.05, 2_000);

        Assert.InRange(model.AnswersPerWakeUp, 1, 1.1);
    }

    [Fact]
    public void What_lies_ready_follows_what_quick_requests_wait_and_stays_within_its_bounds()
    {
        var rule = new BatchRule(null);
        Assert.Equal(BatchRule.Least, rule.ReadyWork);

        Wait(rule, 6_000_000);
        Assert.InRange(rule.ReadyWork, 3_650, 3_750);
        Assert.InRange(rule.ReadyWorkBesideSlow, BatchRule.Least, 751);

        Wait(rule, long.MaxValue);
        Assert.InRange(rule.ReadyWork, 7_900, BatchRule.Most);

        Wait(rule, -1);
        Assert.Equal(BatchRule.Least, rule.ReadyWork);
    }

    [Fact]
    public void A_fixed_amount_stays_what_it_is()
    {
        var rule = new BatchRule(300);

        Wait(rule, 6_000_000);

        Assert.Equal(300, rule.ReadyWork);
        Assert.Equal(300, rule.ReadyWorkBesideSlow);
    }

    [Theory]
    [InlineData(0, 0, false)]
    [InlineData(1, 0, true)]
    [InlineData(1, 2, false)]
    [InlineData(2, 2, true)]
    [InlineData(7, 8, false)]
    public void Answers_leave_when_as_many_have_gathered_as_lie_ready(int answers, int ready, bool leave) =>
        Assert.Equal(leave, HalfBatch.IsFull(answers, ready));

    private static void Wait(BatchRule rule, long nanoseconds)
    {
        for (var i = 0; i < 100; i++)
        {
            rule.Waited(nanoseconds);
        }
    }
}
