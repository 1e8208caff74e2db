using System.Net.Sockets;
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

    /// <summary>What it runs takes far longer than was predicted: nothing is to wait behind it until something of it ends. Guarded by the gate.</summary>
    internal bool Overdue { get; set; }

    /// <summary>Requests it has in hand, ready or running.</summary>
    internal int InFlight { get; private set; }

    /// <summary>What is in hand, in predicted microseconds.</summary>
    internal long Load { get; private set; }

    /// <summary>Answers that began, and how many of them were 5xx.</summary>
    internal int Answers { get; private set; }

    internal int ServerErrors { get; private set; }

    internal string Python { get; private set; } = "";

    internal Scoreboard Board => segment.Board;

    internal bool HasSlot => freeCount > 0;

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
        flight.Sequence++;
        flight.Predicted = exchange.Predicted;
        flight.InUse = true;
        InFlight++;
        Load += exchange.Predicted;
        exchange.Worker = this;
        exchange.Slot = slot;
        exchange.Stream = flight.Stream;
        exchange.SentAt = now;
        exchange.Attempts++;
        exchange.State = ExchangeState.InFlight;
        ref var line = ref Board[slot];
        line.QueuedAt = now;
        line.Stream = flight.Stream;
        Volatile.Write(ref line.Word, Scoreboard.Word(flight.Sequence, SlotState.Queued));
    }

    /// <summary>Sends the request of an exchange that has claimed a slot. Outside the gate.</summary>
    internal bool Send(Exchange exchange)
    {
        if (!exchange.PassDescriptor(this, exchange.Stream))
        {
            return false;
        }
        channel.Write(pool, exchange, flights[exchange.Slot].Sequence, exchange.Predicted >= RequestQueue.SlowFrom ? FrameFlags.FlushFirst : FrameFlags.None);
        return true;
    }

    /// <summary>Sends a frame of no more than its header.</summary>
    internal void SendControl(FrameType type, uint stream = 0, uint argument = 0) => channel.WriteControl(type, stream, argument);

    /// <summary>Sends a piece of a request's body.</summary>
    internal void SendBody(uint stream, ReadOnlySpan<byte> body, bool end) => channel.WriteBody(stream, body, end);

    /// <summary>Sends what was written. Called by <see cref="FlushScope"/>.</summary>
    internal void Flush() => channel.Flush();

    /// <summary>Sends it when the socket engine is through its present round.</summary>
    internal void FlushLater() => pool.FlushTick.Post(this);

    /// <summary>Frames that were written and not sent.</summary>
    internal int Unsent => channel.Unsent;

    internal bool PassDescriptor(uint stream, int descriptor) => descriptors.Send(stream, DescriptorKind.RequestBody, descriptor);

    /// <summary>The flight of a stream, or null when it has ended or was taken back.</summary>
    internal ref Flight Find(uint stream)
    {
        var slot = (int)(stream & (MaxSlots - 1));
        if (slot < flights.Length && flights[slot].InUse && flights[slot].Stream == stream)
        {
            return ref flights[slot];
        }
        return ref System.Runtime.CompilerServices.Unsafe.NullRef<Flight>();
    }

    internal ref Flight FlightAt(int slot) => ref flights[slot];

    /// <summary>Gives a slot back. Under the gate.</summary>
    internal void Release(ref Flight flight)
    {
        var slot = (int)(flight.Stream & (MaxSlots - 1));
        Volatile.Write(ref Board[slot].Word, Scoreboard.Word(flight.Sequence, SlotState.Free));
        flight.Exchange = null;
        flight.InUse = false;
        Overdue = false;
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

    /// <summary>True when the scoreboard says that the worker never began it.</summary>
    internal bool NeverBegan(in Flight flight) =>
        Volatile.Read(ref Board[(int)(flight.Stream & (MaxSlots - 1))].Word) == Scoreboard.Word(flight.Sequence, SlotState.Queued);

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
                Current(header.Stream)?.OnRequestCredit(header.Argument);
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

    internal void OnDefect(Exception error) => pool.OnDefect(this, error);

    internal void OnBroken() => pool.OnBroken(this);

    internal void OnClosed()
    {
        channel.Close();
        pool.OnClosed(this);
        Dispose();
    }

    /// <summary>The process has ended. The channel tells the rest, once what is left in it has been read.</summary>
    internal void OnProcessGone() => descriptors.Dispose();

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
        var exchange = ends ? pool.Finish(this, header.Stream, header.Argument) : Current(header.Stream);
        if (exchange is null)
        {
            // The client left, or the request was taken back: what still comes of it is passed over.
            return true;
        }
        switch (header.Type)
        {
            case FrameType.Response:
                Answers++;
                ServerErrors += payload.Length > 1 && BitConverter.ToUInt16(payload) >= 500 ? 1 : 0;
                if (!exchange.OnResponse(payload, header.Flags))
                {
                    exchange.OnFailed(RequestFailure.AppFailed);
                    return false;
                }
                break;
            case FrameType.ResponseBody:
                exchange.OnBody(payload);
                break;
            case FrameType.ResponseFile:
                var reader = new PayloadReader(payload);
                var offset = reader.I64();
                var length = reader.I64();
                if (!reader.Ok || offset < 0 || length < 0 || !descriptors.TryReceive(header.Stream, out var descriptor))
                {
                    exchange.OnFailed(RequestFailure.AppFailed);
                    return false;
                }
                exchange.OnFile(descriptor, offset, length);
                break;
            case FrameType.Failed:
                ServerErrors++;
                exchange.OnFailed(RequestFailure.AppFailed);
                return true;
            default:
                break;
        }
        if (ends)
        {
            exchange.OnEnd();
        }
        else
        {
            FlushScope.Touch(exchange);
        }
        return true;
    }

    private Exchange? Current(uint stream)
    {
        ref var flight = ref Find(stream);
        return System.Runtime.CompilerServices.Unsafe.IsNullRef(ref flight) ? null : flight.Exchange;
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
