using Hotplate.Settings;
using Hotplate.Workers;

namespace Hotplate.Supervision;

/// <summary>A generation that gets a share of the requests beside the one that serves, until it is decided whether it takes over.</summary>
internal sealed class Canary
{
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(100);
    private readonly Generation old;
    private readonly WorkerPool pool;
    private readonly TimeProvider time;
    private readonly CanaryWorkers trial;
    private long passed;

    /// <summary>Its workers get their share from now on.</summary>
    internal Canary(Generation next, Generation old, CanaryOrder order, WorkerPool pool, TimeProvider time)
    {
        (Generation, this.old, Order, this.pool, this.time) = (next, old, order, pool, time);
        trial = pool.Try(next.Try(), order.Share);
    }

    /// <summary>The one that is tried.</summary>
    internal Generation Generation { get; }

    internal CanaryOrder Order { get; }

    /// <summary>Until it is decided, if nothing ends it before.</summary>
    internal TimeSpan Left => Order.Time - TimeSpan.FromTicks(Math.Min(Order.Time.Ticks, Volatile.Read(ref passed)));

    /// <summary>How the two have answered so far.</summary>
    internal (AnswerView Tried, AnswerView Old) Compare() => pool.Compare(trial, atTheEnd: false);

    /// <summary>Completes when it is decided.</summary>
    /// <param name="ending">Why it is to end before its time; null: it is not. Asked ten times a second.</param>
    /// <param name="halt">Ends the wait for the next time.</param>
    internal async Task<CanaryVerdict> RunAsync(Func<string?> ending, CancellationToken halt)
    {
        for (var looked = time.GetTimestamp(); ;)
        {
            await Task.Delay(s_look, time, halt).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            var now = time.GetTimestamp();
            if (!pool.IsPaused)
            {
                Volatile.Write(ref passed, passed + time.GetElapsedTime(looked, now).Ticks);
            }
            looked = now;
            var isOver = Left == TimeSpan.Zero;
            var (tried, others) = pool.Compare(trial, atTheEnd: isOver);
            var why = ending() ?? (Generation.Deaths > 0 ? "a worker of it died" : CanaryRule.Why(tried, others, isOver));
            if (isOver || why is not null)
            {
                return new CanaryVerdict(why, Describe(tried, others));
            }
        }
    }

    private string Describe(AnswerView tried, AnswerView others)
    {
        var ran = Order with { Time = TimeSpan.FromSeconds(Math.Round((Order.Time - Left).TotalSeconds, 1)) };
        return $"{ran}: {CanaryRule.Describe(tried)}; generation {old.Number}: {CanaryRule.Describe(others)}";
    }
}

/// <summary>What became of a generation that was tried.</summary>
/// <param name="Why">Why it does not take over; null: it does.</param>
/// <param name="Figures">What decided, in words.</param>
internal sealed record CanaryVerdict(string? Why, string Figures);
