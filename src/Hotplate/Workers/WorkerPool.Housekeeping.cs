namespace Hotplate.Workers;

/// <content>What is done from time to time: requests taken back and let go, and what was decided told to the debug log.</content>
internal sealed partial class WorkerPool
{
    /// <summary>A worker with nothing to run begins a request within microseconds. One that has not after so many nanoseconds is stopped, or the machine is.</summary>
    private const long Standstill = 250_000_000;

    /// <summary>Takes back requests that wait behind one that has run for over a millisecond, or while another worker is free.</summary>
    /// <returns>False: nothing waits behind anything.</returns>
    private bool Reclaim(out bool any)
    {
        var more = false;
        any = false;
        FlushScope.Enter();
        try
        {
            foreach (var worker in Served)
            {
                more |= Reclaim(worker, ref any);
            }
            Pump();
        }
        catch (Exception error)
        {
            log.Defect(0, error);
        }
        finally
        {
            FlushScope.Exit();
        }
        return more;
    }

    private bool Reclaim(Worker worker, ref bool any)
    {
        if (worker.InFlight <= worker.Concurrency)
        {
            return false;
        }
        var now = time.GetTimestamp();
        if (!worker.HasRunOver(now - Overdue) && !ready.AnyIsFree())
        {
            return true;
        }
        long overdue;
        int taken;
        lock (gate)
        {
            overdue = worker.FindOverdue(now, Overdue, ready.ReadyWork);
            taken = overdue > 0 ? worker.TakeBack(queue, long.MaxValue)
                : ready.AnyIsFree() ? worker.TakeBack(queue, now - Overdue)
                : 0;
            tally.Reclaimed(taken);
        }
        any |= taken > 0;
        if (taken > 0 && overdue > 0)
        {
            log.Reclaimed(worker.Pid, taken, overdue / 1_000_000);
        }
        else if (taken > 0)
        {
            log.ReclaimedForFree(worker.Pid, taken);
        }
        return true;
    }

    /// <summary>Four times a second, or more when requests may not wait long: those that waited too long go, wherever they lie, and the debug log gets its line.</summary>
    private void KeepHouse()
    {
        List<Exchange> expired = [];
        foreach (var worker in Served)
        {
            if (worker.InFlight > 0)
            {
                LookAfter(worker, expired);
            }
        }
        if (queue.Count > 0)
        {
            lock (gate)
            {
                var deadline = time.GetTimestamp() - longestWait;
                while (queue.TryTakeExpired(deadline) is { } late)
                {
                    late.State = ExchangeState.Idle;
                    expired.Add(late);
                }
            }
        }
        foreach (var late in expired)
        {
            late.OnFailed(RequestFailure.QueueTimeout);
        }
        try
        {
            ExamineWorkers();
            WatchRequests();
            WatchReplays();
        }
        catch (Exception error)
        {
            log.Defect(0, error);
        }
        TellTally();
        Pump();
    }

    /// <summary>Gives up workers that cannot be believed, or stand still for good. They get nothing more from now on.</summary>
    private void ExamineWorkers()
    {
        foreach (var worker in Alive)
        {
            if (worker.InFlight == 0 && !worker.Stalled)
            {
                continue;
            }
            string? why;
            lock (gate)
            {
                why = worker.State == WorkerState.Exited ? null : worker.Examine(time.GetTimestamp());
                if (why is not null)
                {
                    TakeOut(worker);
                }
            }
            if (why is not null)
            {
                Condemn(worker, why);
            }
        }
    }

    /// <summary>What has lain too long in a worker's channel fails, and what lies in that of a worker that stands still waits in the queue instead.</summary>
    /// <remarks>So nothing stale is left for the moment when the worker moves again: it finds the slots free, and passes over the frames.</remarks>
    private void LookAfter(Worker worker, List<Exchange> expired)
    {
        int taken;
        lock (gate)
        {
            var now = time.GetTimestamp();
            if (worker.IsSpoilt)
            {
                return;
            }
            worker.TakeExpired(now - longestWait, expired);
            taken = 0;
            if (worker.StandsStill(now - Standstill))
            {
                // First, since the worker may tell that it passed one over as soon as that was taken back.
                worker.Stalled = true;
                taken = worker.TakeBack(queue, long.MaxValue);
                worker.Stalled = taken > 0;
            }
            tally.Reclaimed(taken);
        }
        if (taken > 0)
        {
            log.WorkerStandsStill(worker.Pid, taken);
        }
    }

    private void TellTally()
    {
        SchedulingTally told;
        string depths;
        lock (gate)
        {
            var now = time.GetTimestamp();
            if (now - tallyFrom < 1_000_000_000)
            {
                return;
            }
            tallyFrom = now;
            told = tally;
            tally = default;
            if (!told.IsWorthTelling || !log.IsEnabled(LogLevel.Debug))
            {
                return;
            }
            depths = string.Join(", ", ready.Snapshot.Select(static worker => $"{worker.InFlight} ({worker.Load} µs)"));
        }
        told.Tell(log, depths);
    }
}
