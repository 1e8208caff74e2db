using System.Net;
using System.Net.Sockets;
using Hotplate.Apps;
using Hotplate.Certificates;
using Hotplate.Linux;
using Hotplate.Routing;
using Hotplate.Settings;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace Hotplate.Http;

/// <summary>The places where the front listens: Kestrel's options for them, and what to tell the user about them.</summary>
/// <remarks>Make it, start a <see cref="FrontServer"/> with it; then <see cref="Addresses"/> are known.</remarks>
internal sealed class Listeners
{
    private readonly List<(BindAddress Bind, ListenOptions Options)> all = [];
    private readonly List<UnixListenSocket> unixSockets = [];
    private readonly Dictionary<EndPoint, Socket> passed = new(ReferenceEqualityComparer.Instance);
    private readonly List<(BindAddress Bind, Socket Socket)> sockets = [];
    private readonly List<HandedSocket> unclaimed;
    private readonly KestrelRefusals refusals;
    private readonly HttpSettings http;
    private readonly ClientConnections? clients;
    private readonly TlsSettings tls;
    private readonly TlsGate? gate;
    private readonly ProxyGate? proxies;
    private KestrelServerOptions? http1;
    private KestrelServerOptions? http2;
    private KestrelServerOptions? redirects;

    /// <param name="handed">Sockets of the server that this one follows.</param>
    /// <param name="tls">Null: no bind speaks TLS.</param>
    internal Listeners(
        HttpSettings http, IReadOnlyList<BindAddress> binds, KestrelRefusals refusals, ClientConnections? clients = null,
            IReadOnlyList<HandedSocket>? handed = null,
        TlsSettings? tls = null, CertificateStore? certificates = null, ILogger? log = null)
    {
        this.tls = tls ?? new TlsSettings();
        if (certificates is not null)
        {
            Streams = new HandedConnections();
            gate = new TlsGate(certificates, this.tls.HandshakeTimeout, Streams, log!);
        }
        if (http.ProxyProtocol)
        {
            proxies = new ProxyGate(http.ProxyAllowFrom, http.HeadTimeout, log!);
        }
        unclaimed = [.. handed ?? []];
        (this.refusals, this.http, this.clients) = (refusals, http, clients);
        Transport = new SocketTransportOptions
        {
            Backlog = http.Backlog,

            // Requests are handled on the engine's one thread: a second one would only pass them on.
            UnsafePreferInlineScheduling = true,
            IOQueueCount = 1,
            WaitForDataBeforeAllocatingBuffer = false,
            CreateBoundListenSocket = CreateSocket,
        };
        if (clients is not null)
        {
            // What lies there is no one's to count: a request in hand, with more behind it, and an answer that is not taken.
            Transport.MaxReadBufferSize = clients.BufferSize;
            Transport.MaxWriteBufferSize = Math.Min(clients.BufferSize, 64 * 1024);
        }
        _ = BlockPool.UseIn(Transport);
        foreach (var bind in binds)
        {
            (bind.Redirects ? redirects ??= KestrelLimits.NewOptions(http) : OptionsFor(bind.Http2)).Listen(
                EndPointOf(bind), listen => Add(bind, listen));
        }
        if (Streams is not null && binds.Any(this.tls.Speaks))
        {
            OptionsFor(http2: true).Listen(Streams.EndPoint, listen =>
            {
                listen.Protocols = HttpProtocols.Http2;
                listen.Use(refusals.WatchStreams);
            });
        }
    }

    /// <summary>Where connections come from on which TLS and HTTP/2 were agreed on; null: TLS is not spoken.</summary>
    internal HandedConnections? Streams { get; }

    /// <summary>Connections that were closed for what they said in the PROXY protocol, by why; empty: it is not spoken.</summary>
    internal IEnumerable<KeyValuePair<string, long>> ProxyRefusals => proxies?.Refused ?? [];

