using Hotplate.Channel;

namespace Hotplate.Workers;

/// <content>Workers that must be killed because nothing else ends a request of theirs: nobody gets their GIL, or only such requests are left.</content>
internal sealed partial class WorkerPool
{
    /// <summary>Finds requests over their limit that nobody in their worker has taken up, and gives those workers up.</summary>
    private void FindStuck(long now)
    {
        Worker[] stuck;
        lock (gate)
        {
            overruns.RemoveAll(static overrun => !overrun.IsCurrent);
            stuck = [.. overruns.Where(overrun => now - overrun.AskedAt >= (overrun.Stacks.IsCompleted ? TimeLimits.GilPatience : TimeLimits.SilencePatience))
                .Select(static overrun => overrun.Worker).Distinct()];
        }
        foreach (var worker in stuck)
        {
            GiveUp(worker, now);
        }
    }

    /// <summary>Nobody gets the worker's GIL. Requests that waited for it all the time are victims: they run again where that is safe. The others took too long.</summary>
    private void GiveUp(Worker worker, long now)
    {
        var after = ThreadSwitches.OfAll(worker.Pid);
        List<(Overrun Overrun, Exchange? Exchange)> ended = [];
        List<Overrun> victims = [];
        bool answers;
        lock (gate)
        {
            Overrun[] over = [.. overruns.Where(overrun => overrun.Worker == worker)];
            var first = over.MinBy(static overrun => overrun.AskedAt)!;
            answers = over.Any(static overrun => overrun.Stacks.IsCompleted);
            overruns.RemoveAll(over.Contains);
            foreach (var overrun in over)
            {
                overrun.AnsweredAt = now;
                if (answers && Waited(overrun.Thread))
                {
                    victims.Add(overrun);
                }
                else
                {
                    ended.Add((overrun, End(overrun)));
                }
            }
            if (victims.Count > 0 && ended.Count == 0 && FindHolder(worker, now, first.Stacks, Waited) is { } holder)
            {
                ended.Add((holder, End(holder)));
            }

            bool Waited(int thread) => first.Before is { } earlier && earlier.TryGetValue(thread, out var before) && after.TryGetValue(thread, out var count)
                && ThreadSwitches.LookLikeWaiting(before, count, first.AskedAt, now);
        }
        foreach (var victim in victims)
        {
            Tell(victim, "it waits for the GIL, which another does not let go", StackOf(victim));
        }
        foreach (var (overrun, exchange) in ended)
        {
            Fail(overrun, exchange);
            Tell(overrun, overrun.RanFor < limits.Timeout ? "it has the GIL and does not let go" : "its thread cannot be interrupted", StackOf(overrun));
        }
        Condemn(worker, answers ? "no thread of it gets the GIL" : "it does not answer at all");
    }

    /// <summary>Under the gate. The only running request that does not wait for the GIL, which therefore has it; null when there are none or several.</summary>
    private static Overrun? FindHolder(Worker worker, long now, Task<string> stacks, Func<int, bool> waited)
    {
        Overrun? holder = null;
        for (var slot = 0; slot < worker.Slots; slot++)
        {
            ref var flight = ref worker.FlightAt(slot);
            ref var line = ref worker.Board[slot];
            if (!flight.InUse || flight.Overrun is not null || flight.Exchange is not { Writing: false } exchange
                || Volatile.Read(ref line.Word) != Scoreboard.Word(flight.Sequence, SlotState.Running) || waited(line.Thread))
            {
                continue;
            }
            if (holder is not null)
            {
                return null;
            }
            var begunAt = Math.Clamp(Volatile.Read(ref line.RunningAt), flight.SentAt, Math.Max(now, flight.SentAt));
            holder = new Overrun(
                worker, flight.Stream, exchange.Name, line.Ident, line.Thread, begunAt - exchange.SubmittedAt, now - begunAt, now, stacks)
            { AnsweredAt = now };
        }
        if (holder is not null)
        {
            worker.Find(holder.Stream).Overrun = holder;
        }
        return holder;
    }

    private void Condemn(Worker worker, string why)
    {
        lock (gate)
        {
            if (worker.IsCondemned)
            {
                return;
            }
            worker.IsCondemned = true;
        }
        Stuck?.Invoke(worker, why);
    }

    /// <summary>It drains, and all that is left to finish had time enough to end after it was interrupted.</summary>
    private bool HasOnlyOverruns(Worker worker, long now)
    {
        lock (gate)
        {
            for (int slot = 0, left = worker.InFlight; left > 0; slot++)
            {
                ref var flight = ref worker.FlightAt(slot);
                if (!flight.InUse)
                {
                    continue;
                }
                left--;
                if (flight.Overrun is not { AnsweredAt: > 0 } overrun || now - overrun.AnsweredAt < TimeLimits.EndingPatience)
                {
                    return false;
                }
            }
            return worker.InFlight > 0;
        }
    }
}
