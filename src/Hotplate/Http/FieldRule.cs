using System.Runtime.CompilerServices;
using Hotplate.Channel;
using Microsoft.Net.Http.Headers;

namespace Hotplate.Http;

/// <summary>What happens to a request header field of a well-known name.</summary>
internal readonly record struct FieldRule(FieldFate Fate, byte Id)
{
    // A dozen names for every request: three characters and the length find the place, where a dictionary would hash them all.
    private const int Places = 512;

    // Kestrel's own strings for what nearly every request has: found without comparing a character.
    private static readonly string[] Usual =
    [
        HeaderNames.Accept, HeaderNames.AcceptEncoding, HeaderNames.AcceptLanguage, HeaderNames.Authorization, HeaderNames.CacheControl,
        HeaderNames.Connection, HeaderNames.ContentLength, HeaderNames.ContentType, HeaderNames.Cookie, HeaderNames.Expect, HeaderNames.Host,
        HeaderNames.IfModifiedSince, HeaderNames.IfNoneMatch, HeaderNames.Origin, HeaderNames.Pragma, HeaderNames.Range, HeaderNames.Referer,
        HeaderNames.TransferEncoding, HeaderNames.Upgrade, HeaderNames.UpgradeInsecureRequests, HeaderNames.UserAgent,
    ];

    private static readonly Place[] Known = MakeKnown();

    /// <summary>False: not a name with a rule of its own.</summary>
    internal static bool TryGet(string name, out FieldRule rule)
    {
        for (var at = HashOf(name); ; at++)
        {
            ref var place = ref Known[at % Places];
            if (place.Name is null)
            {
                rule = default;
                return false;
            }
            // See Usual: mostly it is the very same string.
            if (ReferenceEquals(place.Name, name) || place.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                rule = place.Rule;
                return true;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint HashOf(string name) => name.Length == 0
        ? 0
        : (((uint)name.Length * 37) + ((name[0] | 0x20u) * 11) + ((name[name.Length / 2] | 0x20u) * 5) + ((name[^1] | 0x20u) * 101)) % Places;

    private static Place[] MakeKnown()
    {
        var rules = new Dictionary<string, FieldRule>(StringComparer.OrdinalIgnoreCase);
        for (var id = 1; id < RequestHeaders.EndOfFields; id++)
        {
            var key = RequestHeaders.EnvironKeys[id];
            var name = (key.StartsWith("HTTP_", StringComparison.Ordinal) ? key[5..] : key).Replace('_', '-');
            rules[name] = new FieldRule(FieldFate.Pass, (byte)id);
        }
        Set(FieldFate.Host, "Host");
        Set(FieldFate.Single, "Content-Type");
        Set(FieldFate.Cookie, "Cookie");
        Set(FieldFate.ContentLength, "Content-Length");
        Set(FieldFate.ContentLengthBesideChunked, "X-Content-Length");
        Set(FieldFate.TransferEncoding, "Transfer-Encoding");
        Set(FieldFate.Expect, "Expect");
        Set(FieldFate.Connection, "Connection");
        Set(FieldFate.Upgrade, "Upgrade");
        Set(FieldFate.RequestId, "X-Request-Id");
        Set(FieldFate.ForwardedFor, "X-Forwarded-For");
        Set(FieldFate.ForwardedProto, "X-Forwarded-Proto");
        Set(FieldFate.ForwardedHost, "X-Forwarded-Host");
        Set(FieldFate.ForwardedPort, "X-Forwarded-Port");
        Set(FieldFate.ForwardedPrefix, "X-Forwarded-Prefix");
        Set(FieldFate.FromProxy, "Forwarded", "X-Real-IP");
        // RFC 9110 §7.6.1 and §10.1.4, RFC 7540 §3.2.1. "Proxy" would become HTTP_PROXY, which many HTTP clients obey (httpoxy).
        Set(FieldFate.Drop, "Keep-Alive", "TE", "Trailer", "HTTP2-Settings", "Proxy", "Proxy-Connection", "Proxy-Authenticate",
            "Proxy-Authorization", "Proxy-Authentication-Info");
        var places = new Place[Places];
        foreach (var (name, rule) in rules)
        {
            var at = HashOf(name);
            while (places[at % Places].Name is not null)
            {
                at++;
            }
            places[at % Places] = new Place(Array.Find(Usual, usual => usual.Equals(name, StringComparison.OrdinalIgnoreCase)) ?? name, rule);
        }
        return places;

        void Set(FieldFate fate, params ReadOnlySpan<string> names)
        {
            foreach (var name in names)
            {
                rules[name] = new FieldRule(fate, (byte)RequestHeaders.IdOf(name));
            }
        }
    }

    private readonly record struct Place(string? Name, FieldRule Rule);
}

/// <summary>The kinds of request header fields.</summary>
internal enum FieldFate : byte
{
    /// <summary>Reaches the application; repeated ones joined by a comma.</summary>
    Pass,

    /// <summary>Means this connection alone.</summary>
    Drop,

    /// <summary>May stand there once.</summary>
    Single,
    Host,
    Cookie,

    /// <summary>Reaches the application by the frame's own number, which is right for chunked bodies too.</summary>
    ContentLength,

    /// <summary>Kestrel moves a Content-Length that stands beside Transfer-Encoding to this name.</summary>
    ContentLengthBesideChunked,
    TransferEncoding,
    Expect,
    Connection,

    /// <summary>Reaches the application with Connection in a WebSocket handshake alone.</summary>
    Upgrade,
    RequestId,
    ForwardedFor,
    ForwardedProto,
    ForwardedHost,
    ForwardedPort,
    ForwardedPrefix,

    /// <summary>Tells of the client before the proxy: of trusted peers only.</summary>
    FromProxy,
}
