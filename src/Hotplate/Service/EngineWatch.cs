using System.ComponentModel;
using System.Net.Sockets;
using Hotplate.Workers;

namespace Hotplate.Service;

/// <summary>Asks the socket engine's threads, on which requests are handled, for a sign of life, and tells when all of them have given it.</summary>
/// <remarks>A byte goes through a pair of sockets for each: whoever reads it is that thread, so that one that hangs says nothing. The one that answers last tells.</remarks>
internal sealed class EngineWatch : IDisposable
{
    private readonly List<Socket> near = [];
    private readonly List<SafeSocketHandle> far = [];
    private readonly Action alive;
    private readonly Timer timer;
    private int missing;

    /// <param name="threads">How many there are. Sockets are dealt out to them in turn.</param>
    /// <param name="interval">How often to ask.</param>
    /// <param name="alive">On the engine's thread: must neither wait nor throw.</param>
    /// <exception cref="Win32Exception">There are no descriptors left.</exception>
    internal EngineWatch(int threads, TimeSpan interval, Action alive)
    {
        this.alive = alive;
        for (var i = 0; i < threads; i++)
        {
            near.Add(MakePair());
            _ = EchoAsync(near[i]);
        }
        timer = new Timer(static watch => ((EngineWatch)watch!).Ask(), this, TimeSpan.Zero, interval);
    }

    public void Dispose()
    {
        timer.Dispose();
        near.ForEach(static socket => socket.Dispose());
        far.ForEach(static handle => handle.Dispose());
    }

    private unsafe Socket MakePair()
    {
        var pair = stackalloc int[2];
        if (Libc.socketpair(Libc.AF_UNIX, Libc.SOCK_STREAM | Libc.SOCK_CLOEXEC, 0, pair) != 0)
        {
            throw new Win32Exception();
        }
        far.Add(new SafeSocketHandle(pair[1], ownsHandle: true));
        return new Socket(new SafeSocketHandle(pair[0], ownsHandle: true));
    }

    private unsafe void Ask()
    {
        // Whoever has not answered yet has its byte already.
        if (Interlocked.CompareExchange(ref missing, far.Count, 0) != 0)
        {
            return;
        }
        byte one = 1;
        foreach (var handle in far)
        {
            var held = false;
            try
            {
                handle.DangerousAddRef(ref held);
                _ = Libc.send((int)handle.DangerousGetHandle(), &one, 1, Libc.MSG_DONTWAIT | Libc.MSG_NOSIGNAL);
            }
            catch (ObjectDisposedException)
            {
                return;
            }
            finally
            {
                if (held)
                {
                    handle.DangerousRelease();
                }
            }
        }
    }

    private async Task EchoAsync(Socket socket)
    {
        var buffer = new byte[8];
        try
        {
            while (await socket.ReceiveAsync(buffer, SocketFlags.None) > 0)
            {
                if (Interlocked.Decrement(ref missing) == 0)
                {
                    alive();
                }
            }
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // The server ends.
        }
    }
}
