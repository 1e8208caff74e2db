using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Hotplate.Channel;

namespace Hotplate.Workers;

/// <summary>One worker process as the data plane sees it: its channel, its scoreboard, and what it has in hand.</summary>
/// <remarks>Flights, load and state are guarded by the pool's gate; the channel has a lock of its own for sending.</remarks>
internal sealed partial class Worker : IDisposable
{
    /// <summary>Stream ids are a slot and a count, so that finding the flight of a frame is one look: 2048 slots at most.</summary>
    private const int SlotBits = 11;
    internal const int MaxSlots = 1 << SlotBits;

    private readonly WorkerPool pool;
    private readonly ScoreboardSegment segment;
    private readonly ChannelSocket channel;
    private readonly DescriptorSocket descriptors;
    private readonly Flight[] flights;
    private readonly int[] freeSlots;
    private int freeCount;
    private readonly StackRequests stacks = new();
    private readonly TaskCompletionSource<IReadOnlyList<Casualty>> settled = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private uint count;
    private int slowAtHand;
    private BodyPieces pieces;
    private double gilWait;

    internal Worker(WorkerPool pool, int id, Socket channel, DescriptorSocket descriptors, ScoreboardSegment segment)
    {
        this.pool = pool;
        this.descriptors = descriptors;
        this.segment = segment;
        Id = id;
        flights = new Flight[segment.Board.Slots];
        freeSlots = new int[flights.Length];
        for (var slot = flights.Length - 1; slot >= 0; slot--)
        {
            freeSlots[freeCount++] = slot;
        }
        this.channel = new ChannelSocket(this, channel);
    }

    /// <summary>Counts upward over the server's life; never reused.</summary>
    internal int Id { get; }

    /// <summary>The process, once the zygote has told.</summary>
    internal int Pid { get; set; }

    internal WorkerState State { get; set; } = WorkerState.Starting;

    /// <summary>How many requests may run in it at a time, as it said itself.</summary>
    internal int Concurrency { get; private set; } = 1;

    /// <summary>Requests it has in hand, ready or running.</summary>
    internal int InFlight { get; private set; }

    /// <summary>What is in hand, in predicted microseconds.</summary>
    internal long Load { get; private set; }

    /// <summary>What was sent to it of the requests at hand, without bodies in shared memory.</summary>
    internal long Bytes { get; private set; }

    /// <summary>Its body can be laid beside those of the requests at hand, or goes through a socket that has room for it.</summary>
    /// <param name="large">Bytes of a body that is to be laid in shared memory, or 0.</param>
    /// <param name="mostBytes">That may be on the way through the socket before it.</param>
    internal bool HasRoom(int large, long mostBytes) => large > 0 && segment.Bodies.IsThere ? pieces.HasRoom(large) : Bytes <= mostBytes;

    /// <summary>Something at hand was predicted to be slow, or nobody knows what it takes.</summary>
    internal bool HasSlow => slowAtHand > 0;

    /// <summary>What it is given starts at once, as far as can be known.</summary>
    internal bool IsFree => InFlight < Concurrency;

    /// <summary>When its channel had been read to its end; 0 before. Under the gate, as the next two.</summary>
    internal long ClosedAt { get; set; }

    /// <summary>How it ended, once that is known.</summary>
    internal Verdict? Verdict { get; set; }

    /// <summary>The requests that it had begun when it died.</summary>
    internal List<Casualty> Casualties { get; } = [];

    /// <summary>Gives the casualties when it is decided what becomes of them.</summary>
    internal Task<IReadOnlyList<Casualty>> Settled => settled.Task;

    /// <summary>It is about to be killed, and that was told.</summary>
    internal bool IsCondemned { get; set; }

    /// <summary>It began nothing for too long, so it gets nothing until it does. Under the gate.</summary>
    internal bool Stalled { get; set; }

    /// <summary>Its scoreboard has said what cannot be: nothing of it is believed, and all that it has in hand counts as begun. Under the gate.</summary>
    internal bool IsSpoilt { get; set; }

    /// <summary>Answers that began, and how many of them were 5xx.</summary>
    internal long Answers { get; private set; }

    internal long ServerErrors { get; private set; }

    internal string Python { get; private set; } = "";

    /// <summary>When it said that it serves.</summary>
    internal long JoinedAt { get; set; }

    internal Scoreboard Board => segment.Board;

    internal bool HasSlot => freeCount > 0;

    /// <summary>How many clients' requests go to it. Guarded by the pool's gate.</summary>
    internal int Clients;

    internal int FreeSlots => freeCount;

    /// <summary>Called when the worker said that it serves; whoever sets this admits it to the pool.</summary>
    internal Action<Worker>? BecameReady { get; set; }

    internal void Start() => channel.Start();

