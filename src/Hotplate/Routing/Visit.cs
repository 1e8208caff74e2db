using System.Net;
using Hotplate.Workers;
using Microsoft.AspNetCore.Http.Features;

namespace Hotplate.Routing;

/// <summary>One request as handlers meet it: read, checked, and with its route.</summary>
/// <remarks>One object for a connection's requests, one after another: nothing of it is kept when the handler has ended.</remarks>
internal abstract class Visit
{
    protected Visit(IFeatureCollection features)
    {
        Request = features.GetRequiredFeature<IHttpRequestFeature>();
        Response = features.GetRequiredFeature<IHttpResponseFeature>();
        ResponseBody = features.GetRequiredFeature<IHttpResponseBodyFeature>();
    }

    internal IHttpRequestFeature Request { get; }

    internal IHttpResponseFeature Response { get; }

    internal IHttpResponseBodyFeature ResponseBody { get; }

    /// <summary>Its route, and which of the route's paths it was.</summary>
    internal RouteMatch Match { get; set; }

    /// <summary>Decoded once, dot segments removed; see <see cref="RequestTarget.Path"/>.</summary>
    internal abstract ReadOnlyMemory<byte> Path { get; }

    /// <summary>As it stood in the request line, query included.</summary>
    internal abstract string Target { get; }

    /// <summary>
    /// Why there is no answer, or only a part of one: whoever called the handler writes the error page, or cuts what has begun.
    /// </summary>
    internal abstract RequestFailure Failure { get; set; }

    /// <summary>Bytes of the answer's body, for the log.</summary>
    internal abstract long BytesSent { get; set; }

    internal abstract string RequestId { get; }

    /// <summary>As far as proxies are believed, like <see cref="Host"/> and <see cref="Client"/>.</summary>
    internal abstract bool IsHttps { get; }

    /// <summary>With its port, as the client wrote it; null when HTTP/1.0 named none.</summary>
    internal abstract string? Host { get; }

    /// <summary>Null: a Unix socket's peer, or a proxy that did not say.</summary>
    internal abstract IPAddress? Client { get; }

    /// <summary>The client has left.</summary>
    internal abstract CancellationToken Left { get; }
}
