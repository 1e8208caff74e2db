using System.Net.Sockets;
using System.Runtime.InteropServices;
using Hotplate.Linux;
using Hotplate.Workers;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace Hotplate.Http;

/// <summary>Tells a client that has left from one that has only finished sending, which still reads its answer (RFC 9112 §9.6 allows both).</summary>
/// <remarks>
/// Kestrel takes the end of what a client sends for the end of the connection and drops the answer. It does not see that end here: only a connection
/// that is closed in both directions is shown to it as closed. A client that closed both looks as if it still read until something is written to it, which
/// its kernel answers with a reset: that is looked for, soon and then every second.
/// </remarks>
internal sealed class ClientWatch : IDisposable
{
    private const int FirstLook = 20;
    private const int Interval = 1000;
    private const int MostLooks = 250;
    private readonly CancellationTokenSource left = new();
    private readonly CancellationTokenSource over = new();
    private readonly CancellationToken stop;
    private readonly CancellationTokenRegistration ended;
    private readonly Socket? socket;

    private ClientWatch(ConnectionContext connection)
    {
        socket = connection.Features.Get<IConnectionSocketFeature>()?.Socket;
        stop = over.Token;
        var transportEnds = connection.ConnectionClosed;
        connection.ConnectionClosed = left.Token;
        ended = transportEnds.UnsafeRegister(static me => ((ClientWatch)me!).OnEnd(), this);
    }

    /// <summary>Called when the client will send nothing more, from another thread.</summary>
    internal Action? FinishedSending { get; set; }

    /// <summary>Connection middleware, HTTP/1 only; the watch becomes a feature of the connection.</summary>
    internal static ConnectionDelegate Watch(ConnectionDelegate next) => async connection =>
    {
        using var watch = new ClientWatch(connection);
        connection.Features.Set(watch);
        await next(connection);
    };

    /// <summary>Returns when the client's kernel has all that was written, or it has not taken it in a while.</summary>
    internal async Task DeliveredAsync()
    {
        for (var looks = 0; looks < MostLooks && Unsent() > 0; looks++)
        {
            await Task.Delay(FirstLook, CancellationToken.None);
        }
    }

    public void Dispose()
    {
        ended.Dispose();
        over.Cancel();
        over.Dispose();
        left.Dispose();
    }

    private void OnEnd()
    {
        if (StillReads())
        {
            FinishedSending?.Invoke();
            _ = LookAgainAsync(stop);
            return;
        }
        left.Cancel();
    }

    private async Task LookAgainAsync(CancellationToken cancel)
    {
        try
        {
            for (var milliseconds = FirstLook; StillReads(); milliseconds = Math.Min(2 * milliseconds, Interval))
            {
                await Task.Delay(milliseconds, cancel);
            }
            left.Cancel();
        }
        catch (Exception error) when (error is OperationCanceledException or ObjectDisposedException)
        {
            // The connection has ended by itself.
        }
    }

    /// <summary>Bytes in the kernel that the other side has not acknowledged; 0 when nobody can tell.</summary>
    private unsafe int Unsent() => Ask(static fd =>
    {
        const ulong SIOCOUTQ = 0x5411;
        int bytes;
        return Libc.ioctl(fd, SIOCOUTQ, &bytes) == 0 ? bytes : 0;
    });

    /// <summary>poll(2): POLLHUP is set when both directions have ended, POLLERR after a reset.</summary>
    private unsafe bool StillReads() => Ask(static fd =>
    {
        const short POLLERR = 8;
        const short POLLHUP = 16;
        var poll = new Libc.PollDescriptor { Fd = fd };
        int ready;
        do
        {
            ready = Libc.poll(&poll, 1, 0);
        }
        while (ready < 0 && Marshal.GetLastPInvokeError() == Libc.EINTR);
        return ready >= 0 && (poll.Received & (POLLERR | POLLHUP)) == 0;
    });

    /// <summary>Asks the kernel about the socket; the default when it is closed.</summary>
    private T Ask<T>(Func<int, T> question)
        where T : struct
    {
        if (socket is null)
        {
            return default;
        }
        var held = false;
        try
        {
            // Closed meanwhile, its number may be another's.
            socket.SafeHandle.DangerousAddRef(ref held);
            return question((int)socket.SafeHandle.DangerousGetHandle());
        }
        catch (ObjectDisposedException)
        {
            return default;
        }
        finally
        {
            if (held)
            {
                socket.SafeHandle.DangerousRelease();
            }
        }
    }
}
