using Hotplate.Workers;

namespace Hotplate.Supervision;

/// <content>Workers that go while all is well: one is replaced, or there are to be more or fewer.</content>
internal sealed partial class Generation
{
    /// <summary>Workers on their way out: they wait for another to take their place, or finish what they have.</summary>
    internal int Leaving
    {
        get
        {
            lock (gate)
            {
                return workers.Values.Count(static process => process.Leaving != LeaveReason.None);
            }
        }
    }

    /// <summary>Starts another worker. As soon as that one serves, this one gets nothing new, finishes what it has within the graceful timeout, and ends.</summary>
    /// <param name="why">For the log, behind "is replaced": "it answered 1000 requests".</param>
    /// <param name="isWish">It asked for that itself.</param>
    /// <returns>False: it does not serve (any more) in this generation, or is on its way out already.</returns>
    internal bool Replace(Worker worker, LeaveReason reason, string why, bool isWish = false)
    {
        lock (gate)
        {
            if (State != GenerationState.Serving || !workers.TryGetValue(worker.Id, out var process) || process is not { WasReady: true, Stays: true })
            {
                return false;
            }
            process.Leaving = reason;
            process.Wish = isWish ? why : null;
            TryStartMissing();
        }
        if (!isWish)
        {
            TellReplaced(worker, reason, why);
        }
        return true;
    }

    /// <summary>The server stops: who asked to be replaced, most likely since it was told to stop too, finishes with the others, and nobody comes for it.</summary>
    internal void ForgetWishes()
    {
        lock (gate)
        {
            var forgotten = workers.Values.Where(static process => process is { Wish: not null, Expected: false }).ToList();
            foreach (var process in forgotten)
            {
                process.Leaving = LeaveReason.None;
                process.Wish = null;
            }
            foreach (var process in workers.Values.Where(static process => process is { WasReady: false, Expected: false }).OrderByDescending(static process => process.Id).Take(forgotten.Count))
            {
                process.Expected = true;
                Kill(process.Id);
            }
        }
    }

    private void TellReplaced(Worker worker, LeaveReason reason, string why)
    {
        context.CountLeaving(reason);
        context.Log.WorkerIsReplaced(reason == LeaveReason.TimeLimit ? LogLevel.Warning : LogLevel.Information, context.App.Name, worker.Pid, why);
    }

    /// <summary>There are to be so many from now on. Those that are too many, the oldest, finish what they have.</summary>
    internal void Resize(int count)
    {
        lock (gate)
        {
            if (State != GenerationState.Serving)
            {
                return;
            }
            wanted = count;
            LetGo(workers.Values.Where(process => process.Alone && count > 1), LeaveReason.Company);
            var surplus = workers.Values.Count(static process => process.Stays) - wanted;
            LetGo(workers.Values.OrderBy(static process => process.InService).ThenBy(static process => process.Id).Where(static process => process.Stays).Take(Math.Max(0, surplus)), LeaveReason.Surplus);
            TryStartMissing();
        }
        LetReplacedGo();
    }

    /// <summary>Under the lock. Who serves does so until it is not needed any more; who does not yet is not waited for.</summary>
    private void LetGo(IEnumerable<WorkerProcess> going, LeaveReason reason)
    {
        foreach (var process in going.Where(static process => process.Stays).ToList())
        {
            process.Leaving = reason;
            context.CountLeaving(reason);
            if (!process.InService)
            {
                process.Expected = true;
                Kill(process.Id);
            }
        }
    }

    /// <summary>Lets go whom others have come for. Not under the lock.</summary>
    private void LetReplacedGo()
    {
        List<WorkerProcess> going = [];
        lock (gate)
        {
            if (State != GenerationState.Serving)
            {
                return;
            }
            var surplus = workers.Values.Count(static process => process is { InService: true, Expected: false }) - wanted;
            foreach (var process in workers.Values.Where(static process => process is { Expected: false, Leaving: not LeaveReason.None }).OrderBy(static process => process.Id))
            {
                if (surplus-- <= 0)
                {
                    break;
                }
                process.Expected = true;
                going.Add(process);
            }
            TryStartMissing();
        }
        foreach (var process in going)
        {
            if (process.Wish is { } why)
            {
                TellReplaced(process.Worker, process.Leaving, why);
            }
            context.Pool.Drain(process.Worker);
            _ = KillLateAsync(process);
        }
    }

    /// <summary>What a worker has not finished within the graceful timeout is ended with it.</summary>
    private async Task KillLateAsync(WorkerProcess process)
    {
        await Task.Delay(context.Graceful, context.Time);
        lock (gate)
        {
            if (!workers.ContainsKey(process.Id))
            {
                return;
            }
        }
        context.Log.WorkerTookTooLong(context.App.Name, process.Worker.Pid, context.Graceful.TotalSeconds);
        Kill(process.Id);
    }
}
