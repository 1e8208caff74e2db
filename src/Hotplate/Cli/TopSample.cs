using Hotplate.Control;

namespace Hotplate.Cli;

/// <summary>What a server told at one moment, and what happened since the moment before.</summary>
internal sealed class TopSample
{
    /// <param name="at">Seconds, of any clock that only goes forward.</param>
    /// <param name="before">Null: there was none, and nothing is known by the second.</param>
    internal TopSample(double at, ServerStatus status, IReadOnlyList<RequestStatus> requests, TopSample? before)
    {
        (At, Status, Requests) = (at, status, requests);
        var elapsed = before is null ? double.NaN : Math.Max(at - before.At, 0.001);
        var known = before?.Workers.ToDictionary(static one => (one.App, one.Status.Id), static one => one.Status) ?? [];
        Workers =
        [
            .. from app in Apps
               from generation in app.Generations
               from worker in generation.Workers
               let last = known.GetValueOrDefault((app.App, worker.Id))
               select new TopWorker(
                   app.App, worker,
                   Answered: (worker.Answered - (last?.Answered ?? 0)) / elapsed,
                   ServerErrors: (worker.ServerErrors - (last?.ServerErrors ?? 0)) / elapsed,
                   Cpu: Math.Max(0, worker.Cpu - (last?.Cpu ?? 0)) / elapsed),
        ];
    }

    internal double At { get; }

    internal ServerStatus Status { get; }

    /// <summary>The oldest first.</summary>
    internal IReadOnlyList<RequestStatus> Requests { get; }

    internal IReadOnlyList<AppStatus> Apps => Status.Apps ?? [Status];

    internal IReadOnlyList<TopWorker> Workers { get; }
}

/// <summary>One worker. What is by the second is NaN where it is not known.</summary>
/// <param name="Answered">Answers by the second.</param>
/// <param name="ServerErrors">Those of them that were 5xx.</param>
/// <param name="Cpu">1: one CPU all the time.</param>
internal sealed record TopWorker(string App, WorkerStatus Status, double Answered, double ServerErrors, double Cpu);
