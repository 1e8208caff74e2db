using Hotplate.Channel;
using Hotplate.Worker.CPython;
using Hotplate.Worker.Link;
using Hotplate.Worker.Native;

namespace Hotplate.Worker.Wsgi;

/// <summary>The exchanges of this worker, one for each slot of its scoreboard.</summary>
internal static unsafe class Exchanges
{
    private static Exchange* table;
    private static uint* streams;

    private static int running;

    internal static Scoreboard Board { get; private set; }

    /// <summary>What follows the scoreboard in its segment; not there where the front could not make the segment so large.</summary>
    internal static UnsentFrames Unsent { get; private set; }

    /// <summary>Where large request bodies lie; not there where the front could not make the segment so large.</summary>
    internal static SharedBodies Bodies { get; private set; }

    /// <summary>Requests the application has and has not answered. Changed with the GIL.</summary>
    internal static int Running => Volatile.Read(ref running);

    /// <summary>Maps the scoreboard; null, or what is wrong with it.</summary>
    internal static string? Open(int fd)
    {
        var size = Libc.lseek(fd, 0, Libc.SEEK_END);
        if (size is < 2 * Scoreboard.LineSize or > int.MaxValue)
        {
            return $"the scoreboard has {size} bytes";
        }
        var memory = Libc.mmap(null, (nint)size, 3 /* read, write */, 1 /* shared */, fd, 0);
        if ((nint)memory == -1)
        {
            return "the scoreboard cannot be mapped";
        }
        var slots = (int)((WorkerLine*)memory)->Slots;
        if (((WorkerLine*)memory)->Magic != Scoreboard.Magic || slots is < 1 or > ushort.MaxValue || Scoreboard.SizeFor(slots) > size)
        {
            return "the scoreboard is not one";
        }
        Board = new Scoreboard(memory, slots);
        var unsent = UnsentFrames.OffsetFor(slots);
        Unsent = new UnsentFrames(unsent + UnsentFrames.Size <= size ? memory + unsent : null);
        var hasBodies = SharedBodies.SegmentSize(slots) <= size;
        Bodies = new SharedBodies(hasBodies ? memory + SharedBodies.RequestsIn(slots) : null);
        LaidBodies.Open(new SharedBodies(hasBodies ? memory + SharedBodies.AnswersIn(slots) : null));
        Board.Worker.Pid = (uint)Libc.getpid();
        table = (Exchange*)Libc.calloc(slots, sizeof(Exchange));
        streams = (uint*)Libc.calloc(slots, sizeof(uint));
        for (var slot = 0; slot < slots; slot++)
        {
            table[slot].Slot = (ushort)slot;
        }
        return null;
    }

    internal static Exchange* At(int slot) => table + slot;

    /// <summary>The request a token stands for, while the application runs it; null when that is over.</summary>
    internal static Exchange* Find(PyObject* token)
    {
        if (token->Type != Api.Long)
        {
            return null;
        }
        int overflow;
        var value = Api.PyLong_AsLongLongAndOverflow(token, &overflow);
        var slot = (int)(value & 0xFFFF);
        if (overflow != 0 || value < 0 || slot >= Board.Slots)
        {
            return null;
        }
        var exchange = table + slot;
        return exchange->Sequence == (uint)(value >> 16) && exchange->Phase >= Phase.Called ? exchange : null;
    }

    /// <summary>A request has arrived: what follows for its stream belongs to it. The reader of the channel calls this.</summary>
    internal static void Bind(in FrameHeader header)
    {
        if (header.Slot >= Board.Slots || header.Stream == 0 || table[header.Slot].Phase >= Phase.Called)
        {
            Fatal.Exit($"the channel is broken: a request in slot {header.Slot}, stream {header.Stream}");
        }
        var exchange = table + header.Slot;
        exchange->Sequence = header.Argument;
        exchange->Stream = header.Stream;
        exchange->Credit = Wire.InitialCredit;
        Volatile.Write(ref exchange->Abandoned, 0);
        var follows = (header.Flags & (FrameFlags.End | FrameFlags.BodyInFile)) == FrameFlags.None;
        if (follows || exchange->HasBody)
        {
            exchange->Body.Reset(follows);
            exchange->HasBody = follows;
        }
        exchange->Phase = Phase.Queued;
        Volatile.Write(ref streams[header.Slot], header.Stream);
    }

    internal static void AddBody(in FrameHeader header, ReadOnlySpan<byte> bytes)
    {
        var exchange = OfStream(header.Stream);
        if (exchange is null || !exchange->HasBody)
        {
            return; // answered without reading all of it
        }
        // The second look: when it was answered just now its body was closed, and that is no fault of the front's.
        if (!exchange->Body.TryAdd(bytes, header.Flags.HasFlag(FrameFlags.End)) && OfStream(header.Stream) == exchange)
        {
            Fatal.Exit($"the channel is broken: {bytes.Length} more bytes of body than stream {header.Stream} may send");
        }
        Wake(exchange);
    }

    internal static void AddCredit(in FrameHeader header)
    {
        var exchange = OfStream(header.Stream);
        if (exchange is not null)
        {
            Interlocked.Add(ref exchange->Credit, header.Argument);
            Wake(exchange);
        }
    }

    internal static void Abandon(uint stream)
    {
        var exchange = OfStream(stream);
        if (exchange is not null)
        {
            Volatile.Write(ref exchange->Abandoned, 1);
            Wake(exchange);
        }
    }

    /// <summary>The application gets a request.</summary>
    internal static void Begin(Exchange* exchange, long now)
    {
        exchange->RunningAt = now;
        exchange->Phase = Phase.Called;
        ref var worker = ref Board.Worker;
        Volatile.Write(ref worker.Running, ++running);
        Volatile.Write(ref worker.Taken, worker.Taken + 1);
    }

    /// <summary>Forgets a finished request. Must come before its last frame is appended: the front may then use the slot again at once.</summary>
    internal static void Finish(Exchange* exchange, long now)
    {
        Volatile.Write(ref streams[exchange->Slot], 0);
        ref var line = ref Board[exchange->Slot];
        line.AnsweringAt = now;
        Board.TryMove(exchange->Slot, exchange->Sequence, SlotState.Running, SlotState.Answering);
        if (exchange->HasBody)
        {
            exchange->Body.Reset(follows: false);
        }
        exchange->Head.Clear(keep: 16 * 1024);
        exchange->LogLine.Clear(keep: 1024);
        exchange->Phase = Phase.Idle;
        Volatile.Write(ref Board.Worker.Running, --running);
    }

    private static Exchange* OfStream(uint stream)
    {
        var slot = stream == 0 ? -1 : new ReadOnlySpan<uint>(streams, Board.Slots).IndexOf(stream);
        return slot < 0 ? null : table + slot;
    }

    private static void Wake(Exchange* exchange)
    {
        Interlocked.Increment(ref exchange->Signal);
        if (Volatile.Read(ref exchange->Waiters) != 0)
        {
            Libc.FutexWake(&exchange->Signal, int.MaxValue);
        }
    }
}
