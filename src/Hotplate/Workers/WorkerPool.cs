using Hotplate.Channel;
using Hotplate.Settings;

namespace Hotplate.Workers;

/// <summary>The workers of one app, and the requests that wait for them. Decides which worker gets which request, and when.</summary>
/// <remarks>
/// Safe to call from any thread. Decisions are made under one gate that is held for well under a microsecond and never across a callback,
/// a system call or the writing of a frame. docs/architecture.md tells the order of locks.
/// </remarks>
internal sealed partial class WorkerPool : IDisposable
{
    /// <summary>Requests behind one that runs so much longer than was predicted are taken back. In nanoseconds, as long as a route may
    /// take to be called fast.</summary>
    private const long Overdue = RequestQueue.SlowFrom * 1000;

    private readonly Lock gate = new();
    private readonly WorkerSettings settings;
    private readonly TimeProvider time;
    private readonly ILogger log;
    private readonly RequestQueue queue;
    private readonly BatchRule batches;
    private readonly ReadyWorkers ready;
    private readonly long longestWait;
    private readonly RoutePredictor predictor = new();
    private readonly Reclaimer reclaimer;
    private readonly ITimer housekeeping;
    private readonly TrafficTally traffic = new();
    private SchedulingTally tally;
    private Backlog backlog;
    private long tallyFrom;
    private bool stopping;

    /// <param name="time">Its timestamps must be CLOCK_MONOTONIC nanoseconds, as those of workers are.</param>
    internal WorkerPool(WorkerSettings settings, TimeProvider time, ILogger log)
    {
        this.settings = settings;
        this.time = time;
        this.log = log;
        queue = new RequestQueue(settings.MaxQueue, settings.FairQueue);
        limits = new TimeLimits(settings);
        replays = new ReplayPolicy(settings);
        Poisons = new PoisonList(time);
        batches = new BatchRule(settings.ReadyWorkMicroseconds);
        ready = new ReadyWorkers(batches);
        affinity = settings.Affinity is null ? null : new Affinity();
        longestWait = settings.MaxQueueTime.Ticks * 100;
        backlog = new Backlog(longestWait);
        reclaimer = new Reclaimer(Reclaim);
        var tick = TimeSpan.FromMilliseconds(Math.Clamp(settings.MaxQueueTime.TotalMilliseconds / 4, 10, 250));
        housekeeping = time.CreateTimer(_ => KeepHouse(), null, tick, tick);
    }

    /// <summary>Lines that workers want logged: the worker, the request it belongs to (or null), the level (0 debug to 3 error), the text.</summary>
    internal Action<Worker, Exchange?, uint, string>? Logged { get; set; }

    /// <summary>A worker broke the protocol and must be killed.</summary>
    internal Action<Worker>? Broken { get; set; }

    /// <summary>A worker would end, and says so.</summary>
    internal Action<Worker>? Leaves { get; set; }

    internal FlushTick FlushTick { get; } = new();

    /// <summary>Requests that wait for a worker.</summary>
    internal int Waiting => queue.Count;

    /// <summary>Workers that serve and could begin nothing more now.</summary>
    internal int Busy
    {
        get
        {
            lock (gate)
            {
                return ready.Snapshot.Count(static worker => !worker.IsFree || worker.Stalled);
            }
        }
    }

    /// <summary>How long the one that waits longest has waited by now.</summary>
    internal TimeSpan LongestWait
    {
        get
        {
            lock (gate)
            {
                return TimeSpan.FromMicroseconds(queue.LongestWait(time.GetTimestamp()) / 1000.0);
            }
        }
    }

    /// <summary>The requests that the worker has begun and not finished, by name; those whose client has left are not among them.</summary>
    internal IReadOnlyList<string> Running(Worker worker)
    {
        lock (gate)
        {
            return worker.Running();
        }
    }

    /// <summary>Requests in the hands of workers that serve.</summary>
    internal int InFlight
    {
        get
        {
            lock (gate)
            {
                return alive.Where(static worker => worker.State == WorkerState.Ready).Sum(static worker => worker.InFlight);
            }
        }
    }