    private KestrelServerOptions OptionsFor(bool http2)
    {
        var options = http2 ? this.http2 ??= KestrelLimits.NewHttp2Options(http) : http1 ??= KestrelLimits.NewOptions(http);
        if (clients is not null)
        {
            options.Limits.MaxResponseBufferSize = Transport.MaxWriteBufferSize;
            if (http2)
            {
                // What Kestrel has taken and not begun, besides what lies in the transport: an aborted connection's is begun all the same.
                options.Limits.MaxRequestBufferSize = Math.Max(clients.BufferSize, options.Limits.MaxRequestHeadersTotalSize);
            }
        }
        return options;
    }

    /// <summary>Of HTTP/1; null when nothing listens for it.</summary>
    internal KestrelServerOptions? Options => http1;

    /// <summary>Of HTTP/2; null when nothing listens for it.</summary>
    internal KestrelServerOptions? Http2Options => http2;

    /// <summary>Of places where everybody is led to https; null when there are none.</summary>
    internal KestrelServerOptions? RedirectOptions => redirects;

    /// <summary>Whom those may have asked for; null: any host.</summary>
    internal AllowedHosts? Hosts => AllowedHosts.Of(http.Hosts);

    /// <summary>The port of TLS that those are led to.</summary>
    internal int HttpsPort => all.Where(one => tls.Speaks(one.Bind)).Select(
        static one => (one.Options.EndPoint as IPEndPoint)?.Port).FirstOrDefault() ?? 443;

    /// <summary>A socket that cannot be bound throws <see cref="ListenException"/> out of Kestrel's start.</summary>
    internal SocketTransportOptions Transport { get; }

    /// <summary>True of a place that is for HTTP/2.</summary>
    internal bool Multiplexes(EndPoint place) => all.Any(one => one.Options.EndPoint == place && one.Bind.Http2);

    /// <summary>Where the front listens, as an URL or "unix:/path", in the order of the settings. A port 0 has become the chosen one once Kestrel runs.</summary>
    internal IEnumerable<string> Addresses => all.Select(listener => Describe(listener.Bind, listener.Options, tls.Speaks(listener.Bind)));

    /// <summary>Paths at which this server's socket is not any more.</summary>
    internal IEnumerable<string> LostFiles => unixSockets.Where(static socket => !socket.IsReachable).Select(static socket => socket.Path!);

    /// <summary>What the server that follows this one needs to listen on. Numbers are of this process.</summary>
    internal IReadOnlyList<HandedSocket> ToHandOver() =>
    [
        .. sockets.Select(static one => new HandedSocket
        {
            Bind = one.Bind.Text,
            Descriptor = (int)one.Socket.Handle,
            Path = (one.Socket as UnixListenSocket)?.Path,
            Inode = (one.Socket as UnixListenSocket)?.Inode ?? 0,
        }),
    ];

    /// <summary>The files of Unix sockets go with this server, or with the other one that has the sockets as well.</summary>
    internal void Own(bool mine) => unixSockets.ForEach(socket => socket.Owns = mine);

    /// <summary>Closes this process's descriptors of the listening sockets without a word to the sockets themselves, which others have:
    /// when
    /// those end, nobody listens. To be called when nothing waits at them any more.</summary>
    internal void LetGo()
    {
        // Something has to have the numbers, or what has them next would be closed by those who still know these.
        var nothing = Libc.open("/dev/null", Libc.O_RDONLY | Libc.O_CLOEXEC, 0);
        if (nothing < 0)
        {
            return;
        }
        foreach (var (_, socket) in sockets)
        {
            _ = Libc.dup3(nothing, (int)socket.Handle, Libc.O_CLOEXEC);
        }
        _ = Libc.close(nothing);
    }

    private static string Describe(BindAddress bind, ListenOptions options, bool secure) =>
        (bind.UnixPath is { } path ? "unix:" + path : options.EndPoint is IPEndPoint at ? $"{(secure ? "https" : "http")}://{at}"
            : $"unix:{options.EndPoint}") + (bind.Http2 ? " (HTTP/2 only)" : "");

    private EndPoint Add(BindAddress bind, Socket socket)
    {
        sockets.Add((bind, socket));
        passed.Add(socket.LocalEndPoint!, socket);
        return socket.LocalEndPoint!;
    }

