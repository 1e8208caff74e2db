using Hotplate.Routing;
using Hotplate.Settings;
using Hotplate.Tests.Workers;

namespace Hotplate.Tests.Routing;

/// <summary>Token buckets in a table that never grows.</summary>
public sealed class RateBucketsTests
{
    private const ulong Somebody = 42;
    private readonly FakeTime time = new();

    [Fact]
    public void As_many_as_the_burst_pass_at_once_and_then_one_each_time_a_token_comes_back()
    {
        var buckets = Make("10/s,burst=3");
        Assert.Equal([true, true, true, false, false], Take(buckets, 5));
        time.Advance(TimeSpan.FromMilliseconds(99));
        Assert.Equal([false], Take(buckets, 1));
        time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal([true, false], Take(buckets, 2));
        time.Advance(TimeSpan.FromMilliseconds(200));
        Assert.Equal([true, true, false], Take(buckets, 3));
    }

    [Fact]
    public void A_bucket_holds_no_more_than_the_burst()
    {
        var buckets = Make("10/s,burst=3");
        Take(buckets, 3);
        time.Advance(TimeSpan.FromDays(300));
        Assert.Equal([true, true, true, false], Take(buckets, 4));
    }

    [Fact]
    public void Whoever_is_refused_is_told_when_the_next_token_comes()
    {
        var buckets = Make("6/m,burst=1");
        Assert.True(buckets.TryTake(Somebody, out var wait));
        Assert.Equal(TimeSpan.Zero, wait);
        Assert.False(buckets.TryTake(Somebody, out wait));
        Assert.Equal(TimeSpan.FromSeconds(10), wait);
        time.Advance(TimeSpan.FromSeconds(4));
        Assert.False(buckets.TryTake(Somebody, out wait));
        Assert.Equal(TimeSpan.FromSeconds(6), wait);
        time.Advance(wait);
        Assert.True(buckets.TryTake(Somebody, out _));
    }

    [Fact]
    public void Those_who_ask_in_vain_push_nothing_away()
    {
        var buckets = Make("1/s,burst=1");
        Take(buckets, 1000);
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal([true], Take(buckets, 1));
    }

    [Fact]
    public void Each_key_has_a_bucket_of_its_own()
    {
        var buckets = Make("1/h", sets: 64);
        Assert.All(Enumerable.Range(1, 64), key => Assert.True(buckets.TryTake((ulong)key << 51, out _)));
        Assert.All(Enumerable.Range(1, 64), key => Assert.False(buckets.TryTake((ulong)key << 51, out _)));
    }

    [Fact]
    public void A_full_table_forgets_full_buckets_first_and_those_that_were_full_for_longest()
    {
        var buckets = Make("1/m");
        // Eight places, of which the first four are full again a minute later.
        Assert.All(Enumerable.Range(1, 4), key => Assert.True(buckets.TryTake((ulong)key, out _)));
        time.Advance(TimeSpan.FromMinutes(1));
        Assert.All(Enumerable.Range(5, 4), key => Assert.True(buckets.TryTake((ulong)key, out _)));
        Assert.All(Enumerable.Range(9, 4), key => Assert.True(buckets.TryTake((ulong)key, out _)));
        // Nobody who is short of tokens was forgotten.
        Assert.All(Enumerable.Range(5, 8), key => Assert.False(buckets.TryTake((ulong)key, out _)));
    }

    [Fact]
    public void Where_all_are_short_of_tokens_a_newcomer_is_let_pass_and_the_one_nearest_to_full_is_forgotten()
    {
        var buckets = Make("1/m");
        for (var key = 1; key <= 8; key++)
        {
            Assert.True(buckets.TryTake((ulong)key, out _));
            time.Advance(TimeSpan.FromSeconds(1));
        }
        Assert.True(buckets.TryTake(9, out _));
        Assert.All(Enumerable.Range(2, 8), key => Assert.False(buckets.TryTake((ulong)key, out _)));
        Assert.True(buckets.TryTake(1, out _));
    }

    [Fact]
    public async Task No_token_is_given_twice_whatever_threads_ask()
    {
        var buckets = Make("1/h,burst=1000", sets: 2);
        var taken = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(
            () => Enumerable.Range(0, 1000).Count(_ => buckets.TryTake(Somebody, out var _)), TestContext.Current.CancellationToken)));
        Assert.Equal(1000, taken.Sum());
    }

    [Fact]
    public void A_token_costs_no_memory()
    {
        var buckets = Make("1000000/s", sets: 64);
        buckets.TryTake(Somebody, out _);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            buckets.TryTake((ulong)i << 51, out _);
        }
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Theory]
    [InlineData("1000000/s")]
    [InlineData("1/d,burst=366")]
    [InlineData("1000000/s,burst=1000000")]
    [InlineData("11400/d,burst=1000000")]
    public void The_longest_and_the_shortest_times_can_be_counted(string rule)
    {
        var buckets = Make(rule);
        var burst = RateRule.Parse(rule)!.Burst;
        Assert.Equal(burst, Enumerable.Range(0, burst + 10).Count(_ => buckets.TryTake(Somebody, out var _)));
    }

    private RateBuckets Make(string rule, int sets = 1) => new(RateRule.Parse(rule)!, sets, time);

    private static IEnumerable<bool> Take(RateBuckets buckets, int times) =>
        [.. Enumerable.Range(0, times).Select(_ => buckets.TryTake(Somebody, out var _))];
}
