using System.Runtime.CompilerServices;
using Hotplate.Channel;
using Hotplate.Settings;

namespace Hotplate.Workers;

/// <summary>The workers of one app, and the requests that wait for them. Decides which worker gets which request, and when.</summary>
/// <remarks>
/// Safe to call from any thread. Decisions are made under one gate that is held for well under a microsecond and never across a callback,
/// a system call or the writing of a frame. docs/architecture.md tells the order of locks.
/// </remarks>
internal sealed class WorkerPool : IDisposable
{
    private readonly Lock gate = new();
    private readonly WorkerSettings settings;
    private readonly ILogger log;
    private readonly RequestQueue queue;
    private readonly RoutePredictor predictor = new();
    private readonly Reclaimer reclaimer;
    private readonly ITimer expiry;
    private Worker[] ready = [];
    private bool stopping;

    internal WorkerPool(WorkerSettings settings, TimeProvider time, ILogger log)
    {
        this.settings = settings;
        this.log = log;
        queue = new RequestQueue(settings.MaxQueue, settings.FairQueue);
        reclaimer = new Reclaimer(Reclaim);
        expiry = time.CreateTimer(_ => Expire(), null, TimeSpan.FromMilliseconds(250), TimeSpan.FromMilliseconds(250));
    }

    /// <summary>Lines that workers want logged: the worker, the request it belongs to (or null), the level (0 debug to 3 error), the text.</summary>
    internal Action<Worker, Exchange?, uint, string>? Logged { get; set; }

    /// <summary>A worker broke the protocol and must be killed.</summary>
    internal Action<Worker>? Broken { get; set; }

    internal FlushTick FlushTick { get; } = new();

    /// <summary>Requests that wait for a worker.</summary>
    internal int Waiting => queue.Count;

    /// <summary>Requests in the hands of workers.</summary>
    internal int InFlight
    {
        get
        {
            lock (gate)
            {
                return ready.Sum(worker => worker.InFlight);
            }
        }
    }

    /// <summary>Most requests that may run in this app at a time, as things stand.</summary>
    internal int Ready => Volatile.Read(ref ready).Length;

    /// <summary>Gives a request to a worker now, or lets it wait its turn. Its <c>On…</c> methods tell the rest.</summary>
    internal void Submit(Exchange exchange)
    {
        exchange.Predicted = predictor.Predict(exchange.Route);
        exchange.SubmittedAt = Libc.MonotonicNanoseconds();
        exchange.SentAt = 0;
        exchange.Attempts = 0;
        RequestFailure refused;
        Worker? worker = null;
        lock (gate)
        {
            refused = stopping ? RequestFailure.Stopping : RequestFailure.None;
            if (refused == RequestFailure.None && (queue.Count > 0 || (worker = Place(exchange, exchange.SubmittedAt)) is null))
            {
                exchange.State = ExchangeState.Waiting;
                refused = queue.TryEnqueue(exchange) ? RequestFailure.None : RequestFailure.QueueFull;
            }
        }
        if (refused != RequestFailure.None)
        {
            exchange.State = ExchangeState.Idle;
            exchange.OnFailed(refused);
            return;
        }
        if (worker is not null)
        {
            Send(worker, exchange);
            return;
        }
        Pump();
    }

    /// <summary>The client left. A request that waits goes at once; one in flight is let go, and its worker is told to stop.</summary>
    /// <returns>True: the pool has let go and calls no <c>On…</c> method again. False: it had already, or is about to end it.</returns>
    internal bool Abandon(Exchange exchange)
    {
        Worker worker;
        uint stream;
        lock (gate)
        {
            switch (exchange.State)
            {
                case ExchangeState.Waiting:
                    queue.Remove(exchange);
                    exchange.State = ExchangeState.Idle;
                    return true;
                case ExchangeState.InFlight when exchange.Writing:
                    // Another thread is encoding it. It lets go as soon as that is done: see Sent.
                    exchange.AbandonWhenSent = true;
                    return false;
                case ExchangeState.InFlight:
                    worker = exchange.Worker!;
                    stream = exchange.Stream;
                    ref var flight = ref worker.Find(stream);
                    exchange.State = ExchangeState.Idle;
                    exchange.Worker = null;
                    if (Unsafe.IsNullRef(ref flight))
                    {
                        return true;
                    }
                    flight.Exchange = null;
                    if (worker.TryReclaim(ref flight))
                    {
                        stream = 0;
                    }
                    break;
                default:
                    return false;
            }
        }
        if (stream != 0)
        {
            worker.SendControl(FrameType.Abandon, stream);
        }
        Pump();
        return true;
    }

    /// <summary>From now on nothing new is taken; what waits and runs goes on.</summary>
    internal void Stop()
    {
        lock (gate)
        {
            stopping = true;
        }
    }

