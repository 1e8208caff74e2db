using Hotplate.Settings;

namespace Hotplate.Supervision;

/// <summary>Which worker is to make room for a fresh one. Remembers nothing: what is chance for a worker follows from its id.</summary>
/// <param name="seed">Chosen by each server anew.</param>
internal sealed class RecyclePolicy(RecycleSettings settings, int seed)
{
    /// <summary>A worker that is over the limit as soon as it has started would be replaced for ever.</summary>
    private static readonly TimeSpan YoungestForMemory = TimeSpan.FromSeconds(10);

    /// <summary>Nothing is ever to be replaced.</summary>
    internal bool IsOff => settings is { MaxRequests: 0, MaxWorkerMemory: null, MaxWorkerMemoryHard: null, MaxWorkerAge: null };

    /// <summary>It matters how much memory they take.</summary>
    internal bool AsksForMemory => settings is not { MaxWorkerMemory: null, MaxWorkerMemoryHard: null };

    /// <summary>The one to be replaced next, if any: the one that takes most memory, else the oldest.</summary>
    internal Recycling? Choose(IEnumerable<WorkerVitals> workers) =>
        workers.Select(Judge).OfType<Recycling>().OrderBy(static worn => worn.Reason == LeaveReason.Memory ? 0 : 1).ThenByDescending(static worn => worn.Worker.Memory)
            .ThenBy(static worn => worn.Worker.Id).FirstOrDefault();

    /// <summary>It is to be killed at once.</summary>
    internal bool IsOverHardLimit(in WorkerVitals worker) => worker.Memory > settings.MaxWorkerMemoryHard;

    /// <summary>How many requests this worker may answer.</summary>
    internal long MaxRequestsOf(int worker) => settings.MaxRequests + (long)(ChanceOf(worker) * (settings.MaxRequestsJitter + 1.0));

    /// <summary>How old this worker may get.</summary>
    internal TimeSpan? MaxAgeOf(int worker) => settings.MaxWorkerAge * (1 - (ChanceOf(worker) / 10));

    private Recycling? Judge(WorkerVitals worker)
    {
        if (worker.Memory > settings.MaxWorkerMemory && worker.Age >= YoungestForMemory)
        {
            return new Recycling(worker, LeaveReason.Memory, $"it takes {worker.Memory >> 20} MiB, more than --max-worker-memory {Values.ShowSize(settings.MaxWorkerMemory.Value)}");
        }
        if (settings.MaxRequests > 0 && worker.Answers >= MaxRequestsOf(worker.Id))
        {
            return new Recycling(worker, LeaveReason.Requests, $"it answered {worker.Answers} requests (--max-requests {settings.MaxRequests})");
        }
        if (worker.Age >= MaxAgeOf(worker.Id))
        {
            return new Recycling(worker, LeaveReason.Age, $"it is {worker.Age.TotalSeconds:0} s old (--max-worker-age {Values.Show(settings.MaxWorkerAge!.Value)})");
        }
        return null;
    }

    /// <summary>From 0 to below 1, always the same for a worker.</summary>
    private double ChanceOf(int worker) => new Random(HashCode.Combine(seed, worker)).NextDouble();
}

/// <summary>A worker that is to be replaced, and why; <see cref="Why"/> is for the log.</summary>
internal sealed record Recycling(WorkerVitals Worker, LeaveReason Reason, string Why);