    /// <summary>Takes a slot for an exchange. Under the pool's gate. The frame is written afterwards by <see cref="Send"/>.</summary>
    internal void Claim(Exchange exchange, long now)
    {
        var slot = freeSlots[--freeCount];
        ref var flight = ref flights[slot];
        count = count == uint.MaxValue >> SlotBits ? 1 : count + 1;
        flight.Exchange = exchange;
        flight.Route = exchange.Route;
        flight.Stream = (count << SlotBits) | (uint)slot;
        flight.SentAt = now;
        flight.Sequence++;
        flight.Predicted = exchange.Predicted;
        flight.IsSlow = exchange.Predicted >= RoutePredictor.Unknown;
        flight.InUse = true;
        flight.Seen = SlotState.Queued;
        flight.Still = 0;
        flight.Moves = 0;
        flight.Clock = default;
        InFlight++;
        Load += exchange.Predicted;
        slowAtHand += flight.IsSlow ? 1 : 0;
        flight.Pieces = exchange.LargeBody is > 0 and var large && segment.Bodies.IsThere ? pieces.Take(large) : 0;
        exchange.BodyOffset = flight.Pieces == 0 ? -1 : BodyPieces.OffsetOf(flight.Pieces);
        flight.Bytes = exchange.RequestSize;
        Bytes += flight.Bytes;
        exchange.Slot = slot;
        exchange.Stream = flight.Stream;
        exchange.SentAt = now;
        exchange.Writing = true;
        exchange.State = ExchangeState.InFlight;
        Volatile.Write(ref exchange.Worker, this); // after the stream: see Exchange.IsAt
        ref var line = ref Board[slot];
        line.QueuedAt = now;
        line.Stream = flight.Stream;
        line.NoReplay = 0;
        Volatile.Write(ref line.Word, Scoreboard.Word(flight.Sequence, SlotState.Queued));
    }

    /// <summary>Sends the request of an exchange that has claimed a slot. Outside the gate. False: see <see cref="WorkerPool.Sent"/>.</summary>
    internal bool Send(Exchange exchange, out RequestFailure failure)
    {
        var passed = exchange.PassDescriptor(this, exchange.Stream);
        if (passed != DescriptorPass.Passed)
        {
            return pool.Unsent(this, exchange, passed, out failure);
        }
        if (exchange.BodyOffset >= 0)
        {
            exchange.WriteBody(segment.Bodies.At(exchange.BodyOffset, exchange.LargeBody));
        }
        var flags = exchange.Predicted >= RequestQueue.SlowFrom ? FrameFlags.FlushFirst : FrameFlags.None;
        return channel.Write(pool, exchange, flights[exchange.Slot].Sequence, flags, out failure);
    }

    /// <summary>Sends a frame of no more than its header.</summary>
    internal void SendControl(FrameType type, uint stream = 0, uint argument = 0, ushort slot = 0) => channel.WriteControl(type, stream, argument, slot);

    /// <summary>Sends a piece of a request's body.</summary>
    internal void SendBody(uint stream, ReadOnlySpan<byte> body, bool end)
    {
        ref var flight = ref Find(stream);
        if (!Unsafe.IsNullRef(ref flight))
        {
            flight.Moves++;
        }
        channel.WriteBody(stream, body, end);
    }

    /// <summary>Asks for the stacks of all its Python threads, as faulthandler writes them. It need not have the GIL for that.</summary>
    /// <returns>The text; empty when the worker ends before.</returns>
    internal Task<string> DumpStacksAsync()
    {
        var text = OpenStacks(out var number);
        SendControl(FrameType.DumpStacks, 0, number);
        return text;
    }

    /// <summary>The first half of <see cref="DumpStacksAsync"/>: what to ask with. May be called under the gate.</summary>
    internal Task<string> OpenStacks(out uint number) => stacks.Open(out number);

    /// <summary>Sends what was written. Called by <see cref="FlushScope"/>.</summary>
    internal void Flush() => channel.Flush();

    /// <summary>Sends it when the event loop is through its present round.</summary>
    internal void FlushLater() => pool.FlushTick.Post(this);

    /// <summary>Requests that were written and not sent.</summary>
    internal int Unsent => channel.Unsent;

    internal DescriptorPass PassDescriptor(uint stream, int descriptor) => descriptors.Send(stream, DescriptorKind.RequestBody, descriptor);

    /// <summary>The flight of a stream, or null when it has ended or was taken back.</summary>
    internal ref Flight Find(uint stream)
    {
        var slot = (int)(stream & (MaxSlots - 1));
        if (slot < flights.Length && flights[slot].InUse && flights[slot].Stream == stream)
        {
            return ref flights[slot];
        }
        return ref Unsafe.NullRef<Flight>();
    }

    internal static ushort SlotOf(uint stream) => (ushort)(stream & (MaxSlots - 1));

    /// <summary>One by slot, in use or not. Under the gate.</summary>
    internal ref Flight FlightAt(int slot) => ref flights[slot];

    internal int Slots => flights.Length;

