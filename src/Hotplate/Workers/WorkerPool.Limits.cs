using System.Runtime.CompilerServices;
using System.Text;
using Hotplate.Channel;

namespace Hotplate.Workers;

/// <content>Time limits: requests that give their clients nothing are told when they are slow, and ended when they are over the limit.</content>
/// <remarks>
/// Looked after by housekeeping alone, from the scoreboard: nothing is started or stopped for a request. Over its limit its worker is asked for its
/// stacks, and to raise an exception in that thread. When it says that it has, a moment later, the client gets its answer, and the worker is
/// replaced. When nobody gets the GIL for that, the worker is killed.
/// </remarks>
internal sealed partial class WorkerPool
{
    private readonly TimeLimits limits;

    /// <summary>Requests over their limit whose worker has not said what came of it. Guarded by the gate.</summary>
    private readonly List<Overrun> overruns = [];
    private Worker[] alive = [];

    /// <summary>An exception has ended a request in a worker, which should not serve much longer; and why.</summary>
    internal Action<Worker, RequestFailure>? Interrupted { get; set; }

    /// <summary>A worker must be killed, and why.</summary>
    internal Action<Worker, string>? Stuck { get; set; }

    /// <summary>All workers that said that they serve, those that finish what they have included, until their channels end.</summary>
    internal Worker[] Alive => Volatile.Read(ref alive);

    /// <summary>The worker said that it serves.</summary>
    internal void Joined(Worker worker)
    {
        lock (gate)
        {
            worker.JoinedAt = time.GetTimestamp();
            alive = [.. alive, worker];
        }
    }

    /// <summary>The worker's answer to an interrupt.</summary>
    internal void OnInterrupted(Worker worker, uint stream, bool raised, ReadOnlySpan<byte> stack)
    {
        Overrun? overrun;
        Exchange? exchange = null;
        bool killed;
        lock (gate)
        {
            overrun = overruns.Find(one => one.Worker == worker && one.Stream == stream);
            killed = interrupted.Remove((worker, stream));
            if (overrun is not null)
            {
                overrun.AnsweredAt = time.GetTimestamp();
                overrun.RunsNoLonger = !raised;
                overruns.Remove(overrun);
                exchange = raised ? End(overrun) : null;
            }
        }
        if (!raised)
        {
            return; // its answer has come, only just
        }
        if (overrun is null)
        {
            if (killed)
            {
                Interrupted?.Invoke(worker, RequestFailure.Killed);
            }
            return;
        }
        Fail(overrun, exchange);
        Tell(overrun, "an exception was raised in its thread", LogBlock.Of(Encoding.UTF8.GetString(stack)) ?? StackOf(overrun));
        Interrupted?.Invoke(worker, RequestFailure.TimedOut);
    }

    /// <summary>Four times a second.</summary>
    private void WatchRequests()
    {
        var now = time.GetTimestamp();
        foreach (var worker in Alive)
        {
            if (limits.Shortest != long.MaxValue && worker.HasRunOver(now - limits.Shortest))
            {
                Watch(worker, now);
            }
            if (worker.State == WorkerState.Draining && HasOnlyOverruns(worker, now))
            {
                Condemn(worker, "nothing is left to finish but requests over their time limit, which do not end");
            }
        }
        FindStuck(now);
    }

    private void Watch(Worker worker, long now)
    {
        List<Overrun> slow = [];
        List<(Overrun Overrun, uint Sequence)> over = [];
        var number = 0u;
        lock (gate)
        {
            Task<string>? stacks = null;
            for (var slot = 0; slot < worker.Slots; slot++)
            {
                ref var flight = ref worker.FlightAt(slot);
                var verdict = Judge(worker, slot, now, out var begunAt);
                if (verdict == LimitVerdict.Fine)
                {
                    continue;
                }
                stacks ??= worker.OpenStacks(out number);
                ref var line = ref worker.Board[slot];
                var exchange = flight.Exchange;
                var overrun = new Overrun(
                    worker, flight.Stream, exchange?.Name ?? flight.Name ?? new RequestName("", "?", "-"), line.Ident, line.Thread,
                    begunAt - (exchange?.SubmittedAt ?? flight.SentAt), now - begunAt, now, stacks);
                if (verdict == LimitVerdict.Slow)
                {
                    slow.Add(overrun);
                    continue;
                }
                flight.Overrun = overrun;
                overruns.Add(overrun);
                over.Add((overrun, flight.Sequence));
            }
        }
        Ask(worker, number, over);
        foreach (var overrun in slow)
        {
            _ = TellSlowAsync(overrun);
        }
    }

