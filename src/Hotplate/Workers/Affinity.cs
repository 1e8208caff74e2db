namespace Hotplate.Workers;

/// <summary>Which worker gets the requests that belong together. Guarded by the pool's gate.</summary>
/// <remarks>
/// A key that nobody has seen goes where its client's other requests go: the request that made a session had no key yet. From then on the key
/// is known, whatever address it comes from. Both tables are bounded: keys by number, the oldest is forgotten first; clients by a hash.
/// </remarks>
internal sealed class Affinity
{
    private const int MostKeys = 65_536;

    // Workers by their processes: one that is gone is not kept by what was its own.
    private readonly int[] clients = new int[1_024];
    private readonly Dictionary<ulong, int> keys = [];
    private readonly Queue<ulong> oldest = new();

    /// <summary>The worker, which may be full or stand still; null: none is ready.</summary>
    /// <param name="tried">Workers beside those that serve, whose clients are theirs too.</param>
    /// <param name="open">Whoever is new goes to one of these.</param>
    internal Worker? WorkerOf(Exchange exchange, Worker[] ready, Worker[] tried, Worker[] open)
    {
        var key = exchange.AffinityKey;
        if (key != 0 && keys.TryGetValue(key, out var known) && (Find(known, ready) ?? Find(known, tried)) is { } worker)
        {
            return worker;
        }
        ref var client = ref clients[exchange.AffinityClient & (uint)(clients.Length - 1)];
        worker = Find(client, ready) ?? Find(client, tried) ?? Least(open);
        if (worker is null)
        {
            return null;
        }
        client = worker.Pid;
        if (key != 0)
        {
            Know(key, worker.Pid);
        }
        return worker;
    }

    private static Worker? Find(int process, Worker[] ready)
    {
        foreach (var worker in ready)
        {
            if (worker.Pid == process)
            {
                return worker;
            }
        }
        return null;
    }

    private void Know(ulong key, int process)
    {
        if (!keys.ContainsKey(key))
        {
            if (keys.Count >= MostKeys)
            {
                keys.Remove(oldest.Dequeue());
            }
            oldest.Enqueue(key);
        }
        keys[key] = process;
    }

    /// <summary>The worker that fewest clients go to.</summary>
    private static Worker? Least(Worker[] ready)
    {
        Worker? least = null;
        foreach (var worker in ready)
        {
            if (least is null || worker.Clients < least.Clients)
            {
                least = worker;
            }
        }
        if (least is not null)
        {
            least.Clients++;
        }
        return least;
    }
}
