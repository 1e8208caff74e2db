namespace Hotplate.Settings;

/// <summary>Limits and habits of the HTTP side.</summary>
internal sealed record HttpSettings
{
    /// <summary>Connections that the kernel may hold before the server takes them, 1 to 65535; it lowers that to net.core.somaxconn. Default 2048, as gunicorn's.</summary>
    public int Backlog { get; init; } = 2048;

    /// <summary>Longest request line, in bytes, 1 to 65535. Default 4094, as gunicorn's.</summary>
    public int LimitRequestLine { get; init; } = 4094;

    /// <summary>Most header fields of a request, 1 to 32768. Default 100, as gunicorn's.</summary>
    public int LimitRequestFields { get; init; } = 100;

    /// <summary>Longest header field, in bytes, 1 to 65535. Default 8190, as gunicorn's.</summary>
    public int LimitRequestFieldSize { get; init; } = 8190;

    /// <summary>Largest request body, in bytes; null is no limit. Larger gets 413. Default 1 GiB.</summary>
    public long? MaxBodySize { get; init; } = 1L << 30;

    /// <summary>Most requests of one client address that may be in hand at a time; 0 is no limit. Default 512, a quarter of the queue.</summary>
    public int MaxClientRequests { get; init; } = 512;

    /// <summary>How often one client address may ask; null: as often as it likes, the default.</summary>
    public RateRule? RateLimit { get; init; }

    /// <summary>Most connections of clients; null: as many as there are memory and descriptors for. Default null.</summary>
    public int? MaxConnections { get; init; }

    /// <summary>Bytes of memory that clients may make the front hold; null: an eighth of what the machine or the container has. Default null.</summary>
    public long? ClientMemory { get; init; }

    /// <summary>Most requests of one HTTP/2 connection at a time, 1 to 10000. Default 100, as gunicorn's.</summary>
    public int Http2MaxConcurrentStreams { get; init; } = 100;

    /// <summary>Where the front itself says that it lives; null: nowhere. Default /livez.</summary>
    public string? LivezPath { get; init; } = "/livez";

    /// <summary>Where the front itself says whether a worker is ready; null: nowhere. Default /readyz.</summary>
    public string? ReadyzPath { get; init; } = "/readyz";

    /// <summary>The user's pages in place of ours; null: none, the default.</summary>
    public ErrorPageFiles? ErrorPages { get; init; }

    /// <summary>How long an idle connection is kept. Default 75 s (nginx's keepalive_timeout).</summary>
    public TimeSpan KeepAlive { get; init; } = TimeSpan.FromSeconds(75);

    /// <summary>How long a client may take to send a request head. Default 30 s.</summary>
    public TimeSpan HeadTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a client may take between two pieces of a request's body. Default 60 s (nginx's client_body_timeout).</summary>
    public TimeSpan BodyTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Read a request's body to its end before a worker is taken, so that a slow sender holds no thread. Default on.</summary>
    public bool BufferRequests { get; init; } = true;

    /// <summary>Requests that had begun when their worker died run again, if that is safe. Default on.</summary>
    public bool Replay { get; init; } = true;

    /// <summary>Any method is safe to run again when the request has an Idempotency-Key. Default off.</summary>
    public bool ReplayIdempotencyKey { get; init; }

    /// <summary>Request bodies and answers beyond this many bytes of memory go to disk. Default 1 MiB each.</summary>
    public int SpoolThreshold { get; init; } = 1 << 20;

    /// <summary>Most bytes of one answer that may wait on disk for a slow reader; then its thread waits. Default 1 GiB (nginx's proxy_max_temp_file_size).</summary>
    public long MaxResponseSpool { get; init; } = 1L << 30;

    /// <summary>Peers whose X-Forwarded-* headers are believed. Default loopback.</summary>
    public TrustedProxies TrustedProxies { get; init; } = TrustedProxies.Loopback;

    /// <summary>Hosts that are served; empty: any, the default.</summary>
    public IReadOnlyList<HostPattern> Hosts { get; init; } = [];

    /// <summary>The value of Strict-Transport-Security for answers over https that have none; null: it is not sent, the default.</summary>
    public string? Hsts { get; init; }

    /// <summary>Answers get fields that make browsers more careful, where the application has not set them. Default off.</summary>
    public bool SecureHeaders { get; init; }

    /// <summary>Every connection begins with a header of the PROXY protocol, which says who the client is. Default off.</summary>
    public bool ProxyProtocol { get; init; }

    /// <summary>Peers that may connect with <see cref="ProxyProtocol"/>, and whose word counts then. Default loopback.</summary>
    public TrustedProxies ProxyAllowFrom { get; init; } = TrustedProxies.Loopback;
}
