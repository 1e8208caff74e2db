using System.Buffers.Binary;
using System.Net.Sockets;
using Hotplate.Channel;
using Hotplate.Linux;
using Hotplate.Tests.Fixtures;
using Hotplate.Tests.Worker;
using Hotplate.Workers;
using Microsoft.Win32.SafeHandles;
using PoolWorker = Hotplate.Workers.Worker;

namespace Hotplate.Tests.Workers;

/// <summary>Plays a worker in this process: the far end of a real channel, descriptor socket and scoreboard. Its moves are the test's.</summary>
internal sealed class FarEnd : IDisposable
{
    private readonly TimeProvider time;
    private readonly Scoreboard board;
    private readonly Queue<FarFrame> unread = new();
    private byte[] input = new byte[64 * 1024];
    private int inputEnd;
    private int channel;
    private int descriptors;

    private unsafe FarEnd(WorkerPool pool, TimeProvider time, int slots, int id)
    {
        this.time = time;
        var pair = stackalloc int[2];
        var second = stackalloc int[2];
        Assert.Equal(0, Libc.socketpair(Libc.AF_UNIX, Libc.SOCK_STREAM | Libc.SOCK_CLOEXEC, 0, pair));
        Assert.Equal(0, Libc.socketpair(Libc.AF_UNIX, Libc.SOCK_SEQPACKET | Libc.SOCK_CLOEXEC, 0, second));
        (channel, descriptors) = (pair[1], second[1]);
        var segment = new ScoreboardSegment(slots);
        (board, Unsent, Bodies, AnswerBodies) = (segment.Board, segment.Unsent, segment.Bodies, segment.AnswerBodies);
        segment.CloseDescriptor();
        Worker = new PoolWorker(pool, id, new Socket(new SafeSocketHandle(pair[0], ownsHandle: true)), new DescriptorSocket(second[0]), segment) { Pid = 1000 + id };
        Worker.Start();
    }

    /// <summary>The worker as the front sees it.</summary>
    internal PoolWorker Worker { get; }

    /// <summary>What the front takes when the worker has died.</summary>
    internal UnsentFrames Unsent { get; }

    /// <summary>Where the front lays large bodies.</summary>
    internal SharedBodies Bodies { get; }

    /// <summary>Where a worker does.</summary>
    internal SharedBodies AnswerBodies { get; }

    /// <summary>The pieces of these that the front says it has read.</summary>
    internal ulong AnswersRead => Volatile.Read(ref board.Worker.AnswersRead);

    /// <summary>Sends that came in one piece: each read from the socket that brought at least one whole frame.</summary>
    internal int Reads { get; private set; }

    /// <summary>A worker that has said that it serves, and which the pool has taken in.</summary>
    internal static async Task<FarEnd> JoinAsync(WorkerPool pool, TimeProvider time, int slots = 64, int id = 1)
    {
        var end = new FarEnd(pool, time, slots, id);
        end.SayReady();
        await Patience.UntilAsync(() => pool.Serves(end.Worker), "ready");
        return end;
    }

    internal void SayReady()
    {
        var frame = new byte[64];
        Send(frame.AsSpan(0, ReadyFrame.Write(frame, 1, 1, "3.11"u8, "threads"u8)));
    }

    /// <summary>The next frame of the front's, waiting for it.</summary>
    internal FarFrame Next()
    {
        while (unread.Count == 0)
        {
            Assert.True(Read(wait: true), "the front sent nothing");
        }
        return unread.Dequeue();
    }

    internal FarFrame Next(FrameType type)
    {
        var frame = Next();
        Assert.Equal(type, frame.Header.Type);
        return frame;
    }

    /// <summary>The frames that have been written until now; those of a burst are sent a moment later.</summary>
    internal IReadOnlyList<FarFrame> All()
    {
        Assert.True(SpinWait.SpinUntil(() => Worker.Unsent == 0, Patience.Limit));
        while (Read(wait: false))
        {
        }
        var all = unread.ToArray();
        unread.Clear();
        return all;
    }

