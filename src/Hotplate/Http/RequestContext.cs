using System.IO.Pipelines;
using System.Net;
using Hotplate.Apps;
using Hotplate.Routing;
using Hotplate.Workers;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace Hotplate.Http;

/// <summary>What one connection (HTTP/2: one stream) needs for its requests, made once and reused.</summary>
internal sealed class RequestContext : AppVisit
{
    private readonly CancellationTokenRegistration closed;
    private readonly ClientConnection? connection;
    private readonly Func<string, string>? markReason;
    private readonly FrontApplication front;
    private AppExchange? kept;
    private string requestId = "-";
    private int pathLength;
    private long longestHead;

    /// <param name="front">Whose it is.</param>
    internal RequestContext(IFeatureCollection features, FrontApplication front)
        : base(features)
    {
        Features = features;
        this.front = front;
        Lifetime = features.GetRequiredFeature<IHttpRequestLifetimeFeature>();
        BodyDetection = features.Get<IHttpRequestBodyDetectionFeature>();
        HeadWatch = features.Get<HeadWatch>();
        connection = features.Get<ClientConnection>();
        markReason = features.Get<WatchedOutput>() is { } answers ? answers.MarkReason : null;

        // Not the request's scheme: over HTTP/2 a client may write there what it likes.
        var tls = features.Get<ITlsConnectionFeature>();
        Https = tls is not null;
        Tls = tls as TlsFeatures;
        var ends = features.GetRequiredFeature<IHttpConnectionFeature>();
        Peer = ends.RemoteIpAddress is { IsIPv4MappedToIPv6: true } mapped ? mapped.MapToIPv4() : ends.RemoteIpAddress;
        PeerAddress = Peer?.ToString() ?? "";
        PeerPort = (ushort)ends.RemotePort;
        var local = ends.LocalIpAddress is { IsIPv4MappedToIPv6: true } v4 ? v4.MapToIPv4() : ends.LocalIpAddress;
        // Neither may be empty (PEP 3333); behind a Unix socket the Host field is what is meant, and 80 is its default.
        ServerName = local?.ToString() ?? "localhost";
        ServerPort = local is null ? (ushort)80 : (ushort)ends.LocalPort;
        if (features.Get<IHttp2StreamIdFeature>() is null && features.Get<IConnectionLifetimeFeature>() is { } lifetime)
        {
            // HTTP/1: one registration for the connection's whole life, instead of one a request.
            closed = lifetime.ConnectionClosed.UnsafeRegister(static me => ((RequestContext)me!).kept?.ClientLeft(), this);
            Watch = features.Get<ClientWatch>();
            if (Watch is not null)
            {
                Watch.FinishedSending = () => kept?.ClientFinishedSending();
            }
        }
        else
        {
            IsStream = true;
            connection?.AddStream();
        }
    }

    internal IFeatureCollection Features { get; }

    /// <summary>The front answers this one itself.</summary>
    internal HealthPath Health { get; set; }

    /// <summary>The one that an application answers, while it does; null: none does.</summary>
    internal AppExchange? Exchange { get; private set; }

    /// <summary>Where it is counted. Null until the first request of the connection has been read.</summary>
    internal AnswerTally Tally { get; set; } = null!;

    internal override string RequestId => requestId;

    internal override RequestFailure Failure { get; set; }

    internal override long BytesSent { get; set; }

    internal override ReadOnlyMemory<byte> Path => Scratch.AsMemory(0, pathLength);

    internal override string Target => Request.RawTarget;

    internal override bool IsHttps => Origin.Address is null ? Https : Origin.Https;

    internal override string? Host => Origin.Host;

    internal override IPAddress? Client => Origin.Client;

    internal override CancellationToken Left => Lifetime.RequestAborted;


    internal RequestFields Fields { get; } = new();

    internal IHttpRequestLifetimeFeature Lifetime { get; }

    /// <summary>Null of HTTP/2.</summary>
    internal HeadWatch? HeadWatch { get; }

    /// <summary>Null of HTTP/2.</summary>
    internal ClientWatch? Watch { get; }

    /// <summary>What is written to its connection; null of HTTP/1.</summary>
    internal Http2Output? Streams => Features.Get<Http2Output>();

    /// <summary>HTTP/2: the request's number on its connection.</summary>
    internal int StreamId => Features.Get<IHttp2StreamIdFeature>()?.StreamId ?? 0;

    internal bool Https { get; }

    /// <summary>What the application is told of the client's certificate; empty: it was not asked for one.</summary>
    internal Field[] TlsFields => Tls?.Fields ?? [];

    /// <summary>What was agreed on with the client; null: nothing, it came without TLS.</summary>
    internal TlsFeatures? Tls { get; }

