namespace Hotplate.Workers;

/// <content>A share of the requests may go to workers that are tried beside those that serve.</content>
internal sealed partial class WorkerPool
{
    private volatile CanaryWorkers? canary;

    /// <summary>Those that are tried; null: none are.</summary>
    internal CanaryWorkers? Canary => canary;

    /// <summary>From now on these get a share of the requests, until they take over by <see cref="Swap"/> or by
    /// <see cref="EndTrial"/> do not.</summary>
    internal CanaryWorkers Try(IReadOnlyList<Worker> workers, double share)
    {
        lock (gate)
        {
            var trial = new CanaryWorkers(workers, share, batches, time);
            trial.Ready.Swap(workers.Where(static worker => worker.State == WorkerState.Ready), []);
            return canary = trial;
        }
    }

    /// <summary>They get nothing more. What they have they finish, or give back when they are drained.</summary>
    internal void EndTrial()
    {
        lock (gate)
        {
            canary = null;
        }
        Pump();
    }

    /// <summary>How those that are tried and those that serve have answered.</summary>
    /// <param name="atTheEnd">What has no answer yet counts as well: seldom, since it looks at every slot.</param>
    internal (AnswerView Tried, AnswerView Others) Compare(CanaryWorkers trial, bool atTheEnd) => (
        trial.Read(atTheEnd ? Unanswered(trial.Ready.Snapshot, trial.Since) : []),
        trial.ReadOthers(atTheEnd ? Unanswered(ready.Snapshot, trial.Since) : []));

    /// <summary>Those that get requests.</summary>
    private Worker[] Served => canary is { } trial ? [.. ready.Snapshot, .. trial.Ready.Snapshot] : ready.Snapshot;

    /// <summary>Under the gate. It gets nothing more.</summary>
    private void TakeOut(Worker worker)
    {
        ready.Remove(worker);
        canary?.Ready.Remove(worker);
    }

    /// <summary>Under the gate. As <see cref="Choose"/>. What is not for them, or finds no room there, goes where all goes without them; so
    /// does what a worker died of.</summary>
    private Worker? ChooseBeside(CanaryWorkers trial, Exchange exchange, bool isDue)
    {
        var isTheirs = trial.IsNext && exchange.Deaths == 0;
        if (affinity is null || exchange.IsSuspect)
        {
            return (isTheirs ? trial.Ready.Choose(exchange, isDue) : null) ?? ready.Choose(exchange, isDue);
        }
        var (tried, others) = (trial.Ready.Snapshot, ready.Snapshot);
        return affinity.WorkerOf(exchange, others, tried, isTheirs && tried.Length > 0 ? tried : others);
    }

    /// <summary>Microseconds since requests were sent that have no answer yet.</summary>
    private List<long> Unanswered(Worker[] workers, long since)
    {
        List<long> waiting = [];
        foreach (var worker in workers)
        {
            lock (gate)
            {
                var now = time.GetTimestamp();
                for (var slot = 0; slot < worker.Slots; slot++)
                {
                    ref var flight = ref worker.FlightAt(slot);
                    if (flight is { InUse: true, Exchange.IsAnswering: false } && flight.SentAt >= since)
                    {
                        waiting.Add((now - flight.SentAt) / 1000);
                    }
                }
            }
        }
        return waiting;
    }
}
