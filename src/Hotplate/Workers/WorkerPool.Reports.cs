using System.Runtime.CompilerServices;

namespace Hotplate.Workers;

/// <content>What becomes of a request that is at a worker: as its channel reports it, on the channel's thread.</content>
internal sealed partial class WorkerPool
{
    /// <summary>The response's last frame came: gives the place back and returns the exchange, or null when nobody waits for it any more.</summary>
    /// <param name="whole">False: the worker ended what it had not been sent yet.</param>
    internal Exchange? Finish(Worker worker, uint stream, uint microseconds, out bool whole)
    {
        Exchange? exchange;
        int expected, before;
        bool tell;
        lock (gate)
        {
            ref var flight = ref worker.Find(stream);
            exchange = Unsafe.IsNullRef(ref flight) ? null : flight.Exchange;
            whole = exchange is not { Writing: true };
            if (Unsafe.IsNullRef(ref flight) || !whole)
            {
                return null;
            }
            expected = predictor.Observe(flight.Route, microseconds, out before);
            tell = expected >= RequestQueue.SlowFrom != before >= RequestQueue.SlowFrom && tally.MayTell();
            if (exchange is not null)
            {
                exchange.State = ExchangeState.Idle;
                exchange.RanMicroseconds = microseconds;
                exchange.WorkerPid = worker.Pid;
                var begun = Math.Max(flight.SentAt, Volatile.Read(ref worker.Board[exchange.Slot].RunningAt));
                traffic.Ended(begun - exchange.SubmittedAt, microseconds);
                if (flight.Predicted < RequestQueue.SlowFrom)
                {
                    batches.Waited(begun - exchange.SubmittedAt);
                }
            }
            worker.Release(ref flight);
        }
        if (tell && exchange is not null && log.IsEnabled(LogLevel.Debug))
        {
            log.RouteChangedClass(exchange.RouteName, expected >= RequestQueue.SlowFrom ? "slow" : "fast", expected, before);
        }
        Pump();
        return exchange;
    }

    /// <summary>The frame of an exchange lies in its worker's buffer and cannot have left yet.</summary>
    /// <returns>False: it stays here, because its client left or its worker died meanwhile; <paramref name="failure"/> is what the exchange is to be told, if anything.</returns>
    internal bool Sent(Worker worker, Exchange exchange, out RequestFailure failure)
    {
        lock (gate)
        {
            failure = RequestFailure.None;
            exchange.Writing = false;
            if (worker.State == WorkerState.Exited)
            {
                failure = Bereave(worker, ref worker.FlightAt(exchange.Slot));
                return false;
            }
            if (exchange.AbandonWhenSent)
            {
                LetGo(worker, exchange);
                failure = RequestFailure.ClientLeft;
                return false;
            }
            exchange.OnSent(worker, exchange.Stream);
            return true;
        }
    }

    /// <summary>The body's descriptor could not be passed, so nothing was written. As <see cref="Sent"/>.</summary>
    internal bool Unsent(Worker worker, Exchange exchange, DescriptorPass why, out RequestFailure failure)
    {
        lock (gate)
        {
            exchange.Writing = false;
            if (why == DescriptorPass.NoWorker || worker.State == WorkerState.Exited)
            {
                // Its channel ends in a moment; until then it must not be chosen again.
                TakeOut(worker);
                failure = Bereave(worker, ref worker.FlightAt(exchange.Slot));
                return false;
            }
            failure = exchange.AbandonWhenSent ? RequestFailure.ClientLeft : RequestFailure.NoSpace;
            if (!LetGo(worker, exchange))
            {
                worker.Release(ref worker.FlightAt(exchange.Slot));
            }
            return false;
        }
    }

    internal void SetConcurrency(Worker worker, int concurrency)
    {
        int before;
        lock (gate)
        {
            before = worker.Concurrency;
            worker.SetConcurrency(concurrency);
            if (concurrency > before && queue.Count > 0)
            {
                backlog.Grew(ready.Concurrency, time.GetTimestamp());
            }
        }
        if (before != concurrency)
        {
            log.ConcurrencyChanged(worker.Pid, concurrency, before);
        }
        Pump();
    }

    /// <summary>From now on the worker gets requests.</summary>
    internal void Admit(Worker worker)
    {
        lock (gate)
        {
            if (worker.State == WorkerState.Ready && !ready.Snapshot.Contains(worker))
            {
                ready.Add(worker);
            }
        }
        Pump();
    }

    /// <summary>The worker passed over a request, which shows that it lives. False: nobody has taken that request back from it.</summary>
    internal bool Skipped(Worker worker, uint stream)
    {
        bool stalled;
        lock (gate)
        {
            if (!Unsafe.IsNullRef(ref worker.Find(stream)))
            {
                worker.IsSpoilt = true;
                return false;
            }
            stalled = worker.Stalled;
            worker.Stalled = false;
        }
        if (stalled)
        {
            Pump();
        }
        return true;
    }

    internal void OnDefect(Worker worker, Exception error) => log.Defect(worker.Pid, error);

    internal void OnBroken(Worker worker) => Broken?.Invoke(worker);

    internal void OnLog(Worker worker, Exchange? exchange, uint level, ReadOnlySpan<byte> text) =>
        Logged?.Invoke(worker, exchange, level, System.Text.Encoding.UTF8.GetString(text));

    /// <summary>Under the gate. Parts an exchange from its flight. True: the worker had not begun it and never will.</summary>
    private static bool LetGo(Worker worker, Exchange exchange)
    {
        exchange.State = ExchangeState.Idle;
        exchange.Worker = null;
        exchange.WorkerPid = worker.Pid;
        ref var flight = ref worker.FlightAt(exchange.Slot);
        if (worker.TryReclaim(ref flight))
        {
            return true;
        }
        flight.Name = exchange.Name;
        flight.Exchange = null;
        return false;
    }
}
