using System.Net.Sockets;
using System.Runtime.InteropServices;
using Hotplate.Channel;
using Hotplate.Linux;

namespace Hotplate.Workers;

/// <summary>The front's end of a worker's channel: reads frames as they come, sends what was written in as few calls as it can.</summary>
/// <remarks>
/// Reading runs on the event loop's thread, where an exception would end the process: none leaves the callbacks. Writing may happen on
/// any thread, under one lock that is never held while waiting: what the kernel does not take at once is sent when it has room.
/// </remarks>
internal sealed unsafe partial class ChannelSocket : Watched, IDisposable
{
    private const int UsualOutput = 64 * 1024;

    // A buffer that bodies made larger is kept up to this: they will come again.
    private const int MostOutput = 1 << 20;
    private readonly Worker worker;
    private readonly Socket socket;
    private readonly int fd;
    private readonly EventLoop loop = EventLoop.Next();
    private readonly Lock sending = new();
    private byte[] input = new byte[64 * 1024];
    private int inputEnd;
    private long received;
    private bool broken;
    private byte[] output = GC.AllocateUninitializedArray<byte>(UsualOutput, pinned: true);
    private byte[]? spare;
    private int outputEnd;
    private byte[]? waiting;
    private int waitingSent;
    private int waitingEnd;
    private bool closed;
    private bool isWatched;
    private bool isOver;

    internal ChannelSocket(Worker worker, Socket socket)
    {
        this.worker = worker;
        this.socket = socket;
        fd = (int)socket.Handle;
    }

    /// <summary>Requests written since the last send; read without the lock, for a decision where one more or less is the same.</summary>
    internal int Unsent { get; private set; }

    /// <exception cref="System.ComponentModel.Win32Exception">The kernel refuses to watch it.</exception>
    internal void Start()
    {
        loop.Add(this, fd);
        isWatched = true;
    }

    internal override void OnReady(uint events)
    {
        try
        {
            if ((events & (Libc.EPOLLOUT | Libc.EPOLLERR)) != 0 && SendRest())
            {
                Flush();
            }
            if ((events & ~Libc.EPOLLOUT) != 0 && !isOver)
            {
                isOver = !Receive((events & (Libc.EPOLLRDHUP | Libc.EPOLLHUP | Libc.EPOLLERR)) != 0);
                if (isOver)
                {
                    worker.OnClosed();
                }
            }
        }
        catch (Exception error)
        {
            worker.OnDefect(error);
        }
    }

    /// <summary>Writes a request that has claimed a slot. False: see <see cref="WorkerPool.Sent"/>.</summary>
    internal bool Write(WorkerPool pool, Exchange exchange, uint sequence, FrameFlags flags, out RequestFailure failure)
    {
        bool sent;
        lock (sending)
        {
            if (!closed)
            {
                outputEnd += exchange.WriteRequest(Reserve(exchange.RequestSize), (ushort)exchange.Slot, exchange.Stream, sequence, flags);
                Unsent++;
            }
            // Before the lock is left, since the answer may come as soon as the bytes can leave.
            sent = pool.Sent(worker, exchange, out failure);
        }
        FlushScope.Wrote(worker);
        return sent;
    }

    internal void WriteControl(FrameType type, uint stream, uint argument, ushort slot = 0)
    {
        lock (sending)
        {
            if (closed)
            {
                return;
            }
            new FrameHeader(Wire.HeaderSize, type, FrameFlags.None, slot, stream, argument).Write(Reserve(Wire.HeaderSize));
            outputEnd += Wire.HeaderSize;
        }
        FlushScope.Wrote(worker);
    }

    internal void WriteBody(uint stream, ReadOnlySpan<byte> body, bool end)
    {
        lock (sending)
        {
            if (closed)
            {
                return;
            }
            do
            {
                var piece = body[..Math.Min(body.Length, Wire.MaxBodyFrame)];
                body = body[piece.Length..];
                var space = Reserve(Wire.HeaderSize + piece.Length);
                var flags = end && body.IsEmpty ? FrameFlags.End : FrameFlags.None;
                new FrameHeader(Wire.HeaderSize + piece.Length, FrameType.RequestBody, flags, 0, stream, 0).Write(space);
                piece.CopyTo(space[Wire.HeaderSize..]);
                outputEnd += Wire.HeaderSize + piece.Length;
            }
            while (!body.IsEmpty);
        }
        FlushScope.Wrote(worker);
    }

    /// <summary>Sends what was written and not sent yet, without waiting.</summary>
    internal void Flush()
    {
        lock (sending)
        {
            if (outputEnd == 0 || waiting is not null || closed)
            {
                return;
            }
            var sent = SendNow(output, 0, outputEnd);
            Unsent = 0;
            if (sent < outputEnd)
            {
                SendLater(sent);
                return;
            }
            outputEnd = 0;
            if (output.Length > MostOutput)
            {
                output = NewOutput();
            }
        }
    }

