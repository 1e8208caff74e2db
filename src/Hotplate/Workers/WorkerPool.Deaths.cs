using Hotplate.Channel;

namespace Hotplate.Workers;

/// <content>
/// What becomes of the requests of a worker that has died. Its channel is read to its end first, and then the scoreboard says which had begun.
/// Those that had not run elsewhere at once. Those that had, and may run again, wait for the verdict: how the process ended tells whether
/// one of them did it.
/// </content>
internal sealed partial class WorkerPool
{
    /// <summary>A verdict that has not come after so many nanoseconds is not waited for.</summary>
    private const long VerdictPatience = 1_000_000_000;

    private readonly ReplayPolicy replays;
    private readonly Isolation isolation = new();
    private readonly List<Worker> unjudged = [];
    private readonly List<(RequestName Name, int Deaths)> blamed = [];
    private bool anyReplayed;

    /// <summary>Somebody tells how workers ended, see <see cref="JudgeAsync"/>. Otherwise all end from outside.</summary>
    internal bool AwaitsVerdicts { get; set; }

    /// <summary>The last requests that workers died of.</summary>
    internal PoisonList Poisons { get; }

    /// <summary>A worker's channel has ended. What it never began runs elsewhere; what may run again does, or waits for the verdict; the rest fails.</summary>
    internal void OnClosed(Worker worker)
    {
        List<(Exchange Exchange, RequestFailure Failure)> failed = [];
        var moved = 0;
        Overrun[] untold;
        lock (gate)
        {
            untold = Left(worker);
            worker.State = WorkerState.Exited;
            worker.ClosedAt = time.GetTimestamp();
            TakeOut(worker);
            for (var slot = 0; slot < worker.Slots; slot++)
            {
                ref var flight = ref worker.FlightAt(slot);
                if (!flight.InUse || flight.Exchange is { Writing: true })
                {
                    // Whoever is encoding it finds out in Sent.
                    continue;
                }
                var exchange = flight.Exchange;
                var failure = Bereave(worker, ref flight);
                if (failure != RequestFailure.None)
                {
                    failed.Add((exchange!, failure));
                }
                else if (exchange is not null)
                {
                    moved++;
                }
            }
            unjudged.Add(worker);
            if (!AwaitsVerdicts)
            {
                worker.Verdict ??= Verdict.FromOutside;
            }
            Settle(worker, failed);
        }
        if (moved + failed.Count > 0)
        {
            log.WorkerLeft(worker.Pid, moved, failed.Count);
        }
        foreach (var overrun in untold)
        {
            Tell(overrun, "its worker died", StackOf(overrun));
        }
        End(failed);
    }

    /// <summary>How the worker's process ended. Returns the requests that it had begun, and what became of them, once its channel has been read to its end.</summary>
    internal Task<IReadOnlyList<Casualty>> JudgeAsync(Worker worker, Verdict verdict)
    {
        List<(Exchange Exchange, RequestFailure Failure)> failed = [];
        lock (gate)
        {
            worker.Verdict ??= verdict;
            Settle(worker, failed);
        }
        End(failed);
        return worker.Settled;
    }

    /// <summary>Four times a second.</summary>
    private void WatchReplays()
    {
        List<(Exchange Exchange, RequestFailure Failure)> failed = [];
        lock (gate)
        {
            var now = time.GetTimestamp();
            foreach (var worker in unjudged.Where(worker => now - worker.ClosedAt >= VerdictPatience).ToList())
            {
                worker.Verdict ??= Verdict.FromOutside;
                Settle(worker, failed);
            }
            if (anyReplayed || isolation.IsActive)
            {
                Exchange[] again = [.. queue.All().Where(static exchange => exchange.Deaths > 0), .. isolation.Waiting];
                anyReplayed = again.Length > 0;
                foreach (var late in again.Where(exchange => exchange.FirstBegunAt != 0 && replays.IsTooLate(exchange.FirstBegunAt, now)))
                {
                    StopWaiting(late);
                    failed.Add((late, RequestFailure.WorkerDied));
                }
            }
        }
        End(failed);
    }

    private void End(List<(Exchange Exchange, RequestFailure Failure)> failed)
    {
        (RequestName Name, int Deaths)[] told;
        lock (gate)
        {
            told = [.. blamed];
            blamed.Clear();
        }
        foreach (var (name, deaths) in told)
        {
            log.Poisonous(name.Method, name.Target, deaths, name.Id);
        }
        foreach (var (exchange, failure) in failed)
        {
            exchange.OnFailed(failure);
        }
        Pump();
    }

