using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Hotplate.Workers;

/// <summary>Sends what was written to workers during a burst once the socket engine has been through all its events.</summary>
/// <remarks>
/// The engine hands over many events of one epoll_wait(2) one after another and tells nobody when it is through. A byte to ourselves is such an event:
/// it is found by the next epoll_wait, so after all of this one. It costs two system calls a burst and saves one, and a wake-up of a worker, for
/// each request but the first: measured in docs/decisions/0003-batches.md.
/// </remarks>
internal sealed unsafe class FlushTick : IDisposable
{
    private readonly Lock gate = new();
    private readonly List<Worker> waiting = [];
    private readonly List<Worker> flushing = [];
    private readonly Socket receiver;
    private readonly SafeFileHandle sender;
    private readonly SocketAsyncEventArgs receive = new(true);
    private bool posted;

    internal FlushTick()
    {
        var pair = stackalloc int[2];
        if (Libc.socketpair(Libc.AF_UNIX, Libc.SOCK_STREAM | Libc.SOCK_CLOEXEC, 0, pair) != 0)
        {
            throw new System.ComponentModel.Win32Exception();
        }
        receiver = new Socket(new SafeSocketHandle(pair[0], ownsHandle: true));
        sender = new SafeFileHandle(pair[1], ownsHandle: true);
        receive.SetBuffer(new byte[16], 0, 16);
        receive.Completed += (_, _) =>
        {
            if (OnTick())
            {
                Receive();
            }
        };
        Receive();
    }

    /// <summary>Has the worker's frames sent before long. From any thread.</summary>
    internal void Post(Worker worker)
    {
        lock (gate)
        {
            if (!waiting.Contains(worker))
            {
                waiting.Add(worker);
            }
            if (posted)
            {
                return;
            }
            posted = true;
        }
        byte one = 1;
        if (Libc.send((int)sender.DangerousGetHandle(), &one, 1, Libc.MSG_DONTWAIT | Libc.MSG_NOSIGNAL) != 1 && Marshal.GetLastPInvokeError() != Libc.EAGAIN)
        {
            Flush();
        }
    }

    // The sender goes with its last reference: another thread may be about to use its number.
    public void Dispose() => receiver.Dispose();

    private void Receive()
    {
        try
        {
            while (!receiver.ReceiveAsync(receive) && OnTick())
            {
            }
        }
        catch (ObjectDisposedException)
        {
            // The server has stopped.
        }
    }

    private bool OnTick()
    {
        Flush();
        return receive is { SocketError: SocketError.Success, BytesTransferred: > 0 };
    }

    private void Flush()
    {
        lock (gate)
        {
            posted = false;
            flushing.AddRange(waiting);
            waiting.Clear();
            // Sending does not wait, and takes no lock but the channel's own.
            foreach (var worker in flushing)
            {
                worker.Flush();
            }
            flushing.Clear();
        }
    }
}
