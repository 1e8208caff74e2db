namespace Hotplate.Workers;

/// <summary>The workers of a pool that serve, and which of them a request goes to. Guarded by the pool's gate.</summary>
/// <param name="batches">How much predicted work may lie at a busy worker.</param>
internal sealed class ReadyWorkers(BatchRule batches)
{
    /// <summary>In microseconds. Behind so much a slow one goes when it is due: it need not wait for a worker that has less.</summary>
    private const int DueRoom = 4_000;

    /// <summary>Bytes that are sent to a busy worker. More than its channel takes at once is sent again piece by piece, in the front's
    /// time.</summary>
    private const long MostBytes = 384 * 1024;

    private Worker[] all = [];

    /// <summary>As they are now; never changed, but replaced.</summary>
    internal Worker[] Snapshot => Volatile.Read(ref all);

    /// <summary>How many there are; may be read without the gate.</summary>
    internal int Count => Volatile.Read(ref all).Length;

    /// <summary>How many requests may run at a time in all of them together, as they said themselves.</summary>
    internal int Concurrency
    {
        get
        {
            var together = 0;
            foreach (var worker in Snapshot)
            {
                together += worker.Concurrency;
            }
            return together;
        }
    }

    /// <summary>How much may lie at a busy worker now, in predicted microseconds.</summary>
    internal int ReadyWork
    {
        get
        {
            foreach (var worker in all)
            {
                if (worker.HasSlow)
                {
                    return batches.ReadyWorkBesideSlow;
                }
            }
            return batches.ReadyWork;
        }
    }

    internal void Add(Worker worker) => all = [.. all, worker];

    internal void Swap(IEnumerable<Worker> admitted, IEnumerable<Worker> replaced) => all = [.. all.Except(replaced).Union(admitted)];

    internal void Remove(Worker worker) => all = [.. all.Where(other => other != worker)];

    /// <summary>The worker where it would start soonest, or null when it does better to wait.</summary>
    /// <param name="isDue">Nobody should go before it. What is longer than all that may lie ready fits at an idle worker only, and there may be
    /// none for as long as shorter ones keep coming: when it is due it goes behind what lies there, and then nothing goes behind it.</param>
    internal Worker? Choose(Exchange exchange, bool isDue)
    {
        var predicted = exchange.Predicted;
        var mostBytes = MostBytes - exchange.RequestSize;
        var large = exchange.LargeBody;
        var readyWork = predicted == RoutePredictor.Unknown ? BatchRule.Least : ReadyWork;
        var most = !isDue || predicted <= readyWork ? (long)readyWork - predicted
            : predicted >= RequestQueue.SlowFrom ? Math.Max(readyWork, DueRoom)
            : readyWork;
        Worker? best = null;
        var bestIsFree = false;
        foreach (var worker in all)
        {
            var free = worker.IsFree;
            if (!worker.HasSlot || worker.Stalled || (!free && (worker.Load > most || !worker.HasRoom(large, mostBytes))))
            {
                continue;
            }
            if (best is null || (free && !bestIsFree) || (free == bestIsFree && worker.Load < best.Load))
            {
                best = worker;
                bestIsFree = free;
            }
        }
        return best;
    }

    internal bool AnyIsFree()
    {
        foreach (var worker in all)
        {
            if (worker is { IsFree: true, Stalled: false })
            {
                return true;
            }
        }
        return false;
    }
}