    /// <summary>Under the gate. Takes a flight from a worker that is gone. Returns what its exchange is to be told; none when it has none, or waits again.</summary>
    private RequestFailure Bereave(Worker worker, ref Flight flight)
    {
        var exchange = flight.Exchange;
        var slot = Worker.SlotOf(flight.Stream);
        var name = flight.Name;
        var isOver = flight.Overrun is not null;
        if (worker.TryReclaim(ref flight))
        {
            return exchange is null ? RequestFailure.None : Move(worker, exchange);
        }
        ref var line = ref worker.Board[slot];
        var (thread, begunAt, mayNot) = (line.Ident, Math.Clamp(line.RunningAt, flight.SentAt, Math.Max(flight.SentAt, time.GetTimestamp())), line.NoReplay != 0);
        worker.Release(ref flight);
        var casualty = new Casualty(exchange?.Name ?? name ?? new RequestName("", "?", "-"), thread);
        worker.Casualties.Add(casualty);
        if (exchange is null)
        {
            casualty.Fate = isOver ? Fate.TimedOut : Fate.Abandoned;
            return RequestFailure.None;
        }
        exchange.Worker = null;
        exchange.WorkerPid = worker.Pid;
        exchange.Deaths++;
        // One that only waited for the GIL begins anew, its time too.
        exchange.FirstBegunAt = exchange.FirstBegunAt == 0 && !isOver ? begunAt : exchange.FirstBegunAt;
        if (exchange.AbandonWhenSent || mayNot || !exchange.MayRunAgain || worker.Settled.IsCompleted)
        {
            exchange.State = ExchangeState.Idle;
            casualty.Fate = exchange.AbandonWhenSent ? Fate.Abandoned : Fate.Failed;
            return exchange.AbandonWhenSent ? RequestFailure.ClientLeft : RequestFailure.WorkerDied;
        }
        exchange.State = ExchangeState.Waiting;
        exchange.Place = WaitingPlace.Verdict;
        exchange.Casualty = casualty;
        casualty.Exchange = exchange;
        return RequestFailure.None;
    }

    /// <summary>Under the gate. It had not begun.</summary>
    private RequestFailure Move(Worker worker, Exchange exchange)
    {
        exchange.Worker = null;
        exchange.WorkerPid = worker.Pid;
        if (exchange.AbandonWhenSent || !exchange.MayMove)
        {
            exchange.State = ExchangeState.Idle;
            return exchange.AbandonWhenSent ? RequestFailure.ClientLeft : RequestFailure.WorkerDied;
        }
        traffic.Moved(hadBegun: false);
        exchange.State = ExchangeState.Waiting;
        if (exchange.IsSuspect)
        {
            exchange.Place = WaitingPlace.Isolation;
            isolation.Add(exchange);
        }
        else
        {
            exchange.Place = WaitingPlace.Queue;
            queue.PutBack(exchange);
        }
        return RequestFailure.None;
    }

    /// <summary>Under the gate. Decides about a worker's requests, as soon as both its channel has ended and the verdict is there.</summary>
    private void Settle(Worker worker, List<(Exchange Exchange, RequestFailure Failure)> failed)
    {
        if (worker.Verdict is not { } verdict || worker.ClosedAt == 0 || !unjudged.Remove(worker))
        {
            return;
        }
        foreach (var casualty in worker.Casualties)
        {
            var suspected = verdict.Suspects(casualty.Thread);
            if (casualty.Exchange is { } exchange)
            {
                Decide(casualty, exchange, suspected, failed);
            }
            else if (casualty.Fate == Fate.Failed && suspected && verdict.Suspicion == Suspicion.Thread)
            {
                Blame(casualty.Name, 1);
            }
        }
        worker.Settle();
    }

    private void Decide(Casualty casualty, Exchange exchange, bool suspected, List<(Exchange Exchange, RequestFailure Failure)> failed)
    {
        var now = time.GetTimestamp();
        exchange.DeathsFromOutside += suspected ? 0 : 1;
        exchange.Casualty = null;
        exchange.WaitsSince = now;
        casualty.Exchange = null;
        casualty.Fate = replays.Decide(
            exchange.FirstBegunAt == 0 ? now : exchange.FirstBegunAt, now, exchange.IsSuspect, suspected, exchange.DeathsFromOutside);
        switch (casualty.Fate)
        {
            case Fate.RunsAgain:
                traffic.Moved(hadBegun: true);
                anyReplayed = true;
                exchange.Place = WaitingPlace.Queue;
                queue.PutBack(exchange);
                break;
            case Fate.RunsAlone:
                traffic.Moved(hadBegun: true);
                exchange.IsSuspect = true;
                exchange.Place = WaitingPlace.Isolation;
                isolation.Add(exchange);
                break;
            default:
                exchange.State = ExchangeState.Idle;
                failed.Add((exchange, RequestFailure.WorkerDied));
                if (exchange.IsSuspect)
                {
                    Blame(casualty.Name, exchange.Deaths);
                }
                break;
        }
    }

    private void Blame(RequestName name, int deaths)
    {
        Poisons.Add(name);
        blamed.Add((name, deaths));
    }

    /// <summary>Under the gate. Takes an exchange from wherever it waits.</summary>
    private void StopWaiting(Exchange exchange)
    {
        switch (exchange.Place)
        {
            case WaitingPlace.Verdict:
                exchange.Casualty!.Exchange = null;
                exchange.Casualty.Fate = Fate.Abandoned;
                exchange.Casualty = null;
                break;
            case WaitingPlace.Isolation:
                isolation.Remove(exchange);
                break;
            default:
                queue.Remove(exchange);
                break;
        }
        exchange.State = ExchangeState.Idle;
    }

    /// <summary>Sends suspects to workers that run nothing else.</summary>
    private void PumpIsolation()
    {
        while (true)
        {
            Worker worker;
            Exchange exchange;
            lock (gate)
            {
                if (paused || isolation.Next(ready) is not { } next)
                {
                    return;
                }
                (worker, exchange) = next;
                Claim(worker, exchange, time.GetTimestamp(), fromQueue: true);
            }
            Send(worker, exchange, behind: false);
        }
    }
}