    /// <summary>The process has ended: what it sent is read to its end, and then the channel is closed, whoever else may hold the far end open.</summary>
    internal void EndReceiving()
    {
        lock (sending)
        {
            if (!closed)
            {
                _ = Libc.shutdown(fd, Libc.SHUT_RD);
            }
        }
    }

    /// <summary>The far end is gone: nothing more is sent.</summary>
    internal void Close()
    {
        lock (sending)
        {
            closed = true;
            outputEnd = 0;
        }
    }

    /// <summary>The descriptor is closed by the loop's thread, which alone reads from it.</summary>
    public void Dispose()
    {
        Close();
        loop.Post(() =>
        {
            isOver = true;
            if (isWatched)
            {
                loop.Remove(this, fd);
            }
            lock (sending)
            {
                socket.Dispose();
            }
        });
    }

    /// <returns>How many bytes the kernel took.</returns>
    private int SendNow(byte[] from, int at, int end)
    {
        fixed (byte* bytes = from)
        {
            while (at < end)
            {
                var n = Libc.send(fd, bytes + at, end - at, Libc.MSG_DONTWAIT | Libc.MSG_NOSIGNAL);
                if (n > 0)
                {
                    at += (int)n;
                }
                else if (n == 0 || Marshal.GetLastPInvokeError() != Libc.EINTR)
                {
                    break;
                }
            }
        }
        return at;
    }

    /// <summary>The worker is slow to read (a large body, most likely). The rest goes when there is room; new frames gather behind it.</summary>
    private void SendLater(int sent)
    {
        (waiting, waitingSent, waitingEnd) = (output, sent, outputEnd);
        output = spare ?? NewOutput();
        spare = null;
        outputEnd = 0;
    }

    /// <summary>False: nothing waited, or some of it still does.</summary>
    private bool SendRest()
    {
        lock (sending)
        {
            if (waiting is null || closed)
            {
                return false;
            }
            waitingSent = SendNow(waiting, waitingSent, waitingEnd);
            if (waitingSent < waitingEnd)
            {
                return false; // or the far end is gone: the reading side sees it and tells everyone
            }
            spare = waiting is { Length: <= MostOutput } ? waiting : null;
            waiting = null;
            return true;
        }
    }

    private Span<byte> Reserve(int size)
    {
        if (output.Length - outputEnd < size)
        {
            var larger = GC.AllocateUninitializedArray<byte>(Math.Max(output.Length * 2, outputEnd + size), pinned: true);
            output.AsSpan(0, outputEnd).CopyTo(larger);
            output = larger;
        }
        return output.AsSpan(outputEnd, output.Length - outputEnd);
    }

    private static byte[] NewOutput() => GC.AllocateUninitializedArray<byte>(UsualOutput, pinned: true);

    /// <summary>Reads all that is there. False: the channel has ended, or is at its end because the worker broke the protocol.</summary>
    /// <param name="toEnd">Its end may be behind it.</param>
    private bool Receive(bool toEnd)
    {
        while (!isOver)
        {
            if (inputEnd == input.Length)
            {
                Array.Resize(ref input, Math.Min(input.Length * 4, Wire.MaxFrame + Wire.HeaderSize));
            }
            var room = input.Length - inputEnd;
            nint count;
            fixed (byte* bytes = input)
            {
                count = Libc.recv(fd, bytes + inputEnd, room, Libc.MSG_DONTWAIT);
            }
            if (count <= 0)
            {
                if (count == 0)
                {
                    return false;
                }
                switch (Marshal.GetLastPInvokeError())
                {
                    case Libc.EINTR:
                        continue;
                    case Libc.EAGAIN:
                        return true;
                    default:
                        return false;
                }
            }
            if (!Take((int)count))
            {
                return false;
            }
            // Less than there was room for: what comes now is told of (epoll(7), question 9).
            if (count < room && !toEnd)
            {
                return true;
            }
        }
        return true;
    }

    /// <summary>False: the worker broke the protocol.</summary>
    private bool Take(int count)
    {
        inputEnd += count;
        received += count;
        var whole = false;
        FlushScope.Enter();
        try
        {
            whole = TakeFrames();
        }
        catch (Exception error)
        {
            // A defect of ours; this worker's requests pay, nobody else's.
            worker.OnDefect(error);
        }
        finally
        {
            FlushScope.Exit();
        }
        if (!whole)
        {
            broken = true;
            worker.OnBroken();
        }
        return whole;
    }

    private bool TakeFrames()
    {
        var at = 0;
        while (inputEnd - at >= Wire.HeaderSize)
        {
            if (!FrameHeader.TryRead(input.AsSpan(at), out var header))
            {
                return false;
            }
            if (header.Length > inputEnd - at)
            {
                break;
            }
            if (!worker.OnFrame(header, input.AsSpan(at + Wire.HeaderSize, header.Length - Wire.HeaderSize)))
            {
                return false;
            }
            at += header.Length;
        }
        if (at > 0)
        {
            input.AsSpan(at, inputEnd - at).CopyTo(input);
            inputEnd -= at;
        }
        return true;
    }
}
