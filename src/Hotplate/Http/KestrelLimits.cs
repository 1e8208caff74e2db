using System.Text;
using Hotplate.Observability;
using Hotplate.Settings;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Hotplate.Http;

/// <summary>Kestrel's options as our settings mean them, and as strict as it can be made. docs/http.md says why.</summary>
internal static class KestrelLimits
{
    /// <summary>What all header fields of a request may have together, unless one field alone may have more.</summary>
    private const int LongestHead = 64 * 1024;

    /// <summary>
    /// What Kestrel takes of one HTTP/2 head, and what clients are told in SETTINGS. Over it Kestrel ends the connection, which a proxy may share among
    /// many users; so this is more than proxies pass on (HAProxy 16 KiB, Envoy 60 KiB), and the settings' own limits are applied to each stream behind it.
    /// </summary>
    internal const int LargestHttp2Head = 128 * 1024;

    /// <summary>Fields of one HTTP/2 head: ten times what proxies pass on (HAProxy 101, Envoy 100). Kestrel copies all of a name's values
    /// for
    /// each that comes, so that the work is the square of their number: 36 MB of arrays for three thousand of one byte each.</summary>
    private const int MostHttp2Fields = 1024;

    internal static KestrelServerOptions NewHttp2Options(HttpSettings http)
    {
        var options = NewOptions(http);
        var limits = options.Limits;
        limits.MaxRequestHeadersTotalSize = Math.Max(LargestHttp2Head, limits.MaxRequestHeadersTotalSize);
        limits.MaxRequestBufferSize = Math.Max(1 << 20, limits.MaxRequestHeadersTotalSize);
        limits.MaxRequestLineSize = limits.MaxRequestHeadersTotalSize;
        limits.MaxRequestHeaderCount = Math.Max(MostHttp2Fields, http.LimitRequestFields);
        limits.Http2.MaxRequestHeaderFieldSize = limits.MaxRequestHeadersTotalSize;
        limits.Http2.MaxStreamsPerConnection = http.Http2MaxConcurrentStreams;

        // Kestrel would end the whole connection for one stream whose body is slow; --body-timeout ends that stream.
        limits.MinRequestBodyDataRate = null;
        return options;
    }

    internal static KestrelServerOptions NewOptions(HttpSettings http)
    {
        // Read when the options are made: a line ends with CR LF, never with LF alone.
        AppContext.SetSwitch("Microsoft.AspNetCore.Server.Kestrel.DisableHttp1LineFeedTerminators", true);
        var options = new KestrelServerOptions
        {
            ApplicationServices = NoServices.Instance,
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

        // A write waits until the kernel tells of room, which it does when a third of its buffer is free: up to 1.3 MB (tcp_wmem). Who
        // takes 2.3 KB a second is through with that in time.
        limits.MinResponseDataRate = new MinDataRate(bytesPerSecond: 240, gracePeriod: TimeSpan.FromMinutes(10));
    }
}