    /// <summary>Gives a request to a worker now, or lets it wait its turn. Its <c>On…</c> methods tell the rest.</summary>
    internal void Submit(Exchange exchange)
    {
        Prepare(exchange);
        var refused = RequestFailure.None;
        Worker? worker = null;
        var behind = false;
        lock (gate)
        {
            worker = queue.Count == 0 && !stopping && !paused ? Choose(exchange, isDue: false) : null;
            if (worker is { HasSlot: false })
            {
                (worker, refused) = (null, RequestFailure.QueueFull);
            }
            else if (worker is not null)
            {
                behind = Claim(worker, exchange, exchange.SubmittedAt, fromQueue: false);
            }
            else
            {
                refused = Enqueue(exchange);
            }
        }
        if (worker is not null)
        {
            Send(worker, exchange, behind);
        }
        else if (refused != RequestFailure.None)
        {
            exchange.OnFailed(refused);
        }
        else
        {
            Pump();
        }
    }

    /// <summary>Gives a request to one certain worker, which need not be admitted. It fails when that worker cannot take it.</summary>
    internal void SubmitTo(Worker worker, Exchange exchange)
    {
        Prepare(exchange);
        bool taken;
        lock (gate)
        {
            taken = worker is { State: WorkerState.Ready, HasSlot: true };
            if (taken)
            {
                Claim(worker, exchange, exchange.SubmittedAt, fromQueue: false);
            }
        }
        if (taken)
        {
            Send(worker, exchange, behind: false);
        }
        else
        {
            exchange.OnFailed(RequestFailure.WorkerDied);
        }
    }

    /// <summary>The client left. A request that waits goes at once; one in flight is let go, and its worker is told to stop.</summary>
    /// <returns>True: the pool has let go and calls no <c>On…</c> method again. False: it had already, or is about to end it.</returns>
    internal bool Abandon(Exchange exchange) => Abandon(exchange, null, 0);

    /// <summary>As <see cref="Abandon(Exchange)"/>, if it still is at that worker on that stream; nothing otherwise.</summary>
    internal bool AbandonAt(Exchange exchange, Worker worker, uint stream) => Abandon(exchange, worker, stream);

    /// <summary>From now on nothing new is taken; what waits and runs goes on.</summary>
    internal void Stop()
    {
        lock (gate)
        {
            stopping = true;
        }
    }

    /// <summary>Takes a worker out of service: it finishes what it has begun, then exits. What it has not begun goes to others, if there are any.</summary>
    internal void Drain(Worker worker)
    {
        lock (gate)
        {
            if (worker.State != WorkerState.Ready)
            {
                return;
            }
            worker.State = WorkerState.Draining;
            TakeOut(worker);
            if (ready.Count > 0)
            {
                tally.Reclaimed(worker.TakeBack(queue, long.MaxValue));
            }
        }
        worker.SendControl(FrameType.Drain);
        Pump();
    }

    /// <summary>
    /// Some workers take over from others in one step: no request sees both or neither. The replaced ones finish what they have, then exit, unless
    /// they are to rest: then they get no requests until they are admitted again or drained.
    /// </summary>
    internal void Swap(IReadOnlyList<Worker> admitted, IReadOnlyList<Worker> replaced, bool rest = false)
    {
        var drained = new List<Worker>();
        lock (gate)
        {
            canary = null;
            ready.Swap(admitted.Where(static worker => worker.State == WorkerState.Ready), replaced);
            isolation.Forget(replaced);
            foreach (var worker in replaced.Where(static worker => worker.State == WorkerState.Ready))
            {
                if (!rest)
                {
                    worker.State = WorkerState.Draining;
                    drained.Add(worker);
                }
                if (ready.Count > 0)
                {
                    tally.Reclaimed(worker.TakeBack(queue, long.MaxValue));
                }
            }
        }
        foreach (var worker in drained)
        {
            worker.SendControl(FrameType.Drain);
        }
        Pump();
    }

