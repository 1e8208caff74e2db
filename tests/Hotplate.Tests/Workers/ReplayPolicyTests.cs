using Hotplate.Settings;
using Hotplate.Workers;

namespace Hotplate.Tests.Workers;

/// <summary>What becomes of a request that may run again, when its worker has died.</summary>
public class ReplayPolicyTests
{
    private readonly ReplayPolicy policy = new(new WorkerSettings { Timeout = TimeSpan.FromSeconds(30) });

    [Fact]
    public void It_runs_again_after_a_death_that_is_nobodys_fault() => Assert.Equal(Fate.RunsAgain, Decide());

    [Fact]
    public void It_runs_alone_when_its_worker_may_have_died_of_it() => Assert.Equal(Fate.RunsAlone, Decide(suspected: true));

    [Fact]
    public void It_fails_when_it_had_run_alone() => Assert.Equal(Fate.Failed, Decide(wasAlone: true, suspected: true));

    [Theory]
    [InlineData(1, Fate.RunsAlone)]
    [InlineData(4, Fate.RunsAlone)]
    [InlineData(5, Fate.Failed)]
    public void It_runs_alone_again_when_it_was_killed_from_outside_then(int deaths, object fate) =>
        Assert.Equal(fate, Decide(wasAlone: true, fromOutside: deaths));

    [Theory]
    [InlineData(3, Fate.RunsAgain)]
    [InlineData(4, Fate.RunsAlone)]
    public void It_is_suspected_when_many_of_its_workers_were_killed_from_outside(int deaths, object fate) => Assert.Equal(fate, Decide(fromOutside: deaths));

    [Fact]
    public void It_fails_when_its_time_is_over() => Assert.Equal((Fate.RunsAgain, Fate.Failed), (Decide(after: 29.9), Decide(after: 30)));

    [Fact]
    public void Without_a_limit_its_time_is_never_over() =>
        Assert.False(new ReplayPolicy(new WorkerSettings { Timeout = TimeSpan.Zero }).IsTooLate(0, long.MaxValue - 1));

    private Fate Decide(double after = 1, bool wasAlone = false, bool suspected = false, int fromOutside = 0) =>
        policy.Decide(5_000_000_000, 5_000_000_000 + (long)(after * 1e9), wasAlone, suspected, fromOutside);
}
