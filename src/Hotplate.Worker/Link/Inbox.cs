using Hotplate.Channel;
using Hotplate.Worker.Native;
using Hotplate.Worker.Threads;
using Hotplate.Worker.Wsgi;

namespace Hotplate.Worker.Link;

/// <summary>What comes from the front: reads the channel, obeys control frames at once, and keeps requests until a thread takes them.</summary>
/// <remarks>
/// One thread at a time reads: the holder of <see cref="Reader"/>, with or without the GIL. Requests are taken by holders of the GIL, so the
/// queue has one writer and one taker. A request stays where it was received; <see cref="Chunk"/> says when that memory is free again.
/// </remarks>
internal static unsafe class Inbox
{
    private const int QueueSize = 8192;
    private static int channel;
    private static Chunk* current;
    private static Chunk* chunks;
    private static int parseAt;
    private static int readEnd;
    private static Arrival* queue;
    private static int taken;
    private static int queued;
    private static volatile bool draining;
    private static int signals = -1;

    /// <summary>The role of reading the channel. May be held for long, so a holder of the GIL only tries to get it.</summary>
    internal static Gate Reader;

    /// <summary>The front wants no more of us once what is queued and running is finished.</summary>
    internal static bool Draining => draining;

    internal static bool HasRequest => Volatile.Read(ref queued) != Volatile.Read(ref taken);

    /// <summary>Counts the requests that were taken.</summary>
    internal static int Taken => Volatile.Read(ref taken);

    internal static int Requests => Volatile.Read(ref queued) - Volatile.Read(ref taken);

    internal static void Open(int fd)
    {
        channel = fd;
        queue = (Arrival*)Libc.calloc(QueueSize, sizeof(Arrival));
        current = chunks = Chunk.Make(Chunk.UsualSize, null);
    }

    /// <summary>A descriptor that is readable after a signal: one that comes just before a wait ends it as well (signal.set_wakeup_fd).</summary>
    internal static void WakeOn(int readable) => signals = readable;

    /// <summary>The next request, in order of arrival. Call <see cref="Chunk.Release"/> when its bytes were used. With the GIL.</summary>
    internal static bool TryTake(out Arrival arrival)
    {
        if (!HasRequest)
        {
            arrival = default;
            return false;
        }
        arrival = queue[taken & (QueueSize - 1)];
        Volatile.Write(ref taken, taken + 1);
        return true;
    }

    /// <summary>True when the next request asks that finished answers go out before it runs.</summary>
    internal static bool NextIsSlow => HasRequest && queue[taken & (QueueSize - 1)].IsSlow;

    /// <summary>Reads what is there, or waits until something is. The caller holds <see cref="Reader"/>, and not the GIL when it waits.</summary>
    /// <returns>False: nothing was there, or a signal came.</returns>
    internal static bool Read(bool wait)
    {
        var bytes = MakeRoom(out var room);
        if (room == 0)
        {
            return false; // the queue is full; its takers make room
        }
        if (wait && signals >= 0 && SignalComesFirst())
        {
            return false;
        }
        var count = Libc.recv(channel, bytes, room, wait ? 0 : Libc.MSG_DONTWAIT);
        if (count <= 0)
        {
            if (count < 0 && Libc.Errno is Libc.EAGAIN or Libc.EINTR)
            {
                return false;
            }
            Lifetime.ChannelClosed();
            return false;
        }
        readEnd += (int)count;
        Sort();
        return true;
    }

    /// <summary>Waits for whichever comes first, a frame or a signal.</summary>
    private static bool SignalComesFirst()
    {
        var ends = stackalloc Libc.PollFd[2];
        ends[0] = new() { Fd = channel, Events = Libc.POLLIN };
        ends[1] = new() { Fd = signals, Events = Libc.POLLIN };
        if (Libc.poll(ends, 2, -1) < 0)
        {
            return true;
        }
        if (ends[1].Returned == 0)
        {
            return false;
        }
        var told = stackalloc byte[64];
        if (Libc.read(signals, told, 64) <= 0 && Libc.Errno != Libc.EINTR)
        {
            signals = -1; // the application closed it
        }
        return true;
    }

    private static byte* MakeRoom(out int room)
    {
        var partial = readEnd - parseAt;
        if (partial == 0 && Volatile.Read(ref current->Untaken) == 0)
        {
            parseAt = readEnd = 0;
        }
        var needed = 4096;
        if (partial >= Wire.HeaderSize)
        {
            var length = *(int*)(current->Bytes + parseAt); // was checked by Sort
            needed = length - partial;
            if (needed <= 0)
            {
                // Whole, but the queue was full.
                Sort();
                room = 0;
                return null;
            }
        }
        if (current->Size - readEnd < needed)
        {
            var next = Chunk.Find(ref chunks, current, partial + needed);
            Buffer.MemoryCopy(current->Bytes + parseAt, next->Bytes, next->Size, partial);
            current = next;
            parseAt = 0;
            readEnd = partial;
        }
        room = current->Size - readEnd;
        return current->Bytes + readEnd;
    }

    private static void Sort()
    {
        while (readEnd - parseAt >= Wire.HeaderSize)
        {
            var at = current->Bytes + parseAt;
            if (!FrameHeader.TryRead(new ReadOnlySpan<byte>(at, Wire.HeaderSize), out var header))
            {
                Fatal.Exit($"the channel is broken: a frame of {header.Length} bytes");
            }
            if (header.Length > readEnd - parseAt)
            {
                return;
            }
            if (header.Type == FrameType.Request)
            {
                if (queued - Volatile.Read(ref taken) == QueueSize)
                {
                    return;
                }
                Exchanges.Bind(header);
                queue[queued & (QueueSize - 1)] = new Arrival { Frame = at, Chunk = current };
                Interlocked.Increment(ref current->Untaken);
                Volatile.Write(ref queued, queued + 1);
            }
            else
            {
                Obey(header, new ReadOnlySpan<byte>(at + Wire.HeaderSize, header.Length - Wire.HeaderSize));
            }
            parseAt += header.Length;
        }
    }

    private static void Obey(in FrameHeader header, ReadOnlySpan<byte> payload)
    {
        switch (header.Type)
        {
            case FrameType.RequestBody:
                Exchanges.AddBody(header, payload);
                break;
            case FrameType.ResponseCredit:
                Exchanges.AddCredit(header);
                break;
            case FrameType.Abandon:
                Exchanges.Abandon(header.Stream);
                break;
            case FrameType.Drain:
                draining = true;
                break;
            case FrameType.Ping:
                Outbox.Append(FrameType.Pong, FrameFlags.None, 0, 0, header.Argument, default);
                break;
            case FrameType.DumpStacks:
                Stacks.Send(header.Argument);
                break;
            case FrameType.Interrupt:
                Interrupts.Order(header);
                break;
            default:
                Fatal.Exit($"the channel is broken: a frame of type {(byte)header.Type}");
                break;
        }
    }
}

/// <summary>A request frame that waits to be taken, where it was received.</summary>
internal unsafe struct Arrival
{
    internal byte* Frame;
    internal Chunk* Chunk;

    internal readonly FrameHeader Header
    {
        get
        {
            FrameHeader.TryRead(new ReadOnlySpan<byte>(Frame, Wire.HeaderSize), out var header);
            return header;
        }
    }

    internal readonly bool IsSlow => ((FrameFlags)Frame[5]).HasFlag(FrameFlags.FlushFirst);
}