    public void Dispose()
    {
        housekeeping.Dispose();
        reclaimer.Dispose();
    }

    private void Prepare(Exchange exchange)
    {
        exchange.Predicted = predictor.Predict(exchange.Route);
        exchange.SubmittedAt = exchange.WaitsSince = time.GetTimestamp();
        exchange.SentAt = 0;
        exchange.Deaths = exchange.DeathsFromOutside = 0;
        exchange.FirstBegunAt = 0;
        exchange.IsSuspect = false;
        exchange.RanMicroseconds = 0;
        exchange.AbandonWhenSent = false;
    }

    /// <summary>Under the gate. Lets it wait its turn, unless there is no point.</summary>
    private RequestFailure Enqueue(Exchange exchange)
    {
        if (stopping)
        {
            return RequestFailure.Stopping;
        }
        if (queue.Count == 0)
        {
            backlog.Began(exchange.SubmittedAt);
        }
        else if (!paused
            && backlog.IsTooLong(queue.WorkBefore(exchange), queue.LongestWait(exchange.SubmittedAt), ready, exchange.SubmittedAt))
        {
            return RequestFailure.Overloaded;
        }
        if (!queue.TryEnqueue(exchange))
        {
            return RequestFailure.QueueFull;
        }
        exchange.State = ExchangeState.Waiting;
        exchange.Place = WaitingPlace.Queue;
        tally.Queued(queue.Count);
        return RequestFailure.None;
    }

    private bool Abandon(Exchange exchange, Worker? at, uint atStream)
    {
        Worker worker;
        uint stream;
        lock (gate)
        {
            if (at is not null && !exchange.IsAt(at, atStream))
            {
                return false;
            }
            switch (exchange.State)
            {
                case ExchangeState.Waiting:
                    StopWaiting(exchange);
                    return true;
                case ExchangeState.InFlight when exchange.Writing:
                    // Another thread is encoding it. It lets go as soon as that is done: see Sent.
                    exchange.AbandonWhenSent = true;
                    return false;
                case ExchangeState.InFlight:
                    worker = exchange.Worker!;
                    stream = LetGo(worker, exchange) ? 0 : exchange.Stream;
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

    /// <summary>Gives waiting requests to workers for as long as there is room.</summary>
    private void Pump()
    {
        if (isolation.IsActive)
        {
            PumpIsolation();
        }
        while (queue.Count > 0)
        {
            Exchange? next;
            Worker? worker;
            bool behind, late, full;
            lock (gate)
            {
                next = queue.Peek(out var isDue);
                worker = next is null || paused ? null : Choose(next, isDue);
                if (worker is null)
                {
                    return;
                }
                // Whatever kept us from looking at it in time, nobody waits for its answer any more.
                var now = time.GetTimestamp();
                late = now - next!.WaitsSince > longestWait;
                full = !worker.HasSlot;
                if (late || full)
                {
                    queue.Remove(next);
                    next.State = ExchangeState.Idle;
                }
                else
                {
                    queue.Take(next);
                }
                behind = !late && !full && Claim(worker, next, now, fromQueue: true);
            }
            if (late || full)
            {
                next.OnFailed(late ? RequestFailure.QueueTimeout : RequestFailure.QueueFull);
                continue;
            }
            Send(worker, next, behind);
        }
    }

    /// <summary>Under the gate. True: it may have to wait at the worker.</summary>
    private bool Claim(Worker worker, Exchange exchange, long now, bool fromQueue)
    {
        worker.Claim(exchange, now);
        canary?.Next();
        tally.Sent(exchange, fromQueue);
        return worker.InFlight > worker.Concurrency;
    }

    private void Send(Worker worker, Exchange exchange, bool behind)
    {
        // When it is sent it may be answered at once, and its object in use for another request: nothing of it may be looked at again.
        var sent = worker.Send(exchange, out var failure);
        if (behind)
        {
            reclaimer.Arm();
        }
        if (sent)
        {
            return;
        }
        if (failure != RequestFailure.None)
        {
            exchange.OnFailed(failure);
        }
        Pump();
    }
}
