using System.Net;
using Microsoft.AspNetCore.Connections;

namespace Hotplate.Http;

/// <summary>The transport's listeners, which can stop accepting before Kestrel stops: what is connected then is served to its end.</summary>
internal sealed class ListenerGate(IConnectionListenerFactory inner) : IConnectionListenerFactory
{
    private readonly List<Listener> listeners = [];
    private int open;

    public async ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        var listener = new Listener(this, await inner.BindAsync(endpoint, cancellationToken));
        listeners.Add(listener);
        return listener;
    }

    /// <summary>Connections that are open now.</summary>
    internal int Open => Volatile.Read(ref open);

    /// <summary>Closes the listening sockets. Who comes now is refused by the kernel, and a load balancer sees it.</summary>
    internal async Task CloseAsync()
    {
        foreach (var listener in listeners)
        {
            await listener.UnbindAsync();
        }
    }

    private sealed class Listener(ListenerGate gate, IConnectionListener inner) : IConnectionListener
    {
        private int unbound;

        public EndPoint EndPoint => inner.EndPoint;

        public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
        {
            var connection = await inner.AcceptAsync(cancellationToken);
            if (connection is not null)
            {
                Interlocked.Increment(ref gate.open);
                connection.ConnectionClosed.UnsafeRegister(static gate => Interlocked.Decrement(ref ((ListenerGate)gate!).open), gate);
            }
            return connection;
        }

        public ValueTask UnbindAsync(CancellationToken cancellationToken = default) =>
            Interlocked.Exchange(ref unbound, 1) == 0 ? inner.UnbindAsync(cancellationToken) : ValueTask.CompletedTask;

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}