    /// <summary>Gives a slot back. Under the gate.</summary>
    internal void Release(ref Flight flight)
    {
        var slot = (int)(flight.Stream & (MaxSlots - 1));
        Volatile.Write(ref Board[slot].Word, Scoreboard.Word(flight.Sequence, SlotState.Free));
        flight.Exchange = null;
        flight.Overrun = null;
        flight.Name = null;
        flight.InUse = false;
        InFlight--;
        Load -= flight.Predicted;
        Bytes -= flight.Bytes;
        pieces.Give(flight.Pieces);
        slowAtHand -= flight.IsSlow ? 1 : 0;
        freeSlots[freeCount++] = slot;
    }

    /// <summary>Takes a request back that has not begun. Under the gate. False: it has, and the worker will answer it.</summary>
    internal bool TryReclaim(ref Flight flight)
    {
        var slot = (int)(flight.Stream & (MaxSlots - 1));
        if (IsSpoilt || flight.Seen != SlotState.Queued || !Board.TryMove(slot, flight.Sequence, SlotState.Queued, SlotState.Free))
        {
            return false;
        }
        Release(ref flight);
        return true;
    }

    /// <summary>True when a request has run over a limit. Needs no gate: what is seen only decides whether to take it for a closer look.</summary>
    internal bool HasRunOver(long startedBefore)
    {
        for (int slot = 0, left = InFlight; left > 0 && slot < flights.Length; slot++)
        {
            if (!flights[slot].InUse)
            {
                continue;
            }
            left--;
            ref var line = ref Board[slot];
            if (Scoreboard.StateOf(Volatile.Read(ref line.Word)) == SlotState.Running && Volatile.Read(ref line.RunningAt) < startedBefore)
            {
                return true;
            }
        }
        return false;
    }

    /// <summary>Finds requests that run longer than was predicted, by a limit in nanoseconds, and corrects the prediction so that nothing
    /// more is put behind them. Under the gate.</summary>
    /// <returns>The longest run, in nanoseconds; 0 when none has run so long.</returns>
    internal long FindOverdue(long now, long limit, int predicted)
    {
        var longest = 0L;
        for (int slot = 0, left = InFlight; left > 0; slot++)
        {
            ref var flight = ref flights[slot];
            if (!flight.InUse)
            {
                continue;
            }
            left--;
            ref var line = ref Board[slot];
            if (Scoreboard.StateOf(Volatile.Read(ref line.Word)) != SlotState.Running)
            {
                continue;
            }
            // The worker writes the time after the state: for a moment it is that of the slot's last request.
            var ran = now - Math.Max(flight.SentAt, Volatile.Read(ref line.RunningAt));
            if (ran > limit + (flight.Predicted * 1000L))
            {
                longest = Math.Max(longest, ran);
                var corrected = Math.Max(flight.Predicted, (int)Math.Min(ran / 1000, 60_000_000) + predicted);
                Load += corrected - flight.Predicted;
                flight.Predicted = corrected;
            }
        }
        return longest;
    }

    /// <summary>Takes back what it has not begun and what was sent before a time, and puts it in the queue. Under the gate.</summary>
    internal int TakeBack(RequestQueue queue, long sentBefore)
    {
        var taken = 0;
        if (pool.HasAffinity && State == WorkerState.Ready)
        {
            // They would come back to it.
            return 0;
        }
        for (int slot = 0, left = InFlight; left > 0; slot++)
        {
            ref var flight = ref flights[slot];
            if (!flight.InUse)
            {
                continue;
            }
            left--;
            if (flight.SentAt < sentBefore && flight.Exchange is { Writing: false, MayMove: true } exchange && TryReclaim(ref flight))
            {
                exchange.Worker = null;
                exchange.State = ExchangeState.Waiting;
                exchange.Place = WaitingPlace.Queue;
                queue.PutBack(exchange);
                taken++;
            }
        }
        return taken;
    }

    /// <summary>What becomes of its requests is decided.</summary>
    internal void Settle() => settled.TrySetResult(Casualties);

    /// <summary>A defect of ours came to light while this worker was served.</summary>
    internal void OnDefect(Exception error) => pool.OnDefect(this, error);

    /// <summary>The worker broke the protocol. Its channel is at its end.</summary>
    internal void OnBroken() => pool.OnBroken(this);

    /// <summary>The channel is at its end. Called once, by its reader.</summary>
    internal void OnClosed()
    {
        channel.Close();
        if (!IsSpoilt)
        {
            channel.TakeUnsent(segment.Unsent);
        }
        stacks.Close();
        pool.OnClosed(this);
        Dispose();
    }

    /// <summary>The process has ended. What it sent is read to its end, also when a process that it started holds its descriptors open.</summary>
    internal void OnProcessGone() => channel.EndReceiving();

    /// <summary>Seconds that its requests have waited for the GIL, as it says itself: never less than before, and no more than so many can have. Under the gate.</summary>
    internal double GilWait(long now) => gilWait = Math.Max(gilWait, Math.Min(Volatile.Read(ref Board.Worker.GilWait) / 1e9, (now - JoinedAt) / 1e9 * Slots));

    internal void SetConcurrency(int concurrency) => Concurrency = concurrency;

    public void Dispose()
    {
        channel.Dispose();
        descriptors.Dispose();
        segment.Dispose();
    }
}