    /// <summary>Takes a worker out of service: it finishes what it has, then exits.</summary>
    internal void Drain(Worker worker)
    {
        lock (gate)
        {
            if (worker.State != WorkerState.Ready)
            {
                return;
            }
            worker.State = WorkerState.Draining;
            ready = [.. ready.Where(other => other != worker)];
        }
        worker.SendControl(FrameType.Drain);
    }

    public void Dispose()
    {
        expiry.Dispose();
        reclaimer.Dispose();
        FlushTick.Dispose();
    }

    /// <summary>The response's last frame came: gives the place back and returns the exchange, or null when nobody waits for it any more.</summary>
    internal Exchange? Finish(Worker worker, uint stream, uint microseconds)
    {
        Exchange? exchange;
        lock (gate)
        {
            ref var flight = ref worker.Find(stream);
            if (Unsafe.IsNullRef(ref flight))
            {
                return null;
            }
            exchange = flight.Exchange;
            predictor.Observe(flight.Route, microseconds);
            worker.Release(ref flight);
            if (exchange is not null)
            {
                exchange.State = ExchangeState.Idle;
                exchange.Worker = null;
                exchange.RanMicroseconds = microseconds;
                exchange.WorkerPid = worker.Pid;
            }
        }
        Pump();
        return exchange;
    }

    /// <summary>The frame of an exchange lies in its worker's buffer and cannot have left yet.</summary>
    internal void Sent(Exchange exchange)
    {
        lock (gate)
        {
            exchange.Writing = false;
        }
    }

    internal void SetConcurrency(Worker worker, int concurrency)
    {
        lock (gate)
        {
            worker.SetConcurrency(concurrency);
        }
        Pump();
    }

    /// <summary>From now on the worker gets requests.</summary>
    internal void Admit(Worker worker)
    {
        lock (gate)
        {
            if (worker.State == WorkerState.Ready && Array.IndexOf(ready, worker) < 0)
            {
                ready = [.. ready, worker];
            }
        }
        Pump();
    }

    /// <summary>Some workers take over from others in one step: no request sees both or neither. The replaced ones finish what they have, then exit.</summary>
    internal void Swap(IReadOnlyList<Worker> admitted, IReadOnlyList<Worker> replaced)
    {
        var drained = new List<Worker>();
        lock (gate)
        {
            ready = [.. ready.Except(replaced).Union(admitted.Where(worker => worker.State == WorkerState.Ready))];
            foreach (var worker in replaced.Where(worker => worker.State == WorkerState.Ready))
            {
                worker.State = WorkerState.Draining;
                drained.Add(worker);
            }
        }
        foreach (var worker in drained)
        {
            worker.SendControl(FrameType.Drain);
        }
        Pump();
    }

    /// <summary>Gives a request to one certain worker, which need not be admitted. It fails when that worker cannot take it.</summary>
    internal void SubmitTo(Worker worker, Exchange exchange)
    {
        exchange.Predicted = predictor.Predict(exchange.Route);
        exchange.SubmittedAt = Libc.MonotonicNanoseconds();
        bool taken;
        lock (gate)
        {
            taken = worker is { State: WorkerState.Ready, HasSlot: true };
            if (taken)
            {
                Claim(worker, exchange, exchange.SubmittedAt);
            }
        }
        if (taken)
        {
            Send(worker, exchange);
        }
        else
        {
            exchange.OnFailed(RequestFailure.WorkerDied);
        }
    }

    /// <summary>A worker's channel has ended. What it never began runs elsewhere; what may run again does; the rest fails.</summary>
    internal void OnClosed(Worker worker)
    {
        List<Exchange> failed = [];
        lock (gate)
        {
            worker.State = WorkerState.Exited;
            ready = [.. ready.Where(other => other != worker)];
            for (var slot = worker.Board.Slots - 1; slot >= 0; slot--)
            {
                ref var flight = ref worker.FlightAt(slot);
                if (!flight.InUse)
                {
                    continue;
                }
                var exchange = flight.Exchange;
                var again = exchange is not null && ((worker.NeverBegan(flight) && exchange.MayMove) || exchange.MayRunAgain);
                worker.Release(ref flight);
                if (exchange is null)
                {
                    continue;
                }
                exchange.Worker = null;
                if (again && !exchange.AbandonWhenSent)
                {
                    exchange.State = ExchangeState.Waiting;
                    queue.PutBack(exchange);
                }
                else
                {
                    exchange.State = ExchangeState.Idle;
                    failed.Add(exchange);
                }
            }
        }
        foreach (var exchange in failed)
        {
            exchange.OnFailed(RequestFailure.WorkerDied);
        }
        Pump();
    }

    internal void OnDefect(Worker worker, Exception error) => log.Defect(worker.Pid, error);

    internal void OnBroken(Worker worker) => Broken?.Invoke(worker);

    internal void OnLog(Worker worker, Exchange? exchange, uint level, ReadOnlySpan<byte> text) =>
        Logged?.Invoke(worker, exchange, level, System.Text.Encoding.UTF8.GetString(text));

