using System.IO.Pipelines;
using System.Net;
using Hotplate.Apps;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace Hotplate.Http;

/// <summary>What one connection (HTTP/2: one stream) needs for its requests, made once and reused.</summary>
internal sealed class RequestContext
{
    private readonly CancellationTokenRegistration closed;
    private readonly ClientConnection? connection;
    private long longestHead;

    internal RequestContext(IFeatureCollection features, AppExchange exchange)
    {
        Features = features;
        Exchange = exchange;
        Request = features.GetRequiredFeature<IHttpRequestFeature>();
        Response = features.GetRequiredFeature<IHttpResponseFeature>();
        ResponseBody = features.GetRequiredFeature<IHttpResponseBodyFeature>();
        Lifetime = features.GetRequiredFeature<IHttpRequestLifetimeFeature>();
        BodyDetection = features.Get<IHttpRequestBodyDetectionFeature>();
        HeadWatch = features.Get<HeadWatch>();
        connection = features.Get<ClientConnection>();
        exchange.MarkReason = features.Get<WatchedOutput>() is { } answers ? answers.MarkReason : null;

        // Not the request's scheme: over HTTP/2 a client may write there what it likes.
        Https = features.Get<ITlsConnectionFeature>() is not null;
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
            closed = lifetime.ConnectionClosed.UnsafeRegister(static me => ((AppExchange)me!).ClientLeft(), exchange);
            Client = features.Get<ClientWatch>();
            if (Client is not null)
            {
                Client.FinishedSending = exchange.ClientFinishedSending;
            }
        }
        else
        {
            IsStream = exchange.IsStream = true;
            connection?.AddStream();
        }
        if (!IsStream && connection is not null)
        {
            connection.Exchange = exchange;
        }
    }

    internal IFeatureCollection Features { get; }

    /// <summary>The front answers this one itself.</summary>
    internal HealthPath Health { get; set; }

    internal AppExchange Exchange { get; }

    internal RequestFields Fields { get; } = new();

    internal IHttpRequestFeature Request { get; }

    internal IHttpResponseFeature Response { get; }

    internal IHttpResponseBodyFeature ResponseBody { get; }

    internal IHttpRequestLifetimeFeature Lifetime { get; }

    /// <summary>Null of HTTP/2.</summary>
    internal HeadWatch? HeadWatch { get; }

    /// <summary>Null of HTTP/2.</summary>
    internal ClientWatch? Client { get; }

    /// <summary>What is written to its connection; null of HTTP/1.</summary>
    internal Http2Output? Streams => Features.Get<Http2Output>();

    /// <summary>HTTP/2: the request's number on its connection.</summary>
    internal int StreamId => Features.Get<IHttp2StreamIdFeature>()?.StreamId ?? 0;

    internal bool Https { get; }

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

    /// <summary>Who asks, as far as proxies are believed. Not set when the head was refused.</summary>
    internal RequestOrigin Origin { get; set; }

    /// <summary>Where its client's requests are counted; see <see cref="ClientTally"/>.</summary>
    internal int ClientPlace { get; set; }

    /// <summary>Who asks, before any proxy is believed.</summary>
    /// <param name="trusted">The peer is a proxy to believe, so it is not the client.</param>
    internal RequestOrigin Direct(string? host, bool trusted) =>
        new() { Address = PeerAddress, Client = trusted ? null : Peer, Port = PeerPort, Https = Https, Host = host, ServerPort = ServerPort, Prefix = "" };

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
