using System.Net.Sockets;
using System.Runtime.InteropServices;
using Hotplate.Linux;
using Hotplate.Workers;
using Microsoft.AspNetCore.Connections;

namespace Hotplate.Http;

/// <summary>A client's socket in an event loop: read from when <see cref="Input"/> is asked, sent to when <see cref="Output"/> is
/// flushed.</summary>
/// <remarks>One lock for both directions and for closing, held for a system call that does not wait; what follows a read or a flush runs
/// outside of it.</remarks>
internal sealed class ClientSocket : Watched
{
    // As much as Kestrel's own transport would have read on.
    private const int MostDiscarded = 1 << 20;

    private readonly Lock gate = new();
    private readonly EventLoop loop = EventLoop.Next();
    private readonly Socket socket;
    private readonly int fd;
    private readonly Action gone;
    private Action? lookAgain;
    private bool closed;
    private bool hasGone;
    private bool toEnd;

    /// <param name="socket">It is closed with this.</param>
    /// <param name="mostUnsent">Bytes of an answer that may wait here for the client; who writes more waits.</param>
    /// <param name="gone">The client has closed its side, or the connection is broken. Once, on any thread.</param>
    internal ClientSocket(Socket socket, int mostUnsent, Action gone)
    {
        (this.socket, this.gone) = (socket, gone);
        fd = (int)socket.Handle;
        Input = new ClientInput(this, gate);
        Output = new ClientOutput(this, gate, mostUnsent);
    }

    internal Socket Socket => socket;

    internal ClientInput Input { get; }

    internal ClientOutput Output { get; }

    /// <summary>A read may find something. Under the lock.</summary>
    internal bool MayHaveMore { get; private set; }

    /// <exception cref="System.ComponentModel.Win32Exception">The kernel refuses to watch it.</exception>
    internal void Start() => loop.Add(this, fd);

    /// <summary>Has the loop read when it has been through what others have sent.</summary>
    internal void LookAgain() => loop.Post(lookAgain ??= () => OnReady(Libc.EPOLLIN));

    internal override void OnReady(uint events)
    {
        var (read, flushed, left) = (false, false, false);
        lock (gate)
        {
            if (closed)
            {
                return;
            }
            if ((events & (Libc.EPOLLRDHUP | Libc.EPOLLHUP | Libc.EPOLLERR)) != 0)
            {
                toEnd = true;
                left = !hasGone;
                hasGone = true;
            }
            if ((events & ~Libc.EPOLLOUT) != 0)
            {
                MayHaveMore = true;
                read = Input.OnReadable();
            }
            if ((events & (Libc.EPOLLOUT | Libc.EPOLLHUP | Libc.EPOLLERR)) != 0)
            {
                flushed = Output.OnWritable();
            }
        }
        if (left)
        {
            ThreadPool.UnsafeQueueUserWorkItem(static gone => gone(), gone, preferLocal: false);
        }
        if (flushed)
        {
            Output.Continue();
        }
        if (read)
        {
            Input.Continue();
        }
    }

    /// <summary>Under the lock. 0 at the end; -1 when nothing is there, or with a failure.</summary>
    internal unsafe int Receive(byte* to, int room, out Exception? failure)
    {
        failure = null;
        while (!closed)
        {
            var count = Libc.recv(fd, to, room, Libc.MSG_DONTWAIT);
            if (count >= 0)
            {
                // Less than there was room for: what comes now is told of (epoll(7), question 9). An end that came before is not.
                MayHaveMore = count == room || toEnd;
                return (int)count;
            }
            var error = Marshal.GetLastPInvokeError();
            if (error == Libc.EAGAIN)
            {
                MayHaveMore = false;
                return -1;
            }
            if (error != Libc.EINTR)
            {
                failure = Failure(error);
                return -1;
            }
        }
        failure = new ConnectionAbortedException();
        return -1;
    }

    /// <summary>Under the lock. The bytes that the kernel took; -1 when the connection is broken.</summary>
    internal unsafe nint Send(Libc.IoVector* pieces, int count)
    {
        while (!closed)
        {
            var message = new Libc.MessageHeader { Vectors = pieces, VectorCount = count };
            var sent = count == 1
                ? Libc.send(fd, (byte*)pieces->Base, pieces->Length, Libc.MSG_DONTWAIT | Libc.MSG_NOSIGNAL)
                : Libc.sendmsg(fd, &message, Libc.MSG_DONTWAIT | Libc.MSG_NOSIGNAL);
            if (sent >= 0)
            {
                return sent;
            }
            switch (Marshal.GetLastPInvokeError())
            {
                case Libc.EINTR:
                    continue;
                case Libc.EAGAIN:
                    return 0;
                default:
                    return -1;
            }
        }
        return -1;
    }

    /// <summary>Ends it at once, by a reset: what the client has not got is lost.</summary>
    internal void Abort(Exception reason)
    {
        bool read, flushed;
        lock (gate)
        {
            if (closed)
            {
                return;
            }
            closed = true;
            loop.Remove(this, fd);
            socket.Close(0);
            read = Input.Fail(reason);
            flushed = Output.Fail();
        }
        TellGone();
        if (flushed)
        {
            Output.Continue();
        }
        if (read)
        {
            Input.Continue();
        }
    }

    /// <summary>Ends it when the client's kernel has all that was written. Nothing is read any more.</summary>
    internal async Task CloseAsync()
    {
        Input.Complete();
        Output.Complete();
        await Output.SentAsync();
        lock (gate)
        {
            if (!closed)
            {
                closed = true;
                loop.Remove(this, fd);
                Discard();
                _ = Libc.shutdown(fd, Libc.SHUT_RDWR);
                socket.Dispose();
            }
        }
        TellGone();
    }

    private void TellGone()
    {
        lock (gate)
        {
            if (hasGone)
            {
                return;
            }
            hasGone = true;
        }
        ThreadPool.UnsafeQueueUserWorkItem(static gone => gone(), gone, preferLocal: false);
    }

    /// <summary>What was sent and not read would make the kernel answer the close with a reset, and the client lose its answer
    /// (tcp(7)).</summary>
    private unsafe void Discard()
    {
        const int piece = 64 * 1024;
        var bytes = stackalloc byte[4096];
        var isTcp = socket.ProtocolType == ProtocolType.Tcp;
        for (var discarded = (nint)0; discarded < MostDiscarded;)
        {
            var count = isTcp
                ? Libc.recv(fd, bytes, piece, Libc.MSG_DONTWAIT | Libc.MSG_TRUNC)
                : Libc.recv(fd, bytes, 4096, Libc.MSG_DONTWAIT);
            if (count <= 0)
            {
                return;
            }
            discarded += count;
        }
    }

    /// <summary>As Kestrel's own transport tells it.</summary>
    private static Exception Failure(int error) => error == Libc.ECONNRESET
        ? new ConnectionResetException("The client closed the connection.")
        : new IOException($"The client's connection has failed: {Marshal.GetPInvokeErrorMessage(error)}");
}
