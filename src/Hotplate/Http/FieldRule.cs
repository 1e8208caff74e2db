using System.Collections.Frozen;
using Hotplate.Channel;

namespace Hotplate.Http;

/// <summary>What happens to a request header field of a well-known name.</summary>
internal readonly record struct FieldRule(FieldFate Fate, byte Id)
{
    private static readonly FrozenDictionary<string, FieldRule> Known = MakeKnown();

    /// <summary>False: not a name with a rule of its own.</summary>
    internal static bool TryGet(string name, out FieldRule rule) => Known.TryGetValue(name, out rule);

    private static FrozenDictionary<string, FieldRule> MakeKnown()
    {
        var rules = new Dictionary<string, FieldRule>(StringComparer.OrdinalIgnoreCase);
        for (var id = 1; id < RequestHeaders.EnvironKeys.Length; id++)
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
        Set(FieldFate.RequestId, "X-Request-Id");
        Set(FieldFate.ForwardedFor, "X-Forwarded-For");
        Set(FieldFate.ForwardedProto, "X-Forwarded-Proto");
        Set(FieldFate.ForwardedHost, "X-Forwarded-Host");
        Set(FieldFate.ForwardedPort, "X-Forwarded-Port");
        Set(FieldFate.ForwardedPrefix, "X-Forwarded-Prefix");
        Set(FieldFate.FromProxy, "Forwarded", "X-Real-IP");
        // RFC 9110 §7.6.1 and §10.1.4, RFC 7540 §3.2.1. "Proxy" would become HTTP_PROXY, which many HTTP clients obey (httpoxy).
        Set(FieldFate.Drop, "Keep-Alive", "TE", "Trailer", "Upgrade", "HTTP2-Settings", "Proxy", "Proxy-Connection", "Proxy-Authenticate",
            "Proxy-Authorization", "Proxy-Authentication-Info");
        return rules.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

        void Set(FieldFate fate, params ReadOnlySpan<string> names)
        {
            foreach (var name in names)
            {
                rules[name] = new FieldRule(fate, (byte)RequestHeaders.IdOf(name));
            }
        }
    }
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
    RequestId,
    ForwardedFor,
    ForwardedProto,
    ForwardedHost,
    ForwardedPort,
    ForwardedPrefix,

    /// <summary>Tells of the client before the proxy: of trusted peers only.</summary>
    FromProxy,
}