    private EndPoint EndPointOf(BindAddress bind)
    {
        if (unclaimed.Find(one => one.Bind == bind.Text) is { } handed)
        {
            unclaimed.Remove(handed);
            var socket = PassedListener.Take(bind, handed);
            if (socket is UnixListenSocket withFile)
            {
                unixSockets.Add(withFile);
            }
            return Add(bind, socket);
        }
        if (bind.Descriptor is { } descriptor)
        {
            return Add(bind, PassedListener.Take(bind, descriptor));
        }
        return bind.PassedName is { } name ? throw new ListenException(PassedListener.Missing(bind, name))
            : bind.UnixPath is { } path ? UnixListener.EndPointOf(path) : bind.EndPoint!;
    }

    private void Add(BindAddress bind, ListenOptions listen)
    {
        // Cleartext HTTP/2 on a port that also speaks HTTP/1.1 would make Kestrel fall back to HTTP/1.1.
        listen.Protocols = bind.Http2 ? HttpProtocols.Http2 : HttpProtocols.Http1;
        if (clients is not null)
        {
            listen.Use(next => clients.Watch(next, bind.Http2));
        }
        if (proxies is not null)
        {
            listen.Use(proxies.Guard);
        }
        if (bind.Http2)
        {
            listen.Use(refusals.WatchStreams);
        }
        else
        {
            if (gate is not null && tls.Speaks(bind))
            {
                listen.Use(gate.Guard);
            }
            if (!bind.Redirects)
            {
                listen.Use(refusals.Watch);
                listen.Use(ClientWatch.Watch);
            }
        }
        all.Add((bind, listen));
    }

    /// <summary>A socket that is bound there and does not listen yet.</summary>
    /// <exception cref="ListenException">It cannot be bound.</exception>
    internal static Socket BindTo(IPEndPoint endPoint)
    {
        try
        {
            return SocketTransportOptions.CreateDefaultBoundListenSocket(endPoint);
        }
        catch (SocketException e)
        {
            throw new ListenException(Explain(endPoint, e), e);
        }
    }

    private Socket CreateSocket(EndPoint endPoint)
    {
        if (passed.TryGetValue(endPoint, out var already))
        {
            return already;
        }
        var (bind, _) = all.First(listener => listener.Options.EndPoint == endPoint);
        var socket = endPoint is UnixDomainSocketEndPoint ? BindUnix(bind)
            : HandedDescriptors.Take(HandedDescriptors.OfBind(endPoint.ToString()!)) is var handed and >= 0 ? new Socket(new SafeSocketHandle(handed, ownsHandle: true))
            : BindTo((IPEndPoint)endPoint);
        sockets.Add((bind, socket));
        return socket;
    }

    private UnixListenSocket BindUnix(BindAddress bind)
    {
        var socket = HandedDescriptors.Take(HandedDescriptors.OfBind("unix:" + bind.UnixPath)) is var handed and >= 0
            ? new UnixListenSocket(new SafeSocketHandle(handed, ownsHandle: true), bind.UnixPath)
            : UnixListener.Bind(bind.UnixPath!, bind.UnixMode);
        unixSockets.Add(socket);
        return socket;
    }

    internal static string Explain(IPEndPoint endPoint, SocketException e) => e.SocketErrorCode switch
    {
        SocketError.AddressAlreadyInUse => $"HP301  {endPoint}: the port is in use{PortOwner.Describe(endPoint.Port)}. "
            + "Stop that one, or choose another port with --bind.",
        SocketError.AccessDenied => $"HP302  {endPoint}: this user may not listen on ports below 1024. "
            + "Choose a higher port with --bind, or allow it: sysctl net.ipv4.ip_unprivileged_port_start=" + endPoint.Port,
        SocketError.AddressNotAvailable => $"HP303  {endPoint}: this machine has no such address. Use 0.0.0.0 (or [::]) for all of its addresses.",
        SocketError.AddressFamilyNotSupported => $"HP303  {endPoint}: this machine has no IPv6. Use an IPv4 address with --bind.",
        _ => $"HP304  {endPoint}: cannot listen: {e.Message}.",
    };
}
