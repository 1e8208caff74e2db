using System.Buffers;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Hotplate.Channel;

namespace Hotplate.Workers;

/// <summary>The front's end of a worker's channel: reads frames as they come, sends what was written in as few calls as it can.</summary>
/// <remarks>
/// Reading runs on the socket engine's thread. Writing may happen on any thread, under one lock that is never held while waiting: what the
/// kernel does not take at once is sent later by an asynchronous send.
/// </remarks>
internal sealed unsafe class ChannelSocket : IDisposable
{
    private readonly Worker worker;
    private readonly Socket socket;
    private readonly int fd;
    private readonly SocketAsyncEventArgs receive = new(true);
    private readonly SocketAsyncEventArgs sendRest = new(true);
    private readonly Lock sending = new();
    private byte[] input = new byte[64 * 1024];
    private int inputEnd;
    private byte[] output = GC.AllocateUninitializedArray<byte>(64 * 1024, pinned: true);
    private int outputEnd;
    private byte[]? waiting;
    private bool closed;

    internal ChannelSocket(Worker worker, Socket socket)
    {
        this.worker = worker;
        this.socket = socket;
        fd = (int)socket.Handle;
        receive.Completed += (_, _) =>
        {
            if (OnReceived())
            {
                Receive();
            }
        };
        sendRest.Completed += (_, _) => OnRestSent();
    }

    /// <summary>Requests written since the last send; read without the lock, for a decision where one more or less is the same.</summary>
    internal int Unsent { get; private set; }

    internal void Start() => Receive();

    internal void Write(WorkerPool pool, Exchange exchange, uint sequence, FrameFlags flags)
    {
        lock (sending)
        {
            var space = Reserve(exchange.RequestSize);
            outputEnd += exchange.WriteRequest(space, (ushort)exchange.Slot, exchange.Stream, sequence, flags);
            Unsent++;
            // Before the lock is left, since the answer may come as soon as the bytes can leave.
            pool.Sent(exchange);
        }
        FlushScope.Wrote(worker);
    }

    internal void WriteControl(FrameType type, uint stream, uint argument)
    {
        lock (sending)
        {
            new FrameHeader(Wire.HeaderSize, type, FrameFlags.None, 0, stream, argument).Write(Reserve(Wire.HeaderSize));
            outputEnd += Wire.HeaderSize;
        }
        FlushScope.Wrote(worker);
    }

    internal void WriteBody(uint stream, ReadOnlySpan<byte> body, bool end)
    {
        lock (sending)
        {
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
            Unsent = 0;
            var sent = 0;
            fixed (byte* bytes = output)
            {
                while (sent < outputEnd)
                {
                    var n = Libc.send(fd, bytes + sent, outputEnd - sent, Libc.MSG_DONTWAIT | Libc.MSG_NOSIGNAL);
                    if (n < 0 && Marshal.GetLastPInvokeError() == Libc.EINTR)
                    {
                        continue;
                    }
                    if (n <= 0)
                    {
                        break;
                    }
                    sent += (int)n;
                }
            }
            if (sent == outputEnd)
            {
                outputEnd = 0;
                return;
            }
            // The worker is slow to read (a large body, most likely). The rest goes when there is room; new frames gather behind it.
            waiting = output;
            sendRest.SetBuffer(waiting, sent, outputEnd - sent);
            output = GC.AllocateUninitializedArray<byte>(64 * 1024, pinned: true);
            outputEnd = 0;
            if (!socket.SendAsync(sendRest))
            {
                ThreadPool.UnsafeQueueUserWorkItem(static me => me.OnRestSent(), this, preferLocal: false);
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

    public void Dispose()
    {
        Close();
        socket.Dispose();
        receive.Dispose();
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

    private void OnRestSent()
    {
        lock (sending)
        {
            waiting = null;
            if (sendRest.SocketError != SocketError.Success)
            {
                // The reading side sees the same end and tells everyone.
                outputEnd = 0;
                return;
            }
        }
        Flush();
    }

    private void Receive()
    {
        do
        {
            if (inputEnd == input.Length)
            {
                Array.Resize(ref input, Math.Min(input.Length * 4, Wire.MaxFrame + Wire.HeaderSize));
            }
            receive.SetBuffer(input, inputEnd, input.Length - inputEnd);
            try
            {
                if (socket.ReceiveAsync(receive))
                {
                    return;
                }
            }
            catch (ObjectDisposedException)
            {
                return;
            }
        }
        while (OnReceived());
    }

    /// <summary>False: the channel has ended.</summary>
    private bool OnReceived()
    {
        if (receive.SocketError != SocketError.Success || receive.BytesTransferred == 0)
        {
            worker.OnClosed();
            return false;
        }
        inputEnd += receive.BytesTransferred;
        var whole = true;
        FlushScope.Enter();
        try
        {
            var at = 0;
            while (whole && inputEnd - at >= Wire.HeaderSize)
            {
                whole = FrameHeader.TryRead(input.AsSpan(at), out var header);
                if (!whole || header.Length > inputEnd - at)
                {
                    break;
                }
                whole = worker.OnFrame(header, input.AsSpan(at + Wire.HeaderSize, header.Length - Wire.HeaderSize));
                at += header.Length;
            }
            if (at > 0)
            {
                input.AsSpan(at, inputEnd - at).CopyTo(input);
                inputEnd -= at;
            }
        }
        catch (Exception error)
        {
            // On this thread an exception would end the process. It is a defect of ours; this worker's requests pay, nobody else's.
            worker.OnDefect(error);
            whole = false;
        }
        finally
        {
            FlushScope.Exit();
        }
        if (!whole)
        {
            worker.OnBroken();
            return false;
        }
        return true;
    }
}
