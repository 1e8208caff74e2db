using System.Net;
using System.Net.Sockets;
using System.Text;
using Hotplate.Linux;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Options;

namespace Hotplate.Observability;

/// <summary>Gives metrics to whoever asks for /metrics, on a listener of its own: never where the site's visitors are.</summary>
/// <remarks>A second Kestrel, whose transport shares nothing with the first: a scrape never runs on the thread that serves requests.</remarks>
internal sealed class MetricsServer : IHttpApplication<IFeatureCollection>, IDisposable
{
    private const int MostConnections = 64;
    private readonly List<ConnectionContext> open = [];
    private readonly KestrelServer kestrel;
    private readonly Func<string> page;
    private readonly ListenOptions listen;

    private MetricsServer(IPEndPoint endPoint, Func<string> page, ILoggerFactory loggers)
    {
        this.page = page;
        var options = new KestrelServerOptions { ApplicationServices = NoServices.Instance, AddServerHeader = false };
        options.Limits.MaxRequestBodySize = 0;
        options.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(5);
        ListenOptions? added = null;
        options.Listen(endPoint, at =>
        {
            at.Protocols = HttpProtocols.Http1;
            at.Use(OnlyNewest);
            added = at;
        });
        listen = added!;
        kestrel = new KestrelServer(Options.Create(options), new SocketTransportFactory(Options.Create(new SocketTransportOptions { CreateBoundListenSocket = Bound }), loggers), loggers);
    }

    /// <summary>Where it listens; a port 0 has become the chosen one.</summary>
    internal string Address => $"http://{listen.IPEndPoint}/metrics";

    /// <exception cref="IOException">It cannot listen there.</exception>
    internal static async Task<MetricsServer> StartAsync(IPEndPoint endPoint, Func<string> page, ILoggerFactory loggers)
    {
        var server = new MetricsServer(endPoint, page, loggers);
        try
        {
            await server.kestrel.StartAsync(server, CancellationToken.None);
            return server;
        }
        catch (Exception error)
        {
            server.Dispose();
            throw Cannot(endPoint, error);
        }
    }

    /// <summary>A socket that is bound there and does not listen yet.</summary>
    /// <exception cref="IOException">It cannot be bound.</exception>
    internal static Socket BindTo(IPEndPoint endPoint)
    {
        try
        {
            return SocketTransportOptions.CreateDefaultBoundListenSocket(endPoint);
        }
        catch (SocketException error)
        {
            throw Cannot(endPoint, error);
        }
    }

    private static Socket Bound(EndPoint endPoint) => HandedDescriptors.Take(HandedDescriptors.OfMetrics(endPoint.ToString()!)) is var handed and >= 0
        ? new Socket(new SafeSocketHandle(handed, ownsHandle: true))
        : SocketTransportOptions.CreateDefaultBoundListenSocket(endPoint);

    private static IOException Cannot(IPEndPoint endPoint, Exception error) =>
        new($"HP408  --metrics {endPoint}: cannot listen there: {error.Message}. Choose another address or port.", error);

    public void Dispose() => kestrel.Dispose();

    public IFeatureCollection CreateContext(IFeatureCollection contextFeatures) => contextFeatures;

    public void DisposeContext(IFeatureCollection context, Exception? exception)
    {
    }

    public async Task ProcessRequestAsync(IFeatureCollection context)
    {
        var request = context.GetRequiredFeature<IHttpRequestFeature>();
        var response = context.GetRequiredFeature<IHttpResponseFeature>();
        var found = request.Path == "/metrics";
        response.StatusCode = !found ? 404 : request.Method is "GET" or "HEAD" ? 200 : 405;
        var body = Encoding.UTF8.GetBytes(response.StatusCode switch { 200 => page(), 404 => "Metrics are at /metrics.\n", _ => "" });
        response.Headers.ContentType = response.StatusCode == 200 ? MetricsText.ContentType : "text/plain; charset=utf-8";
        response.Headers.ContentLength = body.Length;
        if (request.Method != "HEAD")
        {
            await context.GetRequiredFeature<IHttpResponseBodyFeature>().Writer.WriteAsync(body);
        }
    }

    /// <summary>Connection middleware: one more than there may be ends the oldest. Whoever holds connections and asks nothing keeps nobody out.</summary>
    private ConnectionDelegate OnlyNewest(ConnectionDelegate next) => async connection =>
    {
        ConnectionContext? oldest = null;
        lock (open)
        {
            open.Add(connection);
            if (open.Count > MostConnections)
            {
                oldest = open[0];
                open.RemoveAt(0);
            }
        }
        oldest?.Abort(new ConnectionAbortedException("There are newer connections than may be."));
        try
        {
            await next(connection);
        }
        finally
        {
            lock (open)
            {
                open.Remove(connection);
            }
        }
    };
}
