namespace Hotplate.Workers;

/// <summary>The requests waiting for a worker of one app: first come first served among the fast, and among the slow; fair between the two.</summary>
/// <remarks>
/// Start-time fair queueing (Goyal, Vin, Cheng 1996) with two classes. Each has a virtual time that grows by the predicted run time of what it
/// was given, divided by its weight; the class that is behind goes next. With weight 1 it is one line. Guarded by the pool's gate; a waiter
/// leaves by its turn, <see cref="Remove"/>, or <see cref="TryTakeExpired"/>.
/// It also knows how much work it holds, for whoever asks how long one more would wait.
/// </remarks>
internal sealed class RequestQueue(int capacity, int fastWeight)
{
    /// <summary>Predicted run time, in microseconds, from which a request is called slow.</summary>
    internal const int SlowFrom = 1_000;

    private Line fast;
    private Line slow;
    private double virtualTime;

    internal int Count { get; private set; }

    /// <summary>All that wait, in two lines one after the other.</summary>
    internal Exchange[] All()
    {
        var all = new Exchange[Count];
        var count = 0;
        foreach (var first in (ReadOnlySpan<Exchange?>)[fast.First, slow.First])
        {
            for (var at = first; at is not null; at = at.QueueNext)
            {
                all[count++] = at;
            }
        }
        return all;
    }

    /// <summary>What goes before a request that came now, in predicted microseconds. Of routes that nobody knows yet nothing is assumed.</summary>
    internal long WorkBefore(Exchange exchange)
    {
        var all = fast.Work + slow.Work;
        // While both classes wait, the fast one gets fastWeight parts of the work, the slow one one part.
        return Math.Min(all, IsSlow(exchange) ? slow.Work * (fastWeight + 1L) : fast.Work + (fast.Work / fastWeight));
    }

    /// <summary>False when the queue is full.</summary>
    internal bool TryEnqueue(Exchange exchange)
    {
        if (Count >= capacity)
        {
            return false;
        }
        ref var line = ref LineOf(exchange);
        StartLevel(ref line);
        line.InsertBefore(null, exchange);
        Count++;
        return true;
    }

    /// <summary>Puts back one whose turn it was, in order of age within its class. Never refused: it had its place already.</summary>
    internal void PutBack(Exchange exchange)
    {
        ref var line = ref LineOf(exchange);
        StartLevel(ref line);
        line.VirtualTime -= Cost(exchange);
        var next = line.First;
        while (next is not null && next.SubmittedAt <= exchange.SubmittedAt)
        {
            next = next.QueueNext;
        }
        line.InsertBefore(next, exchange);
        Count++;
    }

    /// <summary>Whose turn it is, or null. It stays until <see cref="Take"/>.</summary>
    /// <param name="isDue">False: a slow one that is first only because no fast one waits at this moment. Its class has had its share, so it should
    /// not go before the fast ones that may come in the next moment.</param>
    internal Exchange? Peek(out bool isDue)
    {
        var slowIsDue = slow.First is not null && slow.VirtualTime < fast.VirtualTime;
        if (fast.First is not null && !slowIsDue)
        {
            isDue = true;
            return fast.First;
        }
        isDue = slowIsDue;
        return slow.First;
    }

    /// <summary>Takes one that was peeked.</summary>
    internal void Take(Exchange exchange)
    {
        ref var line = ref LineOf(exchange);
        virtualTime = Math.Max(virtualTime, line.VirtualTime);
        line.VirtualTime += Cost(exchange);
        line.Unlink(exchange);
        Count--;
    }

    /// <summary>Takes one out of turn: its client left.</summary>
    internal void Remove(Exchange exchange)
    {
        LineOf(exchange).Unlink(exchange);
        Count--;
    }

    /// <summary>Takes one that has waited since before <paramref name="deadline"/>, if there is one.</summary>
    internal Exchange? TryTakeExpired(long deadline)
    {
        var expired = FindExpired(fast.First, deadline) ?? FindExpired(slow.First, deadline);
        if (expired is not null)
        {
            Remove(expired);
        }
        return expired;
    }

    /// <summary>The longest wait of those that wait, in nanoseconds; 0 when none does.</summary>
    internal long LongestWait(long now) =>
        Math.Max(fast.First is { } f ? now - f.WaitsSince : 0, slow.First is { } s ? now - s.WaitsSince : 0);

    /// <summary>Lines are in order of age, but for those that a worker died of: they wait anew, in their old place.</summary>
    private static Exchange? FindExpired(Exchange? at, long deadline)
    {
        while (at is { Deaths: > 0 } && at.WaitsSince >= deadline)
        {
            at = at.QueueNext;
        }
        return at?.WaitsSince < deadline ? at : null;
    }

    private bool IsSlow(Exchange exchange) => fastWeight > 1 && exchange.Predicted >= SlowFrom;

    private ref Line LineOf(Exchange exchange)
    {
        if (IsSlow(exchange))
        {
            return ref slow;
        }
        return ref fast;
    }

    private double Cost(Exchange exchange) => IsSlow(exchange) ? exchange.Predicted : exchange.Predicted / (double)fastWeight;

    /// <summary>A class that was empty starts where the one served last began: it has no claim for the time it did not wait, and owes nothing.</summary>
    private void StartLevel(ref Line line)
    {
        if (line.First is null)
        {
            line.VirtualTime = Math.Max(line.VirtualTime, virtualTime);
        }
    }

    private struct Line
    {
        internal Exchange? First;
        internal Exchange? Last;
        internal double VirtualTime;

        /// <summary>In predicted microseconds, as far as anything is known.</summary>
        internal long Work;

        /// <param name="next">Null: at the end.</param>
        internal void InsertBefore(Exchange? next, Exchange exchange)
        {
            Work += Known(exchange);
            var previous = next is null ? Last : next.QueuePrevious;
            exchange.QueueNext = next;
            exchange.QueuePrevious = previous;
            if (previous is null)
            {
                First = exchange;
            }
            else
            {
                previous.QueueNext = exchange;
            }
            if (next is null)
            {
                Last = exchange;
            }
            else
            {
                next.QueuePrevious = exchange;
            }
        }

        internal void Unlink(Exchange exchange)
        {
            Work -= Known(exchange);
            if (exchange.QueuePrevious is null)
            {
                First = exchange.QueueNext;
            }
            else
            {
                exchange.QueuePrevious.QueueNext = exchange.QueueNext;
            }
            if (exchange.QueueNext is null)
            {
                Last = exchange.QueuePrevious;
            }
            else
            {
                exchange.QueueNext.QueuePrevious = exchange.QueuePrevious;
            }
            exchange.QueueNext = exchange.QueuePrevious = null;
        }

        // An average that happens to be that number passes for unknown as well; no harm.
        private static int Known(Exchange exchange) => exchange.Predicted == RoutePredictor.Unknown ? 0 : exchange.Predicted;
    }
}
