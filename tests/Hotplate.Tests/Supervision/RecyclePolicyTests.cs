using Hotplate.Settings;
using Hotplate.Supervision;

namespace Hotplate.Tests.Supervision;

/// <summary>Which worker is replaced, and when.</summary>
public sealed class RecyclePolicyTests
{
    private const long Mebibyte = 1 << 20;
    private static readonly TimeSpan s_minute = TimeSpan.FromMinutes(1);

    [Fact]
    public void Without_limits_nobody_is()
    {
        var policy = new RecyclePolicy(new RecycleSettings(), seed: 1);
        Assert.True(policy.IsOff);
        Assert.Null(policy.Choose([new WorkerVitals(1, int.MaxValue, TimeSpan.FromDays(1000), long.MaxValue)]));
        Assert.False(policy.IsOverHardLimit(new WorkerVitals(1, 0, s_minute, long.MaxValue)));
    }

    [Theory]
    [InlineData(99, false)]
    [InlineData(100, true)]
    [InlineData(101, true)]
    public void One_that_answered_its_requests_is(int answers, bool replaced)
    {
        var policy = new RecyclePolicy(new RecycleSettings { MaxRequests = 100 }, seed: 1);
        var worn = policy.Choose([new WorkerVitals(1, answers, s_minute, 0)]);
        Assert.Equal(replaced, worn is { Reason: LeaveReason.Requests });
    }

    [Fact]
    public void Jitter_adds_up_to_its_number_and_stays_the_same_for_a_worker()
    {
        var policy = new RecyclePolicy(new RecycleSettings { MaxRequests = 100, MaxRequestsJitter = 50 }, seed: 7);
        var limits = Enumerable.Range(1, 500).Select(policy.MaxRequestsOf).ToList();
        Assert.All(limits, limit => Assert.InRange(limit, 100, 150));
        Assert.True(limits.Distinct().Count() > 40, "they are not spread");
        Assert.Equal(limits, Enumerable.Range(1, 500).Select(policy.MaxRequestsOf));
    }

    [Theory]
    [InlineData(99, 60, false)]
    [InlineData(101, 60, true)]
    [InlineData(101, 9, false)]
    public void One_that_takes_too_much_memory_is_unless_it_has_only_just_started(long mebibytes, int seconds, bool replaced)
    {
        var policy = new RecyclePolicy(new RecycleSettings { MaxWorkerMemory = 100 * Mebibyte }, seed: 1);
        var worn = policy.Choose([new WorkerVitals(1, 0, TimeSpan.FromSeconds(seconds), mebibytes * Mebibyte)]);
        Assert.Equal(replaced, worn is { Reason: LeaveReason.Memory });
    }

    [Fact]
    public void One_over_the_hard_limit_is_told_apart_from_one_over_the_soft_one()
    {
        var policy = new RecyclePolicy(new RecycleSettings { MaxWorkerMemory = 100 * Mebibyte, MaxWorkerMemoryHard = 200 * Mebibyte }, seed: 1);
        Assert.False(policy.IsOverHardLimit(new WorkerVitals(1, 0, s_minute, 150 * Mebibyte)));
        Assert.True(policy.IsOverHardLimit(new WorkerVitals(1, 0, TimeSpan.Zero, 201 * Mebibyte)));
    }

    [Fact]
    public void Age_is_spread_over_the_last_tenth()
    {
        var policy = new RecyclePolicy(new RecycleSettings { MaxWorkerAge = TimeSpan.FromHours(10) }, seed: 3);
        var limits = Enumerable.Range(1, 200).Select(id => policy.MaxAgeOf(id)!.Value).ToList();
        Assert.All(limits, limit => Assert.InRange(limit, TimeSpan.FromHours(9), TimeSpan.FromHours(10)));
        Assert.True(limits.Max() - limits.Min() > TimeSpan.FromMinutes(45), "they are not spread");
        Assert.Null(policy.Choose([new WorkerVitals(1, 0, TimeSpan.FromHours(9), 0)]));
        Assert.Equal(LeaveReason.Age, policy.Choose([new WorkerVitals(1, 0, TimeSpan.FromHours(10), 0)])!.Reason);
    }

    [Fact]
    public void Of_several_the_one_with_most_memory_goes_first_then_the_oldest()
    {
        var settings = new RecycleSettings { MaxRequests = 10, MaxWorkerMemory = 100 * Mebibyte };
        var policy = new RecyclePolicy(settings, seed: 1);
        var worn = new WorkerVitals[]
        {
            new(2, 10, s_minute, 50 * Mebibyte), new(3, 20, s_minute, 50 * Mebibyte), new(4, 0, s_minute, 101 * Mebibyte), new(5, 0, s_minute, 102 * Mebibyte),
        };
        Assert.Equal(5, policy.Choose(worn)!.Worker.Id);
        Assert.Equal(2, policy.Choose(worn[..2])!.Worker.Id);
    }
}