    /// <summary>Begins a request. False: the front has taken it back.</summary>
    internal bool TryTake(FarFrame request)
    {
        var slot = request.Header.Slot;
        if (!board.TryMove(slot, request.Header.Argument, SlotState.Queued, SlotState.Running))
        {
            Send(FrameType.Skipped, request.Header.Stream);
            return false;
        }
        Volatile.Write(ref board[slot].RunningAt, time.GetTimestamp());
        return true;
    }

    /// <summary>Writes into a request's slot what no worker of ours would.</summary>
    internal void Spoil(FarFrame request, ulong word) => Volatile.Write(ref board[request.Header.Slot].Word, word);

    /// <summary>Waits for a request and begins it. Credit for an answer that has ended may come before it, and so may what is taken back from who is slow.</summary>
    internal FarFrame TakeNext()
    {
        while (true)
        {
            var request = Next();
            if (request.Header.Type == FrameType.ResponseCredit)
            {
                continue;
            }
            Assert.Equal(FrameType.Request, request.Header.Type);
            if (TryTake(request))
            {
                return request;
            }
        }
    }

    /// <summary>Answers with the request's own payload as the body, in one frame.</summary>
    internal void Answer(FarFrame request, uint microseconds = 60) => Answer(request, request.Payload, microseconds);

    internal void Answer(FarFrame request, ReadOnlySpan<byte> body, uint microseconds = 60)
    {
        board.TryMove(request.Header.Slot, request.Header.Argument, SlotState.Running, SlotState.Answering);
        Send(FrameType.Response, request.Header.Stream, microseconds, FrameFlags.End, [.. Head(), .. body]);
    }

    /// <summary>Sends several answers in one piece.</summary>
    internal void AnswerTogether(IEnumerable<FarFrame> requests, uint microseconds = 60)
    {
        var all = new List<byte>();
        foreach (var request in requests)
        {
            board.TryMove(request.Header.Slot, request.Header.Argument, SlotState.Running, SlotState.Answering);
            all.AddRange(Frame(FrameType.Response, request.Header.Stream, microseconds, FrameFlags.End, [.. Head(), .. request.Payload]));
        }
        Send(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(all));
    }

    /// <summary>Answers so many requests as they come, all with the same head and body in one frame, and allocates nothing.</summary>
    internal unsafe void Serve(int requests, ReadOnlySpan<byte> payload)
    {
        var answer = Frame(FrameType.Response, 0, 60, FrameFlags.End, payload);
        while (requests > 0)
        {
            _ = FarWorker.IsReadable(channel, (int)Patience.Limit.TotalMilliseconds);
            nint n;
            fixed (byte* at = input)
            {
                n = Libc.read(channel, at + inputEnd, input.Length - inputEnd);
            }
            Assert.True(n > 0);
            inputEnd += (int)n;
            var taken = 0;
            while (inputEnd - taken >= Wire.HeaderSize && FrameHeader.TryRead(input.AsSpan(taken), out var header) && header.Length <= inputEnd - taken)
            {
                taken += header.Length;
                if (board.TryMove(header.Slot, header.Argument, SlotState.Queued, SlotState.Running))
                {
                    BinaryPrimitives.WriteUInt32LittleEndian(answer.AsSpan(8), header.Stream);
                    Send(answer);
                    requests--;
                }
            }
            input.AsSpan(taken, inputEnd - taken).CopyTo(input);
            inputEnd -= taken;
        }
    }

    internal void Send(FrameType type, uint stream, uint argument = 0, FrameFlags flags = FrameFlags.None, params ReadOnlySpan<byte> payload) =>
        Send(Frame(type, stream, argument, flags, payload));

    /// <summary>Bytes as they are, whole frames or not. Blocks while the front does not read; passed over when it has closed.</summary>
    internal unsafe void Send(ReadOnlySpan<byte> bytes)
    {
        fixed (byte* at = bytes)
        {
            for (nint sent = 0, n; sent < bytes.Length; sent += n)
            {
                n = Libc.send(channel, at + sent, bytes.Length - sent, Libc.MSG_NOSIGNAL);
                if (n <= 0)
                {
                    return;
                }
            }
        }
    }

