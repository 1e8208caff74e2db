namespace Hotplate.Workers;

/// <summary>The last few requests that workers died of, for whoever asks how the server does. Safe to call from any thread.</summary>
internal sealed class PoisonList(TimeProvider time)
{
    private const int Kept = 32;
    private readonly Lock gate = new();
    private readonly List<PoisonedRequest> all = [];

    /// <summary>The newest first.</summary>
    internal IReadOnlyList<PoisonedRequest> All
    {
        get
        {
            lock (gate)
            {
                return [.. Enumerable.Reverse(all)];
            }
        }
    }

    internal void Add(RequestName name)
    {
        lock (gate)
        {
            var known = all.Find(one => one.Name.Method == name.Method && one.Name.Target == name.Target);
            if (known is not null)
            {
                all.Remove(known);
            }
            else if (all.Count == Kept)
            {
                all.RemoveAt(0);
            }
            all.Add(new PoisonedRequest(name, (known?.Count ?? 0) + 1, time.GetTimestamp()));
        }
    }
}
