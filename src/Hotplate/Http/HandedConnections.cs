using System.Net;
using System.Threading.Channels;
using Microsoft.AspNetCore.Connections;

namespace Hotplate.Http;

/// <summary>Where Kestrel's server for HTTP/2 is handed connections that others have accepted.</summary>
internal sealed class HandedConnections : IConnectionListener
{
    private readonly Channel<ConnectionContext> arrived =
        System.Threading.Channels.Channel.CreateUnbounded<ConnectionContext>(new UnboundedChannelOptions { SingleReader = true });

    /// <summary>No place that anybody could connect to.</summary>
    public EndPoint EndPoint { get; } = new Inside();

    /// <summary>Returns when the connection has ended, or at once when none is taken any more.</summary>
    internal Task ServeAsync(HandedConnection connection) => arrived.Writer.TryWrite(connection) ? connection.Ended : Task.CompletedTask;

    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default) =>
        await arrived.Reader.WaitToReadAsync(cancellationToken) && arrived.Reader.TryRead(out var connection) ? connection : null;

    public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
    {
        arrived.Writer.TryComplete();
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync() => UnbindAsync();

    /// <summary>The transport of that server: its own places, and this one.</summary>
    internal IConnectionListenerFactory Beside(IConnectionListenerFactory transport) => new Factory(this, transport);

    private sealed class Factory(HandedConnections handed, IConnectionListenerFactory transport) : IConnectionListenerFactory
    {
        public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default) =>
            endpoint == handed.EndPoint ? new ValueTask<IConnectionListener>(handed) : transport.BindAsync(endpoint, cancellationToken);
    }

    private sealed class Inside : EndPoint
    {
        public override string ToString() => "inside";
    }
}
