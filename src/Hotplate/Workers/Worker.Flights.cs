using Hotplate.Channel;

namespace Hotplate.Workers;

/// <content>Looks at all that it has in hand. Under the pool's gate.</content>
internal sealed partial class Worker
{
    /// <summary>What has been looked at for so long, in nanoseconds, and did not come, does not come. The front may have stood still too, so it counts no more than <see cref="LongestStep"/> between two looks.</summary>
    internal const long Patience = 10_000_000_000;
    private const long LongestStep = 500_000_000;

    private long examinedAt;
    private long stalledFor;

    /// <summary>Why it is broken, by its scoreboard; null when it is not, as far as can be seen. Four times a second.</summary>
    internal string? Examine(long now)
    {
        var step = Math.Clamp(now - examinedAt, 0, LongestStep);
        examinedAt = now;
        stalledFor = Stalled ? stalledFor + step : 0;
        if (stalledFor >= Patience)
        {
            return "it has begun nothing of what it was sent for ten seconds";
        }
        for (int slot = 0, left = InFlight; left > 0 && slot < flights.Length; slot++)
        {
            ref var flight = ref flights[slot];
            if (!flight.InUse)
            {
                continue;
            }
            left--;
            if (!See(ref flight, slot))
            {
                IsSpoilt = true;
                return "its scoreboard says what cannot be, so something in it writes into memory that is not its own";
            }
            var isOver = flight.Seen == SlotState.Answering || flight.Overrun is { RunsNoLonger: true };
            flight.Still = isOver ? flight.Still + step : 0;
            if (flight.Still >= Patience)
            {
                return "it says that a request is over, and the end of the answer has not come for ten seconds";
            }
        }
        return null;
    }

    /// <summary>Looks at a slot. False: what it says cannot follow what was seen before (docs/architecture.md, "States").</summary>
    private bool See(ref Flight flight, int slot)
    {
        var word = Volatile.Read(ref Board[slot].Word);
        var state = Scoreboard.StateOf(word);
        if (word != Scoreboard.Word(flight.Sequence, state) || state < flight.Seen || state > SlotState.Answering)
        {
            return false;
        }
        flight.Seen = state;
        return true;
    }

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
