using System.Net;
using System.Net.Sockets;
using System.Text;
using Hotplate.Apps;
using Hotplate.Certificates;
using Hotplate.Http;
using Hotplate.Routing;
using Hotplate.Settings;
using Hotplate.Sites;
using Hotplate.Workers;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Hotplate.Tests.Http;

/// <summary>The front as it is, but for workers: a request that would reach the application gets 503, because the queue has no places.</summary>
public sealed class FrontWithoutWorkers : IAsyncDisposable
{
    internal const int WouldReachTheApplication = 503;

    private readonly WorkerPool pool;
    private readonly FrontServer kestrel;
    private readonly CertificateStore? certificates;
    private readonly ClientConnections? clients;

    private FrontWithoutWorkers(HttpSettings http, IReadOnlyList<BindAddress> binds, string mount, TlsSettings? tls = null)
    {
        pool = new WorkerPool(new WorkerSettings { MaxQueue = 0 }, TimeProvider.System, NullLogger.Instance);
        var settings = new AppSettings { Target = "none", Directory = "/", Python = "none", Mount = mount };
        var app = new AppHandler(settings, http, pool, new SpoolDirectory(Path.GetTempPath(), 1 << 30), new ClientMemory(1 << 30));
        Application = new FrontApplication(http, new CurrentSite(new Site([app])), null, NullLogger.Instance);
        var refusals = new KestrelRefusals(http, Application.Unrouted, null, NullLogger.Instance);
        if (tls is not null)
        {
            certificates = new CertificateStore(tls, TimeProvider.System, NullLogger.Instance);
            Memory = new ClientMemory(1 << 30);
            clients = new ClientConnections(Memory, null, 10_000, http.Http2MaxConcurrentStreams, TimeProvider.System, NullLogger.Instance,
                tls: true);
        }
        Listeners = new Listeners(http, binds, refusals, clients, null, tls, certificates, NullLogger.Instance);
        var loggers = refusals.Hearing(NullLoggerFactory.Instance);
        var sockets = new SocketListeners(Listeners.Transport, Listeners.Multiplexes, static _ => { }, loggers);
        kestrel = new FrontServer(Listeners, sockets, loggers);
    }

    internal Listeners Listeners { get; }

    /// <summary>What clients hold; with TLS only.</summary>
    internal ClientMemory? Memory { get; }

    internal CertificateStore Certificates => certificates!;

    private FrontApplication Application { get; }

    /// <summary>The first bind's, with the port that the kernel chose.</summary>
    internal IPEndPoint EndPoint => IPEndPoint.Parse(new Uri(Listeners.Addresses.First()).Authority);

    internal static Task<FrontWithoutWorkers> StartAsync(HttpSettings? http = null, string mount = "", params BindAddress[] binds) =>
        StartAsync(http, mount, null, binds);

    internal static Task<FrontWithoutWorkers> StartTlsAsync(TlsSettings tls, HttpSettings? http = null) => StartAsync(http, "", tls);

    private static async Task<FrontWithoutWorkers> StartAsync(
        HttpSettings? http, string mount, TlsSettings? tls, params BindAddress[] binds)
    {
        BindAddress[] free = [new BindAddress { Text = "127.0.0.1:0", EndPoint = new IPEndPoint(IPAddress.Loopback, 0) }];
        var front = new FrontWithoutWorkers(http ?? new HttpSettings(), binds.Length == 0 ? free : binds, mount, tls);
        try
        {
            await front.kestrel.StartAsync(front.Application, TestContext.Current.CancellationToken);
            return front;
        }
        catch
        {
            await front.DisposeAsync();
            throw;
        }
    }

    /// <summary>Sends bytes on a connection of its own and returns what comes back until the front closes.</summary>
    internal async Task<RawAnswers> SendAsync(string latin1, int piece = 0)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(EndPoint, TestContext.Current.CancellationToken);
        return await RawAnswers.ExchangeAsync(client.GetStream(), Encoding.Latin1.GetBytes(latin1), piece);
    }

    public async ValueTask DisposeAsync()
    {
        await kestrel.StopAsync(new CancellationToken(canceled: true));
        kestrel.Dispose();
        clients?.Dispose();
        certificates?.Dispose();
        pool.Dispose();
    }
}
