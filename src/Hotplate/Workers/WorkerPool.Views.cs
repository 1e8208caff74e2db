using Hotplate.Channel;

namespace Hotplate.Workers;

/// <content>What it tells and does for whoever asks about requests by name: seldom, so it takes the gate anew for each.</content>
internal sealed partial class WorkerPool
{
    /// <summary>Workers that serve.</summary>
    internal int Ready => ready.Count;

    /// <summary>Killed requests whose worker has not said yet whether an exception ended them. Guarded by the gate.</summary>
    private readonly HashSet<(Worker Worker, uint Stream)> interrupted = [];

    /// <summary>True when the worker gets requests, be it one that must run alone.</summary>
    internal bool Serves(Worker worker)
    {
        lock (gate)
        {
            return Served.Contains(worker) || isolation.Keeps(worker);
        }
    }

    /// <summary>Every request that waits, or is at one of these workers.</summary>
    internal List<RequestView> Look(IEnumerable<Worker> workers)
    {
        var seen = new List<RequestView>();
        var now = time.GetTimestamp();
        Exchange[] waiting;
        lock (gate)
        {
            waiting = [.. queue.All(), .. isolation.Waiting];
        }
        foreach (var exchange in waiting)
        {
            lock (gate)
            {
                if (exchange.State == ExchangeState.Waiting)
                {
                    var age = Math.Max(0, now - exchange.SubmittedAt);
                    seen.Add(new RequestView(exchange.Name, RequestPhase.Waiting, age, age, null, 0));
                }
            }
        }
        foreach (var worker in workers)
        {
            for (var slot = 0; slot < worker.Slots; slot++)
            {
                if (!worker.FlightAt(slot).InUse)
                {
                    continue;
                }
                lock (gate)
                {
                    if (LookAt(worker, slot, now) is { } view)
                    {
                        seen.Add(view);
                    }
                }
            }
        }
        return seen;
    }

    /// <summary>What it has done since it began.</summary>
    internal TrafficView Traffic()
    {
        lock (gate)
        {
            var now = time.GetTimestamp();
            return traffic.Read(alive.Sum(worker => worker.GilWait(now)));
        }
    }

    /// <summary>Seconds that the worker's requests have waited for the GIL.</summary>
    internal double GilWait(Worker worker)
    {
        lock (gate)
        {
            return alive.Contains(worker) ? worker.GilWait(time.GetTimestamp()) : 0;
        }
    }

    /// <summary>Ends the requests of that id for their clients, wherever they are. An application that has begun is told that its client has left, and gets an exception.</summary>
    /// <returns>What they were; none when there was none.</returns>
    internal List<RequestView> Kill(string id, IReadOnlyList<Worker> workers)
    {
        var killed = new List<RequestView>();
        var spin = new SpinWait();
        while (TryKill(id, workers, killed, out var busy) || busy)
        {
            if (busy)
            {
                // It is being written to its worker; that takes microseconds.
                spin.SpinOnce();
            }
        }
        Pump();
        return killed;
    }

    private bool TryKill(string id, IReadOnlyList<Worker> workers, List<RequestView> killed, out bool busy)
    {
        Exchange? found;
        Worker? worker = null;
        var (stream, sequence) = (0u, 0u);
        busy = false;
        lock (gate)
        {
            var now = time.GetTimestamp();
            found = Array.Find([.. queue.All(), .. isolation.Waiting], exchange => exchange.RequestId == id);
            if (found is not null)
            {
                var age = now - found.SubmittedAt;
                killed.Add(new RequestView(found.Name, RequestPhase.Waiting, age, age, null, 0));
                StopWaiting(found);
            }
            else if (FindFlight(id, workers, out worker, out var slot))
            {
                found = worker!.FlightAt(slot).Exchange!;
                busy = found.Writing;
                if (busy)
                {
                    return false;
                }
                killed.Add(LookAt(worker, slot, now)!);
                sequence = worker.FlightAt(slot).Sequence;
                stream = LetGo(worker, found) ? 0 : found.Stream;
                if (stream != 0)
                {
                    interrupted.Add((worker, stream));
                }
            }
        }
        if (found is null)
        {
            return false;
        }
        if (stream != 0)
        {
            worker!.SendControl(FrameType.Abandon, stream);
            worker.SendControl(FrameType.Interrupt, stream, sequence, Worker.SlotOf(stream));
        }
        found.OnFailed(RequestFailure.Killed);
        return true;
    }

    /// <summary>Under the gate.</summary>
    private static bool FindFlight(string id, IReadOnlyList<Worker> workers, out Worker? worker, out int slot)
    {
        foreach (var candidate in workers)
        {
            for (slot = 0; slot < candidate.Slots; slot++)
            {
                if (candidate.FlightAt(slot) is { InUse: true, Exchange: { } exchange } && exchange.RequestId == id)
                {
                    worker = candidate;
                    return true;
                }
            }
        }
        worker = null;
        slot = 0;
        return false;
    }

    /// <summary>Under the gate. Null when there is nothing any more.</summary>
    private static RequestView? LookAt(Worker worker, int slot, long now)
    {
        ref var flight = ref worker.FlightAt(slot);
        if (!flight.InUse)
        {
            return null;
        }
        ref var line = ref worker.Board[slot];
        var state = Scoreboard.StateOf(Volatile.Read(ref line.Word));
        var exchange = flight.Exchange;
        var submitted = exchange?.SubmittedAt ?? flight.SentAt;
        now = Math.Max(now, flight.SentAt);
        // The worker writes the time after the state: for a moment it is that of the slot's last request. And it is not trusted.
        var begun = state == SlotState.Queued ? now : Math.Clamp(Volatile.Read(ref line.RunningAt), flight.SentAt, now);
        var phase = exchange is null ? RequestPhase.Left
            : state == SlotState.Queued ? RequestPhase.Ready
            : exchange.IsAnswering || state == SlotState.Answering ? RequestPhase.Answering
            : RequestPhase.Running;
        return new RequestView(exchange?.Name ?? flight.Name, phase, now - submitted, begun - submitted, worker, state == SlotState.Queued ? 0 : line.Thread);
    }
}
