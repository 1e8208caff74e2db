using System.ComponentModel;
using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace Hotplate.Http;

/// <summary>Accepts connections; those of HTTP/1 are an event loop's (<see cref="SocketConnection"/>), those of HTTP/2 Kestrel's
/// own.</summary>
/// <remarks>
/// When the kernel has no descriptor for a connection, it waits and others are served. Kestrel's own listener asks again at once, without
/// end, on the one thread that serves everybody (SocketConnectionListener): with the last descriptor used up, nothing was answered any
/// more.
/// </remarks>
/// <param name="multiplexes">True of a place that is for HTTP/2.</param>
/// <param name="refused">Is told why there is no descriptor, each time.</param>
internal sealed class SocketListeners(
    SocketTransportOptions options, Func<EndPoint, bool> multiplexes, Action<string> refused, ILoggerFactory loggers)
    : IConnectionListenerFactory
{
    /// <summary>Another server has the sockets now: closing them is over for this one, when it ends. What .NET does when it closes one, it does to that server's, too.</summary>
    internal bool AreHandedOver { get; set; }

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        var socket = options.CreateBoundListenSocket(endpoint);
        if (!socket.IsBound || !Listens(socket))
        {
            socket.Listen(options.Backlog);
        }
        var contexts = multiplexes(endpoint)
            ? new SocketConnectionContextFactory(
                OptionsOf(options), loggers.CreateLogger("Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets"))
            : null;
        return new ValueTask<IConnectionListener>(new Listener(this, socket, contexts));
    }

    // With the pool of blocks, which is not public: see BlockPool.
    [UnsafeAccessor(UnsafeAccessorKind.Constructor)]
    private static extern SocketConnectionFactoryOptions OptionsOf(SocketTransportOptions options);

    /// <summary>Null: the kernel refuses to watch one more.</summary>
    private ConnectionContext? Connect(Socket accepted, SocketConnectionContextFactory? contexts)
    {
        try
        {
            return contexts?.Create(accepted) ?? new SocketConnection(accepted, (int)(options.MaxWriteBufferSize ?? int.MaxValue));
        }
        catch (Win32Exception error) when (error is not SocketException)
        {
            accepted.Dispose();
            refused(error.Message);
            return null;
        }
    }

    private void Refused(string why) => refused(why);

    /// <summary>It came to us so, with a backlog that somebody else chose.</summary>
    private static bool Listens(Socket socket) => socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.AcceptConnection) is not 0;

    /// <remarks>
    /// Closing a socket while it is waited at makes the class library set it to reset what it is closed with (SO_LINGER), or end its listening for all.
    /// Others may have it as well: systemd, the server that follows this one. So nobody waits any more when it is closed.
    /// </remarks>
    private sealed class Listener(SocketListeners owner, Socket socket, SocketConnectionContextFactory? contexts) : IConnectionListener
    {
        private readonly CancellationTokenSource closing = new();
        private readonly SemaphoreSlim turn = new(1, 1);

        public EndPoint EndPoint { get; } = socket.LocalEndPoint!;

        public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
        {
            await turn.WaitAsync(cancellationToken);
            try
            {
                return await AcceptNextAsync();
            }
            finally
            {
                turn.Release();
            }
        }

        private async ValueTask<ConnectionContext?> AcceptNextAsync()
        {
            while (true)
            {
                Socket? accepted = null;
                try
                {
                    accepted = await socket.AcceptAsync(closing.Token);
                    if (accepted.LocalEndPoint is IPEndPoint)
                    {
                        accepted.NoDelay = true;
                    }
                    if (owner.Connect(accepted, contexts) is { } connection)
                    {
                        return connection;
                    }
                }
                catch (Exception error) when (error is ObjectDisposedException or OperationCanceledException)
                {
                    return null;
                }
                catch (SocketException error) when (error.SocketErrorCode == SocketError.OperationAborted)
                {
                    return null;
                }
                catch (SocketException error) when (error.SocketErrorCode is SocketError.ConnectionAborted or SocketError.ConnectionReset or SocketError.NotConnected)
                {
                    // The client left before it was accepted, or just then.
                    accepted?.Dispose();
                }
                catch (SocketException error)
                {
                    owner.Refused(error.Message);
                    await Task.Delay(Pause, CancellationToken.None);
                }
            }
        }

        public async ValueTask UnbindAsync(CancellationToken cancellationToken = default)
        {
            await closing.CancelAsync();
            await turn.WaitAsync(CancellationToken.None);
            if (!owner.AreHandedOver)
            {
                socket.Dispose();
            }
            turn.Release();
        }

        public async ValueTask DisposeAsync()
        {
            await UnbindAsync();
            contexts?.Dispose();
        }
    }
}
