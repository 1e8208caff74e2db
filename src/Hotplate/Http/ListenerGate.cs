using System.Net;
using Microsoft.AspNetCore.Connections;

namespace Hotplate.Http;

/// <summary>The transport's listeners, which begin to accept when they are told, and can stop before Kestrel stops: what is connected then is served to its end.</summary>
internal sealed class ListenerGate(IConnectionListenerFactory inner) : IConnectionListenerFactory
{
    private readonly List<Listener> listeners = [];
    private readonly TaskCompletionSource opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int open;

    public async ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        var listener = new Listener(this, await inner.BindAsync(endpoint, cancellationToken));
        listeners.Add(listener);
        return listener;
    }

    /// <summary>Connections that are open now.</summary>
    internal int Connections => Volatile.Read(ref open);

    /// <summary>From now on connections are taken. Until then they wait in the kernel's queue.</summary>
    internal void Open() => opened.TrySetResult();

    /// <summary>Closes the listening sockets. Who comes now is refused by the kernel, and a load balancer sees it.</summary>
    internal async Task CloseAsync()
    {
        foreach (var listener in listeners)
        {
            await listener.UnbindAsync();
        }
        // Whoever has waited for it hears that it is over.
        Open();
    }

    private sealed class Listener(ListenerGate gate, IConnectionListener inner) : IConnectionListener
    {
        private int unbound;

        public EndPoint EndPoint => inner.EndPoint;

        public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
        {
            await gate.opened.Task;
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
