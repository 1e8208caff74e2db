using Hotplate.Settings;
using Hotplate.Supervision;

namespace Hotplate.Tests.Supervision;

/// <summary>When there are to be more workers, and when fewer.</summary>
public sealed class ElasticPolicyTests
{
    private static readonly TimeSpan s_quarter = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan s_long = TimeSpan.FromMilliseconds(150);
    private readonly ElasticPolicy policy = new(new WorkerSettings { Count = 2, Least = 2, Most = 4 });
    private TimeSpan now = TimeSpan.FromHours(1);

    [Fact]
    public void A_fixed_number_is_no_matter_of_policy() => Assert.True(new ElasticPolicy(new WorkerSettings { Count = 3 }).IsOff);

    [Fact]
    public void Requests_that_go_on_waiting_bring_one_more_at_a_time_up_to_the_most()
    {
        Assert.Equal(2, Sample(2, ready: 2, busy: 2, s_long));
        Assert.Equal(2, Sample(2, ready: 2, busy: 2, s_long));
        Assert.Equal(3, Sample(2, ready: 2, busy: 2, s_long));
        for (var i = 0; i < 20; i++)
        {
            // It still starts.
            Assert.Equal(3, Sample(3, ready: 2, busy: 2, s_long));
        }
        Assert.Equal(4, Sample(3, ready: 3, busy: 3, s_long));
        Assert.Equal(4, Samples(20, 4, ready: 4, busy: 4, s_long));
    }

    [Fact]
    public void A_short_wait_a_single_burst_or_a_free_worker_bring_none()
    {
        Assert.Equal(2, Samples(20, 2, ready: 2, busy: 2, TimeSpan.FromMilliseconds(50)));
        for (var i = 0; i < 10; i++)
        {
            Assert.Equal(2, Sample(2, ready: 2, busy: 2, s_long));
            Assert.Equal(2, Sample(2, ready: 2, busy: 2, TimeSpan.Zero));
        }
        Assert.Equal(2, Samples(20, 2, ready: 2, busy: 1, s_long));
    }

    [Fact]
    public void A_minute_in_which_half_would_have_done_takes_one_down_to_the_least()
    {
        Assert.Equal(4, Samples(240, 4, ready: 4, busy: 1, TimeSpan.Zero));
        Assert.Equal(3, Sample(4, ready: 4, busy: 1, TimeSpan.Zero));
        Assert.Equal(3, Samples(240, 3, ready: 3, busy: 0, TimeSpan.Zero));
        Assert.Equal(2, Sample(3, ready: 3, busy: 0, TimeSpan.Zero));
        Assert.Equal(2, Samples(2000, 2, ready: 2, busy: 0, TimeSpan.Zero));
    }

    [Fact]
    public void Busy_workers_stay_and_so_do_those_that_were_needed_within_the_minute()
    {
        Assert.Equal(4, Samples(2000, 4, ready: 4, busy: 2, TimeSpan.Zero));
        for (var i = 0; i < 10; i++)
        {
            Assert.Equal(4, Sample(4, ready: 4, busy: 4, s_long));
            Assert.Equal(4, Samples(200, 4, ready: 4, busy: 0, TimeSpan.Zero));
        }
    }

    private int Samples(int count, int wanted, int ready, int busy, TimeSpan wait)
    {
        var last = wanted;
        for (var i = 0; i < count && last == wanted; i++)
        {
            last = Sample(wanted, ready, busy, wait);
        }
        return last;
    }

    private int Sample(int wanted, int ready, int busy, TimeSpan wait)
    {
        now += s_quarter;
        return policy.Decide(new WorkforceSample(now, wanted, ready, busy, wait));
    }
}
