namespace Hotplate.Workers;

/// <content>What is done from time to time: requests taken back and let go, and what was decided told to the debug log.</content>
internal sealed partial class WorkerPool
{
    /// <summary>Takes back requests that wait behind one that has run for over a millisecond, or while another worker is free.</summary>
    /// <returns>False: nothing waits behind anything.</returns>
    private bool Reclaim()
    {
        var more = false;
        FlushScope.Enter();
        try
        {
            foreach (var worker in ready.Snapshot)
            {
                more |= Reclaim(worker);
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

    private bool Reclaim(Worker worker)
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
            overdue = worker.FindOverdue(now, Overdue, settings.ReadyWorkMicroseconds);
            taken = overdue > 0 ? worker.TakeBack(queue, long.MaxValue)
                : ready.AnyIsFree() ? worker.TakeBack(queue, now - Overdue)
                : 0;
            tally.Reclaimed(taken);
        }
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

    /// <summary>Four times a second: requests that waited too long go, and the debug log gets its line.</summary>
    private void KeepHouse()
    {
        var longest = settings.MaxQueueTime.Ticks * 100;
        while (queue.Count > 0)
        {
            Exchange? expired;
            lock (gate)
            {
                expired = queue.TryTakeExpired(time.GetTimestamp() - longest);
                if (expired is null)
                {
                    break;
                }
                expired.State = ExchangeState.Idle;
            }
            expired.OnFailed(RequestFailure.QueueTimeout);
        }
        try
        {
            WatchRequests();
        }
        catch (Exception error)
        {
            log.Defect(0, error);
        }
        TellTally();
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
