namespace Hotplate.Workers;

/// <content>Requests may be for certain workers.</content>
internal sealed partial class WorkerPool
{
    private readonly Affinity? affinity;

    /// <summary>Requests go to certain workers.</summary>
    internal bool HasAffinity => affinity is not null;

    /// <summary>Under the gate. The worker that gets it now; null: it waits. One without a slot: the only one that may get it has no room, and
    /// others do not wait for that.</summary>
    private Worker? Choose(Exchange exchange, bool isDue) => canary is { } trial ? ChooseBeside(trial, exchange, isDue)
        : affinity is null || exchange.IsSuspect ? ready.Choose(exchange, isDue)
        : affinity.WorkerOf(exchange, ready.Snapshot, [], ready.Snapshot);
}