    private static void Ask(Worker worker, uint stacks, List<(Overrun Overrun, uint Sequence)> over)
    {
        if (stacks == 0)
        {
            return;
        }
        // Before the question, so that what a thread does with it does not count.
        var before = over.Count == 0 ? null : ThreadSwitches.OfAll(worker.Pid);
        FlushScope.Enter();
        try
        {
            worker.SendControl(FrameType.DumpStacks, 0, stacks);
            foreach (var (overrun, sequence) in over)
            {
                overrun.Before = before;
                worker.SendControl(FrameType.Interrupt, overrun.Stream, sequence, Worker.SlotOf(overrun.Stream));
            }
        }
        finally
        {
            FlushScope.Exit();
        }
    }

    /// <summary>Under the gate. Only what runs, has an end and was not told before can be anything but fine.</summary>
    private LimitVerdict Judge(Worker worker, int slot, long now, out long begunAt)
    {
        ref var flight = ref worker.FlightAt(slot);
        ref var line = ref worker.Board[slot];
        begunAt = 0;
        if (!flight.InUse || flight.Overrun is not null || flight.Exchange is { Writing: true } or { IsLimited: false }
            || Volatile.Read(ref line.Word) != Scoreboard.Word(flight.Sequence, SlotState.Running))
        {
            return LimitVerdict.Fine;
        }
        // The worker writes the time after the state: for a moment it is that of the slot's last request. And it is not trusted.
        begunAt = Math.Clamp(Volatile.Read(ref line.RunningAt), flight.SentAt, Math.Max(now, flight.SentAt));
        return limits.Judge(ref flight.Clock, now, begunAt, flight.Moves, flight.Exchange is { WaitsForClient: true });
    }

    /// <summary>Under the gate. Parts a request over its limit from its client's exchange, which is returned if it is still there.</summary>
    private static Exchange? End(Overrun overrun)
    {
        ref var flight = ref overrun.Worker.Find(overrun.Stream);
        if (Unsafe.IsNullRef(ref flight) || flight.Exchange is not { } exchange)
        {
            return null;
        }
        exchange.RanMicroseconds = (uint)Math.Min(overrun.RanFor / 1000, uint.MaxValue);
        LetGo(overrun.Worker, exchange);
        return exchange;
    }

    private void Fail(Overrun overrun, Exchange? exchange)
    {
        if (exchange is not null)
        {
            canary?.Failed(overrun.Worker, exchange);
            overrun.Worker.SendControl(FrameType.Abandon, overrun.Stream);
            exchange.OnFailed(RequestFailure.TimedOut);
        }
    }

    /// <summary>Under the gate. The worker has ended; what it had not said of its requests it will not say.</summary>
    private Overrun[] Left(Worker worker)
    {
        if (alive.Contains(worker))
        {
            alive = [.. alive.Where(other => other != worker)];
            traffic.Left(worker.GilWait(time.GetTimestamp()));
        }
        interrupted.RemoveWhere(one => one.Worker == worker);
        Overrun[] untold = [.. overruns.Where(overrun => overrun.Worker == worker)];
        overruns.RemoveAll(untold.Contains);
        return untold;
    }

    private async Task TellSlowAsync(Overrun overrun)
    {
        await overrun.Stacks;
        log.SlowRequest(
            overrun.Name.Method, overrun.Name.Target, Seconds(overrun.RanFor), overrun.Name.Id, overrun.QueuedFor / 1_000_000, overrun.Worker.Pid, StackOf(overrun));
    }

    private void Tell(Overrun overrun, string outcome, LogBlock? stack) => log.TimedOut(
        overrun.Name.Method, overrun.Name.Target, Seconds(limits.Timeout), overrun.Name.Id, overrun.QueuedFor / 1_000_000, Seconds(overrun.RanFor),
        overrun.Worker.Pid, outcome, stack);

    private static LogBlock? StackOf(Overrun overrun) =>
        overrun.Stacks.IsCompletedSuccessfully ? LogBlock.Of(overrun.Stacks.Result, overrun.ThreadIdent) : null;

    private static string Seconds(long nanoseconds) => FormattableString.Invariant($"{nanoseconds / 1e9:0.0##}");

    /// <summary>From now on nothing new is taken, and what no worker has begun fails: there will be no worker for it.</summary>
    internal void TurnAway()
    {
        Stop();
        var turned = new List<Exchange>();
        lock (gate)
        {
            while (queue.TryTakeExpired(long.MaxValue) is { } waiting)
            {
                waiting.State = ExchangeState.Idle;
                turned.Add(waiting);
            }
        }
        turned.ForEach(static exchange => exchange.OnFailed(RequestFailure.Stopping));
    }
}
