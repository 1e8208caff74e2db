namespace Hotplate.Workers;

/// <summary>Which worker gets the requests that belong together. Guarded by the pool's gate.</summary>
/// <remarks>
/// A key that nobody has seen goes where its client's other requests go: the request that made a session had no key yet. From then on the key
/// is known, whatever address it comes from. Both tables are bounded: keys by number, the oldest is forgotten first; clients by a hash.
/// </remarks>
internal sealed class Affinity
{
    private const int MostKeys = 65_536;
    private readonly Worker?[] clients = new Worker?[1_024];
    private readonly Dictionary<ulong, Worker> keys = [];
    private readonly Queue<ulong> oldest = new();

    /// <summary>The worker, which may be full or stand still; null: none is ready.</summary>
    internal Worker? WorkerOf(Exchange exchange, Worker[] ready)
    {
        var key = exchange.AffinityKey;
        if (key != 0 && keys.TryGetValue(key, out var known) && Array.IndexOf(ready, known) >= 0)
        {
            return known;
        }
        ref var client = ref clients[exchange.AffinityClient & (uint)(clients.Length - 1)];
        if (client is null || Array.IndexOf(ready, client) < 0)
        {
            client = Least(ready);
        }
        if (key != 0 && client is not null)
        {
            Know(key, client);
        }
        return client;
    }

    private void Know(ulong key, Worker worker)
    {
        if (!keys.ContainsKey(key))
        {
            if (keys.Count >= MostKeys)
            {
                keys.Remove(oldest.Dequeue());
            }
            oldest.Enqueue(key);
        }
        keys[key] = worker;
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
