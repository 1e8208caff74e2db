using System.Runtime.CompilerServices;

namespace Hotplate.Workers;

/// <summary>The requests waiting for a worker of one app: first come first served among the fast, and among the slow; fair between the two.</summary>
/// <remarks>
/// Weighted fair queueing with two classes. Each has a virtual time that grows by the predicted run time of what it was given, divided by
/// its weight; the class that is behind goes next. With weight 1 it is one line. Guarded by the pool's gate; a waiter leaves by its turn,
/// <see cref="Remove"/>, or <see cref="TryTakeExpired"/>.
/// </remarks>
internal sealed class RequestQueue(int capacity, int fastWeight)
{
    /// <summary>Predicted run time, in microseconds, from which a request is called slow.</summary>
    internal const int SlowFrom = 1_000;

    private Line fast;
    private Line slow;

    internal int Count { get; private set; }

    /// <summary>False when the queue is full.</summary>
    internal bool TryEnqueue(Exchange exchange)
    {
        if (Count >= capacity)
        {
            return false;
        }
        ref var line = ref LineOf(exchange);
        if (line.First is null)
        {
            // A class that was empty starts level: it has no claim for the time it did not wait.
            line.VirtualTime = Math.Max(line.VirtualTime, Math.Max(fast.First is null ? 0 : fast.VirtualTime, slow.First is null ? 0 : slow.VirtualTime));
        }
        line.Append(exchange);
        Count++;
        return true;
    }

    /// <summary>Puts back one whose turn it was, before all others of its class. Never refused: it had its place already.</summary>
    internal void PutBack(Exchange exchange)
    {
        LineOf(exchange).Prepend(exchange);
        Count++;
    }

    /// <summary>Whose turn it is, or null. It stays until <see cref="Take"/>.</summary>
    internal Exchange? Peek()
    {
        if (slow.First is null || fast.First is null)
        {
            return fast.First ?? slow.First;
        }
        return fast.VirtualTime <= slow.VirtualTime ? fast.First : slow.First;
    }

    /// <summary>The first of the fast class, or null: it may fit where the slow one whose turn it is does not.</summary>
    internal Exchange? PeekFast() => fastWeight > 1 ? fast.First : null;

    /// <summary>Takes one that was peeked.</summary>
    internal void Take(Exchange exchange)
    {
        ref var line = ref LineOf(exchange);
        line.VirtualTime += exchange.Predicted / (Unsafe.AreSame(ref line, ref fast) ? (double)fastWeight : 1);
        line.Unlink(exchange);
        Count--;
    }

    /// <summary>Takes one out of turn: its client left.</summary>
    internal void Remove(Exchange exchange)
    {
        LineOf(exchange).Unlink(exchange);
        Count--;
    }

    /// <summary>Takes one that was submitted before <paramref name="deadline"/>, if there is one.</summary>
    internal Exchange? TryTakeExpired(long deadline)
    {
        var expired = fast.First is { } f && f.SubmittedAt < deadline ? f : slow.First is { } s && s.SubmittedAt < deadline ? s : null;
        if (expired is not null)
        {
            Remove(expired);
        }
        return expired;
    }

    private ref Line LineOf(Exchange exchange)
    {
        if (fastWeight > 1 && exchange.Predicted >= SlowFrom)
        {
            return ref slow;
        }
        return ref fast;
    }

    private struct Line
    {
        internal Exchange? First;
        internal Exchange? Last;
        internal double VirtualTime;

        internal void Append(Exchange exchange)
        {
            exchange.QueuePrevious = Last;
            exchange.QueueNext = null;
            if (Last is null)
            {
                First = exchange;
            }
            else
            {
                Last.QueueNext = exchange;
            }
            Last = exchange;
        }

        internal void Prepend(Exchange exchange)
        {
            exchange.QueueNext = First;
            exchange.QueuePrevious = null;
            if (First is null)
            {
                Last = exchange;
            }
            else
            {
                First.QueuePrevious = exchange;
            }
            First = exchange;
        }

        internal void Unlink(Exchange exchange)
        {
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
    }
}
