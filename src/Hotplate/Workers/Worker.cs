using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Hotplate.Channel;

namespace Hotplate.Workers;

/// <summary>One worker process as the data plane sees it: its channel, its scoreboard, and what it has in hand.</summary>
/// <remarks>Flights, load and state are guarded by the pool's gate; the channel has a lock of its own for sending.</remarks>
internal sealed class Worker : IDisposable
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
    private uint count;

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

    /// <summary>What it is given starts at once, as far as can be known.</summary>
    internal bool IsFree => InFlight < Concurrency;

    /// <summary>Answers that began, and how many of them were 5xx.</summary>
    internal long Answers { get; private set; }

    internal long ServerErrors { get; private set; }

    internal string Python { get; private set; } = "";

    internal Scoreboard Board => segment.Board;

    internal bool HasSlot => freeCount > 0;

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
        flight.InUse = true;
        InFlight++;
        Load += exchange.Predicted;
        exchange.Slot = slot;
        exchange.Stream = flight.Stream;
        exchange.SentAt = now;
        exchange.Writing = true;
        exchange.State = ExchangeState.InFlight;
        Volatile.Write(ref exchange.Worker, this); // after the stream: see Exchange.IsAt
        ref var line = ref Board[slot];
        line.QueuedAt = now;
        line.Stream = flight.Stream;
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
        var flags = exchange.Predicted >= RequestQueue.SlowFrom ? FrameFlags.FlushFirst : FrameFlags.None;
        return channel.Write(pool, exchange, flights[exchange.Slot].Sequence, flags, out failure);
    }

    /// <summary>Sends a frame of no more than its header.</summary>
    internal void SendControl(FrameType type, uint stream = 0, uint argument = 0) => channel.WriteControl(type, stream, argument);

    /// <summary>Sends a piece of a request's body.</summary>
    internal void SendBody(uint stream, ReadOnlySpan<byte> body, bool end) => channel.WriteBody(stream, body, end);

    /// <summary>Sends what was written. Called by <see cref="FlushScope"/>.</summary>
    internal void Flush() => channel.Flush();

    /// <summary>Sends it when the socket engine is through its present round.</summary>
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

    /// <summary>One by slot, in use or not. Under the gate.</summary>
    internal ref Flight FlightAt(int slot) => ref flights[slot];

    internal int Slots => flights.Length;

    /// <summary>Gives a slot back. Under the gate.</summary>
    internal void Release(ref Flight flight)
    {
        var slot = (int)(flight.Stream & (MaxSlots - 1));
        Volatile.Write(ref Board[slot].Word, Scoreboard.Word(flight.Sequence, SlotState.Free));
        flight.Exchange = null;
        flight.InUse = false;
        InFlight--;
        Load -= flight.Predicted;
        freeSlots[freeCount++] = slot;
    }

    /// <summary>Takes a request back that has not begun. Under the gate. False: it has, and the worker will answer it.</summary>
    internal bool TryReclaim(ref Flight flight)
    {
        var slot = (int)(flight.Stream & (MaxSlots - 1));
        if (!Board.TryMove(slot, flight.Sequence, SlotState.Queued, SlotState.Free))
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

    /// <summary>Finds requests that run longer than was predicted, and corrects the prediction so that nothing more is put behind them. Under the gate.</summary>
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
            if (ran > limit)
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
                queue.PutBack(exchange);
                taken++;
            }
        }
        return taken;
    }

    /// <summary>Handles one frame. False: the worker broke the protocol.</summary>
    internal bool OnFrame(in FrameHeader header, ReadOnlySpan<byte> payload)
    {
        switch (header.Type)
        {
            case FrameType.Response or FrameType.ResponseBody or FrameType.ResponseEnd or FrameType.Failed or FrameType.ResponseFile:
                return OnStreamFrame(header, payload);
            case FrameType.Skipped or FrameType.Pong:
                return true;
            case FrameType.Credit when header.Stream == 0:
                pool.SetConcurrency(this, (int)Math.Clamp(header.Argument, 1, (uint)flights.Length));
                return true;
            case FrameType.Credit:
                Current(header.Stream)?.OnRequestCredit(this, header.Stream, header.Argument);
                return true;
            case FrameType.Ready:
                return OnReady(payload);
            case FrameType.Log:
                pool.OnLog(this, Current(header.Stream), header.Argument, payload);
                return true;
            case FrameType.Stack:
                return true;
            default:
                return false;
        }
    }

    /// <summary>A defect of ours came to light while this worker was served.</summary>
    internal void OnDefect(Exception error) => pool.OnDefect(this, error);

    /// <summary>The worker broke the protocol. Its channel is at its end.</summary>
    internal void OnBroken() => pool.OnBroken(this);

    /// <summary>The channel is at its end. Called once, by its reader.</summary>
    internal void OnClosed()
    {
        channel.Close();
        pool.OnClosed(this);
        Dispose();
    }

    /// <summary>The process has ended. What it sent is read to its end, also when a process that it started holds its descriptors open.</summary>
    internal void OnProcessGone() => channel.EndReceiving();

    internal void SetConcurrency(int concurrency) => Concurrency = concurrency;

    public void Dispose()
    {
        channel.Dispose();
        descriptors.Dispose();
        segment.Dispose();
    }

    private bool OnStreamFrame(in FrameHeader header, ReadOnlySpan<byte> payload)
    {
        var ends = header.Type is FrameType.ResponseEnd or FrameType.Failed || header.Flags.HasFlag(FrameFlags.End);
        var whole = true;
        var exchange = ends ? pool.Finish(this, header.Stream, header.Argument, out whole) : Current(header.Stream);
        if (exchange is null)
        {
            // The client left, or the request was taken back: what still comes of it is passed over.
            return whole && (header.Type != FrameType.ResponseFile || CloseFile(header.Stream));
        }
        whole = header.Type switch
        {
            FrameType.Response => OnResponse(exchange, header, payload),
            FrameType.ResponseBody => exchange.OnBody(this, header.Stream, payload),
            FrameType.ResponseFile => OnFile(exchange, header.Stream, payload),
            _ => true,
        };
        if (!ends)
        {
            // What is not whole stays in flight until the channel is closed, a moment later.
            FlushScope.Touch(exchange);
        }
        else if (!whole || header.Type == FrameType.Failed)
        {
            ServerErrors++;
            exchange.OnFailed(RequestFailure.AppFailed);
        }
        else
        {
            exchange.OnEnd();
        }
        return whole;
    }

    private bool OnResponse(Exchange exchange, in FrameHeader header, ReadOnlySpan<byte> payload)
    {
        Answers++;
        ServerErrors += payload.Length > 1 && BitConverter.ToUInt16(payload) >= 500 ? 1 : 0;
        return exchange.OnResponse(this, header, payload);
    }

    private bool OnFile(Exchange exchange, uint stream, ReadOnlySpan<byte> payload)
    {
        var reader = new PayloadReader(payload);
        var offset = reader.I64();
        var length = reader.I64();
        if (!descriptors.TryReceive(stream, out var descriptor))
        {
            return false;
        }
        if (!reader.Ok || offset < 0 || length < 0 || offset > long.MaxValue - length)
        {
            _ = Libc.close(descriptor);
            return false;
        }
        return exchange.OnFile(this, stream, descriptor, offset, length);
    }

    private bool CloseFile(uint stream)
    {
        if (!descriptors.TryReceive(stream, out var descriptor))
        {
            return false;
        }
        _ = Libc.close(descriptor);
        return true;
    }

    private Exchange? Current(uint stream)
    {
        ref var flight = ref Find(stream);
        return Unsafe.IsNullRef(ref flight) ? null : flight.Exchange;
    }

    private bool OnReady(ReadOnlySpan<byte> payload)
    {
        if (!ReadyFrame.TryRead(payload, out var ready) || ready.Version != Wire.Version || State != WorkerState.Starting)
        {
            return false;
        }
        Python = System.Text.Encoding.UTF8.GetString(ready.Python);
        State = WorkerState.Ready;
        if (BecameReady is null)
        {
            pool.Admit(this);
        }
        else
        {
            BecameReady(this);
        }
        return true;
    }
}