    /// <summary>Passes a file that the next frame is about.</summary>
    internal unsafe nint PassFile(uint stream, params ReadOnlySpan<int> files)
    {
        var text = stackalloc uint[2] { stream, (uint)DescriptorKind.ResponseFile };
        return DescriptorSocket.SendMessage(descriptors, (byte*)text, 8, files, Libc.MSG_DONTWAIT);
    }

    /// <summary>The file that was passed for a request; the caller owns it.</summary>
    internal unsafe SafeFileHandle TakeFile(FarFrame request)
    {
        var text = stackalloc uint[2];
        var control = stackalloc byte[24];
        var vector = new Libc.IoVector { Base = text, Length = 8 };
        var message = new Libc.MessageHeader { Vectors = &vector, VectorCount = 1, Control = control, ControlLength = 24 };
        Assert.Equal(8, Libc.recvmsg(descriptors, &message, Libc.MSG_DONTWAIT));
        Assert.Equal((request.Header.Stream, (uint)DescriptorKind.RequestBody), (text[0], text[1]));
        return new SafeFileHandle(*(int*)(control + sizeof(Libc.ControlHeader)), ownsHandle: true);
    }

    /// <summary>A response's head as a payload.</summary>
    internal static byte[] Head(int status = 200, params ReadOnlySpan<(string Name, string Value)> headers)
    {
        var head = new byte[4096];
        var writer = new PayloadWriter(head);
        writer.U16((ushort)status);
        writer.U16((ushort)headers.Length);
        writer.Text(default);
        foreach (var (name, value) in headers)
        {
            writer.U8(0);
            writer.Latin1(name);
            writer.Latin1(value);
        }
        return head[Wire.HeaderSize..writer.At];
    }

    /// <summary>The process ends: everything it had open closes.</summary>
    public void Dispose()
    {
        foreach (var fd in (ReadOnlySpan<int>)[Interlocked.Exchange(ref channel, -1), Interlocked.Exchange(ref descriptors, -1)])
        {
            if (fd >= 0)
            {
                _ = Libc.close(fd);
            }
        }
    }

    internal static byte[] Frame(FrameType type, uint stream, uint argument, FrameFlags flags, ReadOnlySpan<byte> payload)
    {
        var frame = new byte[Wire.HeaderSize + payload.Length];
        new FrameHeader(frame.Length, type, flags, 0, stream, argument).Write(frame);
        payload.CopyTo(frame.AsSpan(Wire.HeaderSize));
        return frame;
    }

    private unsafe bool Read(bool wait)
    {
        if (inputEnd == input.Length)
        {
            Array.Resize(ref input, input.Length * 2);
        }
        if (wait)
        {
            _ = FarWorker.IsReadable(channel, (int)Patience.Limit.TotalMilliseconds);
        }
        nint n;
        fixed (byte* at = input)
        {
            var vector = new Libc.IoVector { Base = at + inputEnd, Length = input.Length - inputEnd };
            var message = new Libc.MessageHeader { Vectors = &vector, VectorCount = 1 };
            n = Libc.recvmsg(channel, &message, Libc.MSG_DONTWAIT);
        }
        if (n <= 0)
        {
            return false;
        }
        inputEnd += (int)n;
        var before = unread.Count;
        Sort();
        Reads += unread.Count > before ? 1 : 0;
        return true;
    }

    private void Sort()
    {
        var at = 0;
        while (inputEnd - at >= Wire.HeaderSize && BinaryPrimitives.ReadInt32LittleEndian(input.AsSpan(at)) <= inputEnd - at)
        {
            Assert.True(FrameHeader.TryRead(input.AsSpan(at), out var header));
            unread.Enqueue(new FarFrame(header, input[(at + Wire.HeaderSize)..(at + header.Length)]));
            at += header.Length;
        }
        input.AsSpan(at, inputEnd - at).CopyTo(input);
        inputEnd -= at;
    }
}

/// <summary>A frame as it came.</summary>
internal sealed record FarFrame(FrameHeader Header, byte[] Payload);
