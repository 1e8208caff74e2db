using System.Net;
using System.Net.Sockets;
using Hotplate.Observability;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Options;

namespace Hotplate.Control;

/// <summary>The Kestrel that speaks HTTP with those who ask on the control socket. It is made when the first one comes.</summary>
/// <remarks>A Kestrel looks at its connections once a second, also when it has none: a server that nobody asks shall sleep.</remarks>
internal sealed class ControlHost(ControlApi api, ILoggerFactory loggers) : IConnectionListenerFactory, IConnectionListener
{
    private const int LargestBody = 4 << 20;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private readonly System.Threading.Channels.Channel<Socket> peers = System.Threading.Channels.Channel.CreateUnbounded<Socket>();
    private readonly SocketConnectionContextFactory contexts =
        new(new SocketConnectionFactoryOptions(), loggers.CreateLogger("Hotplate.Control"));
    private KestrelServer? kestrel;

    public EndPoint EndPoint { get; private set; } = new UnixDomainSocketEndPoint("/control");

    /// <summary>Serves a connection that may ask. To be called by one at a time.</summary>
    internal void Take(Socket peer)
    {
        _ = peers.Writer.TryWrite(peer);
        if (kestrel is null)
        {
            kestrel = Make();
            _ = kestrel.StartAsync(api, CancellationToken.None);
        }
    }

    /// <summary>Returns when everybody who has asked has the answer, or does not take it.</summary>
    internal async Task AnsweredAsync()
    {
        for (var waited = 0; waited < 50 && api.Asking > 0; waited++)
        {
            await Task.Delay(20);
        }
    }

    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        EndPoint = endpoint;
        return ValueTask.FromResult<IConnectionListener>(this);
    }

    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default) =>
        contexts.Create(await peers.Reader.ReadAsync(cancellationToken));

    public ValueTask UnbindAsync(CancellationToken cancellationToken = default) => ValueTask.CompletedTask;

    public ValueTask DisposeAsync()
    {
        contexts.Dispose();
        return ValueTask.CompletedTask;
    }

    private KestrelServer Make()
    {
        var options = new KestrelServerOptions { ApplicationServices = NoServices.Instance, AddServerHeader = false };
        options.Limits.MaxRequestBodySize = LargestBody;
        options.Limits.RequestHeadersTimeout = Patience;
        options.ListenUnixSocket("/control", static at => at.Protocols = HttpProtocols.Http1);
        return new KestrelServer(Options.Create(options), this, loggers);
    }
}
