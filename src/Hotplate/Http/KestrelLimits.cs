using System.Text;
using Hotplate.Settings;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Hotplate.Http;

/// <summary>Kestrel's options as our settings mean them, and as strict as it can be made. docs/http.md says why.</summary>
internal static class KestrelLimits
{
    /// <summary>What all header fields of a request may have together, unless one field alone may have more.</summary>
    private const int LongestHead = 64 * 1024;

    internal static KestrelServerOptions NewOptions(HttpSettings http)
    {
        // Read when the options are made: a line ends with CR LF, never with LF alone.
        AppContext.SetSwitch("Microsoft.AspNetCore.Server.Kestrel.DisableHttp1LineFeedTerminators", true);
        var options = new KestrelServerOptions
        {
            ApplicationServices = new NoServices(),
            AddServerHeader = false,
            AllowSynchronousIO = false,
            AllowResponseHeaderCompression = true,

            // A proxy that ends TLS may pass ":scheme: https" on; wsgi.url_scheme is not taken from there.
            AllowAlternateSchemes = true,

            // Bytes of header values are Latin-1 both ways (PEP 3333).
            RequestHeaderEncodingSelector = static name => name == "Content-Length" ? DigitsEncoding.Instance : Encoding.Latin1,
            ResponseHeaderEncodingSelector = static _ => Encoding.Latin1,
        };
        Apply(http, options.Limits);
        return options;
    }

    private static void Apply(HttpSettings http, KestrelServerLimits limits)
    {
        // Kestrel counts the line's CR LF, gunicorn does not.
        limits.MaxRequestLineSize = http.LimitRequestLine + 2;
        limits.MaxRequestHeaderCount = http.LimitRequestFields;
        limits.MaxRequestHeadersTotalSize =
            (int)Math.Min((long)http.LimitRequestFields * http.LimitRequestFieldSize, Math.Max(LongestHead, http.LimitRequestFieldSize + 1024)) + 4;
        limits.MaxRequestBufferSize = Math.Max(1 << 20, limits.MaxRequestHeadersTotalSize);
        limits.KeepAliveTimeout = http.KeepAlive;
        limits.RequestHeadersTimeout = http.HeadTimeout;

        // --max-body-size is enforced where the body is read, so that the client gets our page.
        limits.MaxRequestBodySize = null;

        // Rates are averages since the body or the answer began. These end a connection that moves nothing, and no honest slow one.
        limits.MinRequestBodyDataRate = new MinDataRate(bytesPerSecond: 100, gracePeriod: TimeSpan.FromSeconds(60));
        limits.MinResponseDataRate = new MinDataRate(bytesPerSecond: 240, gracePeriod: TimeSpan.FromSeconds(60));
        limits.Http2.MaxStreamsPerConnection = http.Http2MaxConcurrentStreams;
        limits.Http2.MaxRequestHeaderFieldSize = http.LimitRequestFieldSize;
    }

    /// <summary>Kestrel asks for services that a host would have; there is no host.</summary>
    private sealed class NoServices : IServiceProvider
    {
        public object? GetService(Type serviceType) => null;
    }
}
