using Hotplate.Workers;

namespace Hotplate.Tests.Workers;

public class RequestQueueTests
{
    private const int Fast = 60;
    private const int Slow = 5_000;
    private int clock;

    [Fact]
    public void With_weight_1_it_is_one_line()
    {
        var queue = new RequestQueue(100, fastWeight: 1);
        var expected = Enumerable.Range(0, 20).Select(i => Enqueue(queue, i % 3 == 0 ? Slow : Fast)).ToArray();

        Assert.Equal(expected, TakeAll(queue));
    }

    [Fact]
    public void Within_a_class_the_first_to_come_is_the_first_to_go()
    {
        var queue = new RequestQueue(100, fastWeight: 4);
        var all = Enumerable.Range(0, 20).Select(i => Enqueue(queue, i % 3 == 0 ? Slow : Fast)).ToArray();

        var taken = TakeAll(queue);

        Assert.Equal(all.Where(e => e.Predicted == Fast), taken.Where(e => e.Predicted == Fast));
        Assert.Equal(all.Where(e => e.Predicted == Slow), taken.Where(e => e.Predicted == Slow));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(8)]
    public void While_both_wait_the_fast_get_their_weight_in_run_time(int weight)
    {
        var queue = new RequestQueue(100_000, weight);
        for (var i = 0; i < 20_000; i++)
        {
            Enqueue(queue, 500);
            Enqueue(queue, Slow);
        }

        var taken = Enumerable.Range(0, 10_000).Select(_ => Take(queue)).ToArray();

        var fast = taken.Where(e => e.Predicted == 500).Sum(e => (double)e.Predicted);
        var slow = taken.Where(e => e.Predicted == Slow).Sum(e => (double)e.Predicted);
        Assert.Equal(weight, fast / slow, tolerance: 0.05 * weight);
    }

    [Fact]
    public void Fast_ones_that_never_stop_coming_do_not_starve_the_slow()
    {
        var queue = new RequestQueue(100, fastWeight: 4);
        var slow = Enqueue(queue, Slow);
        var fastBefore = 0;
        for (Enqueue(queue, Fast); Take(queue) != slow; Enqueue(queue, Fast))
        {
            fastBefore++;
        }
        var second = Enqueue(queue, Slow);
        for (Enqueue(queue, Fast); Take(queue) != second; Enqueue(queue, Fast))
        {
            fastBefore++;
        }

        Assert.InRange(fastBefore, 1, 2 * 4 * Slow / Fast);
    }

    [Fact]
    public void A_fast_one_that_comes_while_only_slow_ones_wait_goes_before_most_of_them()
    {
        var queue = new RequestQueue(100, fastWeight: 4);
        for (var i = 0; i < 20; i++)
        {
            Enqueue(queue, Slow);
        }
        Take(queue);
        Take(queue);

        var fast = Enumerable.Range(0, 5).Select(_ => Enqueue(queue, Fast)).ToArray();

        Assert.Equal(fast, Enumerable.Range(0, 5).Select(_ => Take(queue)));
    }

    [Fact]
    public void A_class_that_did_not_wait_has_no_claim_for_that_time()
    {
        var queue = new RequestQueue(1_000, fastWeight: 4);
        for (var i = 0; i < 100; i++)
        {
            Enqueue(queue, 500);
            Take(queue);
        }
        Enumerable.Range(0, 10).ToList().ForEach(_ => Enqueue(queue, Slow));
        Enumerable.Range(0, 100).ToList().ForEach(_ => Enqueue(queue, 500));

        var firstTwenty = Enumerable.Range(0, 82).Select(_ => Take(queue)).ToArray();

        Assert.Equal(2, firstTwenty.Count(e => e.Predicted == Slow));
    }

    [Fact]
    public void One_that_is_put_back_stands_where_its_age_puts_it_and_is_charged_once()
    {
        var queue = new RequestQueue(100, fastWeight: 4);
        var all = Enumerable.Range(0, 6).Select(_ => Enqueue(queue, Fast)).ToArray();
        var taken = new[] { Take(queue), Take(queue), Take(queue) };
        foreach (var exchange in new[] { taken[1], taken[2], taken[0] })
        {
            queue.PutBack(exchange);
        }

        Assert.Equal(6, queue.Count);
        Assert.Equal(all, TakeAll(queue));
    }

    [Fact]
    public void It_takes_no_more_than_it_holds_but_takes_back_what_it_gave()
    {
        var queue = new RequestQueue(2, fastWeight: 4);
        Enqueue(queue, Fast);
        Enqueue(queue, Fast);
        Assert.False(queue.TryEnqueue(new Errand(3)));

        var taken = Take(queue);
        Enqueue(queue, Fast);
        queue.PutBack(taken);

        Assert.Equal(3, queue.Count);
    }

    [Fact]
    public void Those_that_came_before_a_time_expire_in_both_classes()
    {
        var queue = new RequestQueue(100, fastWeight: 4);
        var old = new[] { Enqueue(queue, Fast), Enqueue(queue, Slow), Enqueue(queue, Fast) };
        var deadline = clock + 1;
        var young = Enqueue(queue, Fast);

        var expired = new HashSet<Exchange>();
        while (queue.TryTakeExpired(deadline) is { } exchange)
        {
            expired.Add(exchange);
        }

        Assert.Equal(old.ToHashSet<Exchange>(), expired);
        Assert.Same(young, Take(queue));
    }

    [Fact]
    public void One_that_leaves_leaves_the_others_in_order()
    {
        var queue = new RequestQueue(100, fastWeight: 4);
        var all = Enumerable.Range(0, 5).Select(_ => Enqueue(queue, Fast)).ToArray();
        queue.Remove(all[4]);
        queue.Remove(all[0]);
        queue.Remove(all[2]);

        Assert.Equal([all[1], all[3]], TakeAll(queue));
    }

    private Exchange Enqueue(RequestQueue queue, int predicted)
    {
        var exchange = new Errand(++clock) { Predicted = predicted, SubmittedAt = clock, WaitsSince = clock };
        Assert.True(queue.TryEnqueue(exchange));
        return exchange;
    }

    private static Exchange Take(RequestQueue queue)
    {
        var exchange = queue.Peek(out _)!;
        queue.Take(exchange);
        return exchange;
    }

    private static List<Exchange> TakeAll(RequestQueue queue)
    {
        var all = new List<Exchange>();
        while (queue.Count > 0)
        {
            all.Add(Take(queue));
        }
        return all;
    }
}