    internal IHttpRequestBodyDetectionFeature? BodyDetection { get; }

    internal PipeReader RequestBody => Features.GetRequiredFeature<IRequestBodyPipeFeature>().Reader;

    /// <summary>HTTP/2: leaving is told for each request, and unmistakably.</summary>
    internal bool IsStream { get; }

    /// <summary>Null of a Unix socket.</summary>
    internal IPAddress? Peer { get; }

    internal string PeerAddress { get; }

    internal ushort PeerPort { get; }

    internal string ServerName { get; }

    internal ushort ServerPort { get; }

    /// <summary>What followed a chunked body, once that was read; true when nothing did.</summary>
    internal bool TrailersAreAcceptable =>
        (!Fields.IsChunked && !IsStream) || Features.Get<IHttpRequestTrailersFeature>() is not { Available: true } trailers || Trailers.AreAcceptable(trailers.Trailers);

    /// <summary>For the decoded path; grows to the longest target seen.</summary>
    internal byte[] Scratch { get; private set; } = new byte[256];

    /// <summary>Who asks, as far as proxies are believed; its address is null when the head was refused.</summary>
    internal RequestOrigin Origin { get; set; }

    /// <summary>Where its client's requests are counted; see <see cref="ClientTally"/>.</summary>
    internal int ClientPlace { get; set; }

    /// <summary>The limit that refused the request, and until when it does; of a request that failed for that reason.</summary>
    internal (RateLimit? Limit, TimeSpan Wait) RefusedBy { get; set; }

    /// <summary>Who asks, before any proxy is believed.</summary>
    /// <param name="trusted">The peer is a proxy to believe, so it is not the client.</param>
    internal RequestOrigin Direct(string? host, bool trusted) =>
        new() { Address = PeerAddress, Client = trusted ? null : Peer, Port = PeerPort, Https = Https, Host = host, ServerPort = ServerPort, Prefix = "" };

    /// <summary>Another request of the connection begins.</summary>
    /// <param name="tally">Where it is counted until a route takes it.</param>
    internal void Begin(string id, AnswerTally tally)
    {
        requestId = id;
        Tally = tally;
        Exchange = null;
        Match = default;
        Origin = default;
        Failure = RequestFailure.None;
        BytesSent = 0;
    }

    internal override Task AnswerByAsync(AppRoute route) => front.AnswerByAsync(this, route);

    /// <summary>It is known which route the request takes, if any.</summary>
    /// <param name="path">Bytes of the decoded path in <see cref="Scratch"/>.</param>
    internal void Take(RouteMatch match, int path) => (Match, pathLength) = (match, path);

    /// <summary>The request is that application's. What it is handled with is kept for the next one.</summary>
    internal AppExchange GiveTo(AppHandler app)
    {
        if (kept?.App != app)
        {
            kept = app.NewExchange();
            kept.MarkReason = markReason;
            kept.IsStream = IsStream;
            if (!IsStream && connection is not null)
            {
                connection.Exchange = kept;
            }
        }
        kept.RequestId = RequestId;
        return Exchange = kept;
    }

    /// <summary>The error page is written: it gets what the limit has to say. Nothing of the limit is kept.</summary>
    internal void TellLimit()
    {
        RefusedBy.Limit?.Tell(Response.Headers, RefusedBy.Wait);
        RefusedBy = default;
    }

    /// <summary>It could not be given to the application: nobody answers it yet.</summary>
    internal void TakeBack() => Exchange = null;

    /// <summary>The head is read. False: there is no memory to handle it.</summary>
    internal bool HoldHead(int bytes)
    {
        if (connection is null)
        {
            return true;
        }
        if (!IsStream)
        {
            return connection.HoldHead(bytes);
        }
        connection.Asked();
        if (connection.HoldHead(bytes, ref longestHead) && !connection.NoRoom)
        {
            return true;
        }
        connection.LeaveIfFull();
        return false;
    }

    // A field's strings and its place, beside what is in them: a third, since HoldHead counts three times.
    private const int FieldCost = 32;

    /// <summary>HTTP/2: the head was refused, but lies in memory until its client has ended the stream.</summary>
    internal void HoldRefused()
    {
        var bytes = 0;
        foreach (var (name, value) in Request.Headers)
        {
            bytes += (FieldCost * value.Count) + name.Length + value.Sum(static text => text?.Length ?? 0);
        }
        HoldHead(bytes);
    }

    internal void ReserveScratch(int size)
    {
        if (Scratch.Length < size)
        {
            Scratch = new byte[Math.Max(size, Scratch.Length * 2)];
        }
    }
}
