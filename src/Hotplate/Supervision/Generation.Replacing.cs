using Hotplate.Workers;

namespace Hotplate.Supervision;

/// <content>Workers that are replaced while they serve: the new one first, one at a time, so that capacity never falls.</content>
internal sealed partial class Generation
{
    /// <summary>In the order in which it was asked for. Guarded by the lock.</summary>
    private readonly List<WorkerProcess> replacing = [];

    /// <summary>One more than wanted is started while one is to be replaced.</summary>
    private int Spare => replacing.Count > 0 ? 1 : 0;

    /// <summary>Starts another worker; when that serves, this one gets no more requests, finishes what it has and ends.</summary>
    internal void Replace(Worker worker, string why)
    {
        lock (gate)
        {
            if (State != GenerationState.Serving || !workers.TryGetValue(worker.Id, out var process) || process.Expected || replacing.Contains(process))
            {
                return;
            }
            context.Log.ReplacingWorker(context.App.Name, worker.Pid, why);
            replacing.Add(process);
            StartMissing();
        }
    }

    /// <summary>Under the lock. Whom a worker that has just become ready replaces; null when it was missing anyway.</summary>
    private WorkerProcess? TakeReplaced()
    {
        if (replacing.Count == 0 || workers.Values.Count(static process => process is { WasReady: true, Expected: false }) <= wanted)
        {
            return null;
        }
        var replaced = replacing[0];
        replacing.RemoveAt(0);
        replaced.Expected = true;
        StartMissing();
        return replaced;
    }

    private void Admit(WorkerProcess process, WorkerProcess? replaced)
    {
        if (replaced is null)
        {
            context.Pool.Admit(process.Worker);
        }
        else
        {
            context.Pool.Swap([process.Worker], [replaced.Worker]);
        }
    }
}
