using Hotplate.Channel;
using Hotplate.Worker.Native;
using Hotplate.Worker.Threads;

namespace Hotplate.Worker.Link;

/// <summary>What goes to the front: frames gather here and leave together, since the cost of the hop is wake-ups, not bytes.</summary>
/// <remarks>
/// Appending takes a lock for as long as the copying takes. Sending is a role of its own, held by one thread at a time; a thread that finds it
/// taken leaves its bytes to the holder, who looks again before letting go. What has gathered is the front's all the same: when this process
/// ends before it was sent, the front takes it from the memory that both have (<see cref="UnsentFrames"/>). So a block that was yielded is sent
/// (PEP 3333), and none is sent alone.
/// </remarks>
internal static unsafe class Outbox
{
    /// <summary>More than this is sent without waiting for an occasion.</summary>
    internal const int SendSize = 64 * 1024;

    /// <summary>What is older than this is sent when no request has begun since the helper looked last, in nanoseconds: what waits then is
    /// not part of a batch.</summary>
    internal const long SendAge = 300_000;

    /// <summary>And what is older than this in any case.</summary>
    internal const long LongestHold = 5_000_000;

    private const int KeepSize = 256 * 1024;
    private static int channel;
    private static Gate gate;
    private static UnsentFrames unsent;
    private static OutboxBuffer fill;
    private static int answers;
    private static int laid;
    private static int lastFrame = -1;
    private static uint lastStream;
    private static long oldest;
    private static OutboxBuffer leaving;
    private static int leftAt;
    private static long sentBytes;
    private static Gate sender;

    /// <summary>When the oldest frame that has not left was appended, or 0.</summary>
    internal static long Oldest => Volatile.Read(ref oldest);

    internal static int Waiting => fill.Length;

    /// <summary>Bytes that gather, bodies that are laid elsewhere among them.</summary>
    internal static int Gathered => fill.Length + Volatile.Read(ref laid);

    /// <summary>Whole answers that gather.</summary>
    internal static int Answers => Volatile.Read(ref answers);

    internal static void Open(int fd, UnsentFrames shared)
    {
        channel = fd;
        unsent = shared;
        (fill, leaving) = shared.IsThere ? (OutboxBuffer.In(shared, 0), OutboxBuffer.In(shared, 1)) : (OutboxBuffer.Private(0), OutboxBuffer.Private(1));
    }

    /// <summary>This process is a child that the application forked: what is written here from now on is not for the front.</summary>
    internal static void Fork()
    {
        // Another thread, which is not in the child, may have held these.
        gate = sender = default;
        unsent = default;
        (fill, leaving) = (OutboxBuffer.Private(0), OutboxBuffer.Private(1));
        leftAt = 0;
        lastFrame = -1;
    }

    /// <summary>Room for a frame of at most <paramref name="size"/> bytes. Nothing may fail before <see cref="Commit"/>.</summary>
    internal static Span<byte> Begin(int size)
    {
        gate.Enter();
        return fill.Reserve(size);
    }

    internal static void Commit(int length, uint stream, long now)
    {
        var first = oldest == 0;
        if (first)
        {
            Volatile.Write(ref oldest, now);
        }
        lastFrame = fill.Length;
        lastStream = stream;
        answers += Ends(fill.Bytes + lastFrame) ? 1 : 0;
        fill.Add(length);
        gate.Exit();
        if (first)
        {
            SideThread.Rouse(); // it sends what nobody else does
        }
    }

    /// <summary>The frame that comes next has a body of so many bytes elsewhere.</summary>
    internal static void CountLaid(int bytes) => Interlocked.Add(ref laid, bytes);

    internal static void Append(FrameType type, FrameFlags flags, ushort slot, uint stream, uint argument, ReadOnlySpan<byte> payload, long now = 0)
    {
        var size = Wire.HeaderSize + payload.Length;
        var frame = Begin(size);
        new FrameHeader(size, type, flags, slot, stream, argument).Write(frame);
        payload.CopyTo(frame[Wire.HeaderSize..]);
        Commit(size, stream, now == 0 ? Libc.Now() : now);
    }

    /// <summary>Adds to the body of the last frame, if that is this stream's and has not left.</summary>
    internal static bool TryExtend(uint stream, ReadOnlySpan<byte> body)
    {
        gate.Enter();
        var frame = LastOf(stream);
        if (frame is null || *(int*)frame + body.Length > Wire.MaxBodyFrame || ((FrameFlags)frame[5]).HasFlag(FrameFlags.BodyInMemory))
        {
            gate.Exit();
            return false;
        }
        body.CopyTo(fill.Reserve(body.Length));
        // The frame first: if this process ends between the two, the front finds a frame that is longer than what is there, and takes what is.
        *(int*)(fill.Bytes + lastFrame) += body.Length;
        fill.Add(body.Length);
        gate.Exit();
        return true;
    }

