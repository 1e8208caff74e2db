namespace Hotplate.Workers;

/// <summary>Requests that a worker may have died of, each of which runs once more on a worker that runs nothing else; and the workers kept for that.</summary>
/// <remarks>Guarded by the pool's gate. At most half of the workers are kept at a time, and one if there is but one.</remarks>
internal sealed class Isolation
{
    private readonly LinkedList<Exchange> suspects = new();
    private readonly List<Cell> cells = [];
    private volatile bool isActive;

    /// <summary>There is something to do. May be read without the gate: one read for each request.</summary>
    internal bool IsActive => isActive;

    internal IReadOnlyCollection<Exchange> Waiting => suspects;

    /// <summary>True when the worker is kept for a suspect.</summary>
    internal bool Keeps(Worker worker) => cells.Exists(cell => cell.Worker == worker);

    internal void Add(Exchange exchange)
    {
        suspects.AddLast(exchange);
        isActive = true;
    }

    /// <summary>Its client left, or it has waited too long.</summary>
    internal void Remove(Exchange exchange) => suspects.Remove(exchange);

    /// <summary>Others have taken over from these: none of them comes back into service from here.</summary>
    internal void Forget(IReadOnlyList<Worker> replaced) => cells.RemoveAll(cell => replaced.Contains(cell.Worker));

    /// <summary>Keeps workers for those that wait, gives back those that are through, and tells whom to send where.</summary>
    /// <param name="ready">The workers that get requests: those kept here are not among them.</param>
    /// <returns>Null when nothing is to be sent now.</returns>
    internal (Worker Worker, Exchange Exchange)? Next(ReadyWorkers ready)
    {
        GiveBack(ready);
        Keep(ready);
        foreach (var cell in cells)
        {
            if (cell is { IsUsed: false, Worker: { InFlight: 0, HasSlot: true } } && suspects.First is { } first)
            {
                suspects.RemoveFirst();
                cell.IsUsed = true;
                return (cell.Worker, first.Value);
            }
        }
        isActive = suspects.Count > 0 || cells.Count > 0;
        return null;
    }

    private void GiveBack(ReadyWorkers ready)
    {
        for (var i = cells.Count - 1; i >= 0; i--)
        {
            var (worker, isUsed) = (cells[i].Worker, cells[i].IsUsed);
            if (worker.State != WorkerState.Ready)
            {
                cells.RemoveAt(i); // it died, or leaves
            }
            else if (isUsed ? worker.InFlight == 0 : suspects.Count == 0)
            {
                cells.RemoveAt(i);
                ready.Add(worker);
            }
        }
    }

    private void Keep(ReadyWorkers ready)
    {
        // One that is idle by now is better than one that is waited for.
        foreach (var cell in cells.Where(static cell => cell is { IsUsed: false, Worker.InFlight: > 0 }))
        {
            if (Array.Find(ready.Snapshot, static worker => worker.InFlight == 0) is { } idle)
            {
                ready.Remove(idle);
                ready.Add(cell.Worker);
                cell.Worker = idle;
            }
        }
        while (cells.Count(static cell => !cell.IsUsed) < suspects.Count && cells.Count < Math.Max(1, (ready.Count + cells.Count) / 2)
            && ready.Snapshot.MinBy(static worker => worker.InFlight) is { } calmest)
        {
            ready.Remove(calmest);
            cells.Add(new Cell(calmest));
        }
    }

    private sealed class Cell(Worker worker)
    {
        internal Worker Worker { get; set; } = worker;

        /// <summary>The suspect was sent to it.</summary>
        internal bool IsUsed { get; set; }
    }
}
