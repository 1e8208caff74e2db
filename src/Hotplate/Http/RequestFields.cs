using System.Buffers;
using Hotplate.Channel;
using Hotplate.Workers;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Hotplate.Http;

/// <summary>The header fields of one request that reach its application, and what the front itself must know of them.</summary>
/// <remarks>
/// One pass over Kestrel's headers, no memory of its own once it has grown. Reused by its connection: not for two requests at a time.
/// docs/http.md lists each rule.
/// </remarks>
internal sealed class RequestFields
{
    // RFC 9110 §5.6.2, the underscore included: a name with one is a legal name, which is dropped.
    private static readonly SearchValues<char> Token = SearchValues.Create(
        "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    // RFC 9110 §5.5: of the controls only the tab may stand in a value.
    private static readonly SearchValues<char> Forbidden = SearchValues.Create(
        [.. Enumerable.Range(0, 32).Where(c => c != '\t').Append(127).Select(c => (char)c)]);

    private Field[] kept = new Field[16];
    private int count;
    private bool lengthBesideChunked;
    private StringValues connection;
    private string? upgrade;

    /// <summary>The fields for the application, in no certain order.</summary>
    internal ReadOnlySpan<Field> Kept => kept.AsSpan(0, count);

    /// <summary>As the client wrote it; null when there is none, which HTTP/1.0 allows.</summary>
    internal string? Host { get; private set; }

    /// <summary>The body comes in chunks, and its length is not known before its end.</summary>
    internal bool IsChunked { get; private set; }

    /// <summary>The client waits for 100 Continue before it sends the body.</summary>
    internal bool ExpectsContinue { get; private set; }

    /// <summary>What a trusted peer gave as X-Request-Id; null of any other peer.</summary>
    internal string? RequestId { get; private set; }

    /// <summary>What a trusted peer said about the client; empty of any other peer.</summary>
    internal ForwardedFields Forwarded { get; private set; }

    /// <summary>It is a WebSocket's handshake.</summary>
    internal bool IsWebSocket { get; private set; }

    /// <summary>Reads the headers. Anything but <see cref="RequestFailure.None"/>: answer so and close the connection.</summary>
    /// <param name="headers">Kestrel's, of this request.</param>
    /// <param name="version">The request's protocol.</param>
    /// <param name="trusted">The peer is a proxy whose word counts.</param>
    /// <param name="longest">Bytes that one field may have, name and line end included (--limit-request-field_size).</param>
    /// <param name="connectionOptions">The fields named by Connection where Kestrel hides them, see <see cref="HeadWatch"/>; or null.</param>
    /// <param name="most">Fields there may be (--limit-request-fields); the parts of one Cookie, which HTTP/2 allows, are one.</param>
    internal RequestFailure Read(IHeaderDictionary headers, Channel.HttpVersion version, bool trusted, int longest, string? connectionOptions = null, int most = int.MaxValue)
    {
        Clear();
        var fields = 0;
        foreach (var (name, values) in headers)
        {
            fields += values.Count == 1 || name.Equals("Cookie", StringComparison.OrdinalIgnoreCase) ? 1 : values.Count;
            if (version >= Channel.HttpVersion.Http2 && IsOfConnection(name))
            {
                return RequestFailure.BadRequest;
            }
            var failure = Add(name, values, trusted, longest);
            if (failure != RequestFailure.None)
            {
                return failure;
            }
        }
        if (fields > most)
        {
            return RequestFailure.HeadersTooLarge;
        }
        if (IsChunked && (lengthBesideChunked || version == Channel.HttpVersion.Http10))
        {
            // RFC 9112 §6.1: two lengths are a sign of smuggling, and HTTP/1.0 has no transfer codings.
            return RequestFailure.BadRequest;
        }
        // RFC 9112 §3.2, RFC 9113 §8.3.1. Kestrel makes an empty ":authority" a missing one.
        if (Host is null ? version != Channel.HttpVersion.Http10 : !IsHost(Host, version))
        {
            return RequestFailure.BadRequest;
        }
        if (version == Channel.HttpVersion.Http10)
        {
            // RFC 9110 §10.1.1: an HTTP/1.0 client's expectation is ignored.
            ExpectsContinue = false;
        }
        DropNamed(connectionOptions);
        foreach (var value in connection)
        {
            DropNamed(value);
        }
        if (upgrade is not null && version == Channel.HttpVersion.Http11)
        {
            KeepHandshake(connectionOptions);
        }
        return RequestFailure.None;
    }

    /// <summary>RFC 9113 §8.2.2: a request over HTTP/2 with one of these is malformed. TE has a rule of its own, which Kestrel keeps.</summary>
    private static bool IsOfConnection(string name) => name.Length switch
    {
        7 => name.Equals("Upgrade", StringComparison.OrdinalIgnoreCase),
        10 => name.Equals("Connection", StringComparison.OrdinalIgnoreCase) || name.Equals("Keep-Alive", StringComparison.OrdinalIgnoreCase),
        16 => name.Equals("Proxy-Connection", StringComparison.OrdinalIgnoreCase),
        17 => name.Equals("Transfer-Encoding", StringComparison.OrdinalIgnoreCase),
        _ => false,
    };

    /// <summary>A list of codings, well-formed, of which one is not chunked (RFC 9112 §6.1: 501). Chunked may only be the last of them.</summary>
    internal static bool IsUnknownCoding(string? value)
    {
        var (unknown, chunked) = (false, false);
        foreach (var part in value.AsSpan().Split(','))
        {
            var coding = value.AsSpan()[part].Trim(" \t");
            if (coding.IsEmpty || !IsName(coding) || chunked)
            {
                return false;
            }
            chunked = coding.Equals("chunked", StringComparison.OrdinalIgnoreCase);
            unknown |= !chunked;
        }
        return unknown;
    }

    /// <summary>A field name is a token.</summary>
    internal static bool IsName(ReadOnlySpan<char> name) => !name.ContainsAnyExcept(Token);

    /// <summary>A field value has no control character but the tab.</summary>
    internal static bool IsValue(ReadOnlySpan<char> value) => !value.ContainsAny(Forbidden);

    /// <summary>What HTTP_HOST will be, when a trusted proxy knows better than the Host field.</summary>
    internal void ReplaceHost(string host)
    {
        Host = host;
        for (var i = 0; i < count; i++)
        {
            if (kept[i].Name.Equals("Host", StringComparison.OrdinalIgnoreCase))
            {
                kept[i] = kept[i] with { Value = host };
                return;
            }
        }
        Keep(RequestHeaders.IdOf("Host"), "Host", host);
    }

    /// <summary>Lets go of the strings, so that an idle connection holds none of them.</summary>
    internal void Clear()
    {
        kept.AsSpan(0, count).Clear();
        count = 0;
        IsChunked = lengthBesideChunked = ExpectsContinue = false;
        connection = default;
        upgrade = null;
        IsWebSocket = false;
        Host = RequestId = null;
        Forwarded = default;
    }

    private RequestFailure Add(string name, StringValues values, bool trusted, int longest)
    {
        if (values.Count != 1)
        {
            return AddRepeated(name, values, trusted, longest);
        }
        var value = values.ToString();
        // ": " and CR LF count as gunicorn counts them.
        if (name.Length + value.Length + 4 > longest || value.Length > Wire.MaxText)
        {
            return RequestFailure.HeadersTooLarge;
        }
        return IsValue(value) ? Take(name, value, trusted) : RequestFailure.BadRequest;
    }

    private RequestFailure AddRepeated(string name, StringValues values, bool trusted, int longest)
    {
        var known = FieldRule.TryGet(name, out var rule);
        if (known && rule.Fate is FieldFate.Single or FieldFate.Host or FieldFate.ContentLength or FieldFate.TransferEncoding)
        {
            return RequestFailure.BadRequest;
        }
        foreach (var value in values)
        {
            if (name.Length + value!.Length + 4 > longest)
            {
                return RequestFailure.HeadersTooLarge;
            }
            if (!IsValue(value))
            {
                return RequestFailure.BadRequest;
            }
        }
        var joined = string.Join(known && rule.Fate == FieldFate.Cookie ? "; " : ", ", values.ToArray());
        return joined.Length > Wire.MaxText ? RequestFailure.HeadersTooLarge : Take(name, joined, trusted);
    }

    private RequestFailure Take(string name, string value, bool trusted)
    {
        if (!FieldRule.TryGet(name, out var rule))
        {
            return TakeUnknown(name, value, trusted);
        }
        switch (rule.Fate)
        {
            case FieldFate.Pass or FieldFate.Single or FieldFate.Cookie:
                break;
            case FieldFate.Host:
                Host = value;
                break;
            case FieldFate.TransferEncoding:
                IsChunked = true;
                // Nothing else is undone here, and a list is how a coding hides from the next reader.
                return value.Equals("chunked", StringComparison.OrdinalIgnoreCase) ? RequestFailure.None
                    : IsUnknownCoding(value) ? RequestFailure.NotImplemented : RequestFailure.BadRequest;
            case FieldFate.ContentLengthBesideChunked:
                lengthBesideChunked = true;
                break;
            case FieldFate.Expect:
                if (!value.Equals("100-continue", StringComparison.OrdinalIgnoreCase))
                {
                    return RequestFailure.ExpectationFailed;
                }
                ExpectsContinue = true;
                break;
            case FieldFate.Connection:
                connection = value;
                return RequestFailure.None;
            case FieldFate.Upgrade:
                upgrade = value;
                return RequestFailure.None;
            case FieldFate.Drop or FieldFate.ContentLength:
                return RequestFailure.None;
            default:
                if (!trusted || !TakeFromProxy(rule.Fate, value))
                {
                    return RequestFailure.None;
                }
                break;
        }
        Keep(rule.Id, name, value);
        return RequestFailure.None;
    }

    private RequestFailure TakeUnknown(string name, string value, bool trusted)
    {
        if (!IsName(name))
        {
            return RequestFailure.BadRequest;
        }
        var dropped = name.Contains('_')
            || name.StartsWith("Proxy-", StringComparison.OrdinalIgnoreCase)
            || (!trusted && name.StartsWith("X-Forwarded-", StringComparison.OrdinalIgnoreCase));
        if (!dropped)
        {
            Keep(0, name, value);
        }
        return RequestFailure.None;
    }

    /// <summary>False: it must not reach the application though the peer is trusted.</summary>
    private bool TakeFromProxy(FieldFate fate, string value)
    {
        switch (fate)
        {
            case FieldFate.RequestId:
                RequestId = value;
                return Http.RequestId.IsAcceptable(value);
            case FieldFate.ForwardedFor:
                Forwarded = Forwarded with { For = value };
                break;
            case FieldFate.ForwardedProto:
                Forwarded = Forwarded with { Proto = value };
                break;
            case FieldFate.ForwardedHost:
                Forwarded = Forwarded with { Host = value };
                break;
            case FieldFate.ForwardedPort:
                Forwarded = Forwarded with { Port = value };
                break;
            case FieldFate.ForwardedPrefix:
                Forwarded = Forwarded with { Prefix = value };
                break;
        }
        return true;
    }

    private void Keep(int id, string name, string value)
    {
        if (count == kept.Length)
        {
            Array.Resize(ref kept, count * 2);
        }
        kept[count++] = new Field(id, name, value);
    }

    /// <summary>Kestrel has checked the characters; what is left are a name, which a URI must have, and the size of the port.</summary>
    private static bool IsHost(string host, Channel.HttpVersion version)
    {
        if (host.Length == 0)
        {
            return version == Channel.HttpVersion.Http10;
        }
        var colon = host.LastIndexOf(':');
        return colon < 0 || colon == host.Length - 1 || host[^1] == ']' || (colon > 0 && ushort.TryParse(host.AsSpan(colon + 1), out _));
    }

    /// <summary>RFC 6455 §4.1: the application sees that it is asked for a WebSocket, as under other servers.</summary>
    private void KeepHandshake(string? connectionOptions)
    {
        var options = connection.Count > 0 ? string.Join(", ", connection.ToArray()) : connectionOptions ?? "";
        IsWebSocket = upgrade!.Equals("websocket", StringComparison.OrdinalIgnoreCase) && options.Contains("upgrade", StringComparison.OrdinalIgnoreCase);
        if (IsWebSocket)
        {
            Keep(0, "Upgrade", upgrade);
            Keep(0, "Connection", options);
        }
    }

    /// <summary>RFC 9110 §7.6.1: what Connection names is for this connection alone.</summary>
    /// <remarks>Well-known fields stay: they are for the application by definition, and naming them is how a client strips what a proxy adds.</remarks>
    private void DropNamed(string? options)
    {
        if (options is null
            || options.Equals("keep-alive", StringComparison.OrdinalIgnoreCase)
            || options.Equals("close", StringComparison.OrdinalIgnoreCase))
        {
            return;
        }
        foreach (var part in options.AsSpan().Split(','))
        {
            var option = options.AsSpan()[part].Trim(" \t");
            for (var i = count - 1; i >= 0; i--)
            {
                if (kept[i].Id == 0 && option.Equals(kept[i].Name, StringComparison.OrdinalIgnoreCase))
                {
                    kept[i] = kept[--count];
                    kept[count] = default;
                }
            }
        }
    }
}

/// <summary>A header field on its way to the application.</summary>
/// <param name="Id">The name's number on the channel; 0 when it has none.</param>
/// <param name="Name">As the client wrote it: a token without an underscore.</param>
/// <param name="Value">Latin-1, no control character but the tab; at most <see cref="Wire.MaxText"/> long.</param>
internal readonly record struct Field(int Id, string Name, string Value);

/// <summary>The X-Forwarded-… fields of a trusted peer, unread; null where one is missing.</summary>
internal readonly record struct ForwardedFields(string? For, string? Proto, string? Host, string? Port, string? Prefix);
