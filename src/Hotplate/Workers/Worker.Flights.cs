using Hotplate.Channel;

namespace Hotplate.Workers;

/// <content>Looks at all that it has in hand. Under the pool's gate.</content>
internal sealed partial class Worker
{
    /// <summary>Takes out what it has not begun and what waits since before a time. Their exchanges are the caller's to end.</summary>
    internal void TakeExpired(long deadline, List<Exchange> expired)
    {
        for (int slot = 0, left = InFlight; left > 0 && slot < flights.Length; slot++)
        {
            ref var flight = ref flights[slot];
            if (!flight.InUse)
            {
                continue;
            }
            left--;
            if (flight.Exchange is { Writing: false } exchange && exchange.WaitsSince < deadline && TryReclaim(ref flight))
            {
                exchange.Worker = null;
                exchange.WorkerPid = Pid;
                exchange.State = ExchangeState.Idle;
                expired.Add(exchange);
            }
        }
    }

    /// <summary>It runs nothing, and has had something to run since before a time.</summary>
    internal bool StandsStill(long sentBefore)
    {
        var oldest = long.MaxValue;
        for (int slot = 0, left = InFlight; left > 0 && slot < flights.Length; slot++)
        {
            ref var flight = ref flights[slot];
            if (!flight.InUse)
            {
                continue;
            }
            left--;
            if (Scoreboard.StateOf(Volatile.Read(ref Board[slot].Word)) != SlotState.Queued)
            {
                return false;
            }
            oldest = Math.Min(oldest, flight.SentAt);
        }
        return oldest < sentBefore;
    }

    /// <summary>What has begun and not ended, by name.</summary>
    internal List<string> Running()
    {
        var names = new List<string>();
        for (var slot = 0; slot < flights.Length; slot++)
        {
            ref var flight = ref flights[slot];
            if (flight is { InUse: true, Exchange: { } exchange } && Scoreboard.StateOf(Volatile.Read(ref Board[slot].Word)) != SlotState.Queued)
            {
                names.Add($"{exchange.Name} ({exchange.Name.Id})");
            }
        }
        return names;
    }
}