    /// <summary>Gives waiting requests to workers for as long as there is room.</summary>
    private void Pump()
    {
        while (queue.Count > 0)
        {
            Exchange? next;
            Worker? worker;
            lock (gate)
            {
                var now = Libc.MonotonicNanoseconds();
                next = queue.Peek();
                if (next is null)
                {
                    return;
                }
                worker = Choose(next);
                if (worker is null)
                {
                    // A slow one whose turn it is does not fit behind what a worker has; a fast one may.
                    next = queue.PeekFast();
                    worker = next is null ? null : Choose(next);
                    if (worker is null)
                    {
                        return;
                    }
                }
                queue.Take(next!);
                Claim(worker, next!, now);
            }
            Send(worker, next!);
        }
    }

    private Worker? Place(Exchange exchange, long now)
    {
        var worker = Choose(exchange);
        if (worker is not null)
        {
            Claim(worker, exchange, now);
        }
        return worker;
    }

    private void Claim(Worker worker, Exchange exchange, long now)
    {
        worker.Claim(exchange, now);
        exchange.Writing = true;
        if (worker.InFlight > worker.Concurrency)
        {
            reclaimer.Arm();
        }
    }

    /// <summary>The worker where it would start soonest, or null when it does better to wait. Under the gate.</summary>
    private Worker? Choose(Exchange exchange)
    {
        Worker? best = null;
        var bestIsFree = false;
        foreach (var worker in ready)
        {
            if (!worker.HasSlot)
            {
                continue;
            }
            var free = worker.InFlight < worker.Concurrency;
            if (!free && (worker.Overdue || worker.Load + exchange.Predicted > settings.ReadyWorkMicroseconds))
            {
                continue;
            }
            if (best is null || (free && !bestIsFree) || (free == bestIsFree && worker.Load < best.Load))
            {
                best = worker;
                bestIsFree = free;
            }
        }
        return best;
    }

    private void Send(Worker worker, Exchange exchange)
    {
        if (!worker.Send(exchange))
        {
            FailUnsent(worker, exchange);
        }
        else if (exchange.AbandonWhenSent)
        {
            exchange.AbandonWhenSent = false;
            if (Abandon(exchange))
            {
                exchange.OnFailed(RequestFailure.ClientLeft);
            }
        }
    }

    private void FailUnsent(Worker worker, Exchange exchange)
    {
        lock (gate)
        {
            exchange.Writing = false;
            ref var flight = ref worker.Find(exchange.Stream);
            if (Unsafe.IsNullRef(ref flight) || flight.Exchange != exchange)
            {
                return;
            }
            worker.Release(ref flight);
            exchange.State = ExchangeState.Idle;
            exchange.Worker = null;
        }
        exchange.OnFailed(RequestFailure.NoSpace);
    }

    /// <summary>Takes back requests that wait behind one that has run for over a millisecond. Returns false when nothing waits behind anything.</summary>
    private bool Reclaim()
    {
        var more = false;
        var reclaimed = 0;
        var startedBefore = Libc.MonotonicNanoseconds() - 1_000_000;
        foreach (var worker in Volatile.Read(ref ready))
        {
            if (worker.InFlight <= worker.Concurrency)
            {
                continue;
            }
            more = true;
            // Looked at without the gate, which requests need; what is seen here only decides whether to take it.
            if (HasRunOver(worker, startedBefore))
            {
                lock (gate)
                {
                    reclaimed += TakeBack(worker);
                }
            }
        }
        if (reclaimed > 0)
        {
            log.Reclaimed(reclaimed);
            FlushScope.Enter();
            Pump();
            FlushScope.Exit();
        }
        return more;
    }

    private static bool HasRunOver(Worker worker, long startedBefore)
    {
        var board = worker.Board;
        for (var slot = 0; slot < board.Slots; slot++)
        {
            if (worker.FlightAt(slot).InUse
                && Scoreboard.StateOf(Volatile.Read(ref board[slot].Word)) == SlotState.Running
                && Volatile.Read(ref board[slot].RunningAt) < startedBefore)
            {
                return true;
            }
        }
        return false;
    }

    private int TakeBack(Worker worker)
    {
        var taken = 0;
        for (var slot = 0; slot < worker.Board.Slots; slot++)
        {
            ref var flight = ref worker.FlightAt(slot);
            if (flight is { InUse: true, Exchange: { Writing: false, MayMove: true } exchange } && worker.TryReclaim(ref flight))
            {
                exchange.Worker = null;
                exchange.State = ExchangeState.Waiting;
                queue.PutBack(exchange);
                taken++;
            }
        }
        worker.Overdue = true;
        return taken;
    }

    private void Expire()
    {
        while (true)
        {
            Exchange? expired;
            lock (gate)
            {
                expired = queue.TryTakeExpired(Libc.MonotonicNanoseconds() - (settings.MaxQueueTime.Ticks * 100));
                if (expired is null)
                {
                    return;
                }
                expired.State = ExchangeState.Idle;
            }
            expired.OnFailed(RequestFailure.QueueTimeout);
        }
    }
}