    /// <summary>Makes the last frame the end of its stream, if it is this stream's and has not left: a frame less to send and to read.</summary>
    internal static bool TryEnd(uint stream, uint argument)
    {
        gate.Enter();
        var frame = LastOf(stream);
        if (frame is not null)
        {
            *(uint*)(frame + 12) = argument;
            Volatile.Write(ref frame[5], (byte)(frame[5] | (byte)FrameFlags.End));
            lastFrame = -1;
            answers++;
        }
        gate.Exit();
        return frame is not null;
    }

    /// <summary>Sends what there is. Without <paramref name="wait"/> it never blocks; with it the caller must not hold the GIL.</summary>
    internal static void Send(bool wait)
    {
        if (Oldest == 0 || !sender.TryEnter())
        {
            return;
        }
        while (true)
        {
            if (leftAt == leaving.Length && !TrySwap())
            {
                return; // and the role was given up
            }
            var vector = new Libc.IoVector { Base = leaving.Bytes + leftAt, Length = leaving.Length - leftAt };
            var sent = SendSome(&vector, 1, wait);
            if (sent == 0)
            {
                sender.Exit();
                return; // the helper goes on when there is room
            }
            leftAt += (int)sent;
        }
    }

    /// <summary>Sends what there is and then these bytes, from where they are. Blocks: not with the GIL.</summary>
    internal static void SendDirectly(Libc.IoVector* vectors, int count)
    {
        var all = stackalloc Libc.IoVector[count + 1];
        sender.Enter();
        while (leftAt < leaving.Length || (Oldest != 0 && TrySwap(keepRole: true)))
        {
            // What was there goes together with the first of ours; a second round is needed only when it was left over from before.
            all[0] = new Libc.IoVector { Base = leaving.Bytes + leftAt, Length = leaving.Length - leftAt };
            if (Waiting == 0)
            {
                break;
            }
            leftAt += (int)SendSome(all, 1, wait: true);
        }
        var pending = leaving.Length - leftAt;
        all[0] = new Libc.IoVector { Base = leaving.Bytes + leftAt, Length = pending };
        for (var i = 0; i < count; i++)
        {
            all[i + 1] = vectors[i];
        }
        leftAt = leaving.Length;
        SendAll(all, count + 1);
        Leave();
    }

    private static bool Ends(byte* frame) =>
        frame[4] is (byte)FrameType.ResponseEnd or (byte)FrameType.Failed || ((FrameFlags)frame[5]).HasFlag(FrameFlags.End);

    private static byte* LastOf(uint stream) =>
        lastFrame >= 0 && lastStream == stream && fill.Bytes[lastFrame + 4] is (byte)FrameType.Response or (byte)FrameType.ResponseBody
            ? fill.Bytes + lastFrame
            : null;

    /// <summary>Takes what has gathered. False: nothing had, and the role was given up unless it is kept.</summary>
    private static bool TrySwap(bool keepRole = false)
    {
        gate.Enter();
        leaving.Clear(KeepSize);
        leftAt = 0;
        lastFrame = -1;
        var any = fill.Length > 0;
        if (any)
        {
            answers = 0;
            Volatile.Write(ref laid, 0);
            // At every moment the front finds each frame once: until the turn is said, the box that was sent is empty.
            fill.Leave(sentBytes);
            (fill, leaving) = (leaving, fill);
            if (unsent.IsThere)
            {
                Volatile.Write(ref unsent.Gathering, fill.Index);
            }
        }
        else
        {
            Volatile.Write(ref oldest, 0);
            if (!keepRole)
            {
                sender.Exit();
            }
        }
        gate.Exit();
        return any;
    }

    /// <summary>Gives the role up; what came in the meantime is for the next sender, and its age is known.</summary>
    private static void Leave()
    {
        gate.Enter();
        Volatile.Write(ref oldest, fill.Length > 0 ? Libc.Now() : 0);
        sender.Exit();
        gate.Exit();
    }

    private static void SendAll(Libc.IoVector* vectors, int count)
    {
        while (count > 0)
        {
            var sent = SendSome(vectors, count, wait: true);
            while (count > 0 && sent >= vectors->Length)
            {
                sent -= vectors->Length;
                vectors++;
                count--;
            }
            if (count > 0)
            {
                vectors->Base += sent;
                vectors->Length -= sent;
            }
        }
    }

    private static nint SendSome(Libc.IoVector* vectors, int count, bool wait)
    {
        var message = new Libc.MessageHeader { Vectors = vectors, VectorCount = count };
        while (true)
        {
            var sent = Libc.sendmsg(channel, &message, Libc.MSG_NOSIGNAL | (wait ? 0 : Libc.MSG_DONTWAIT));
            if (sent >= 0)
            {
                sentBytes += sent;
                return sent;
            }
            switch (Libc.Errno)
            {
                case Libc.EINTR:
                    continue;
                case Libc.EAGAIN when !wait:
                    return 0;
                case Libc.EAGAIN:
                    var poll = new Libc.PollFd { Fd = channel, Events = Libc.POLLOUT };
                    _ = Libc.poll(&poll, 1, -1);
                    continue;
                default:
                    Lifetime.ChannelClosed();
                    return 0;
            }
        }
    }
}
