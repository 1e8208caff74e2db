using System.Text;
using Hotplate.Channel;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;

namespace Hotplate.Apps;

/// <summary>Turns a worker's response head into Kestrel's. The worker is not trusted: what HTTP forbids is dropped or refused here too.</summary>
internal static class ResponseHeadWriter
{
    /// <summary>Reads status and headers; what is left in the reader is body. False: this is no response, and nothing may be sent of it.</summary>
    internal static bool TryWrite(ref PayloadReader reader, FrameFlags flags, IHttpResponseFeature response)
    {
        // 1xx is no final answer (RFC 9110 §15.2): clients would wait for another, and take the next request's for it.
        if (!ResponseHead.TryRead(ref reader, out var head) || head.Status < 200 || head.Reason.ContainsAnyInRange((byte)0, (byte)31))
        {
            return false;
        }
        response.StatusCode = head.Status;
        if (!head.Reason.IsEmpty)
        {
            response.ReasonPhrase = Encoding.Latin1.GetString(head.Reason);
        }
        var headers = response.Headers;
        var bodyless = head.Status is 204 or 205 or 304;
        long? length = null;
        for (var i = 0; i < head.HeaderCount; i++)
        {
            if (!ResponseHead.TryReadHeader(ref reader, out var id, out var name, out var value))
            {
                return false;
            }
            if (id == ResponseHeaders.ContentLength || (id == 0 && Ascii.EqualsIgnoreCase(name, "Content-Length")))
            {
                if (!TryParseLength(value, out var parsed) || (length is not null && length != parsed))
                {
                    return false;
                }
                length = parsed;
                continue;
            }
            if (value.IndexOfAny((byte)'\r', (byte)'\n', (byte)0) >= 0)
            {
                return false;
            }
            var text = HeaderValues.Get(value);
            switch (id)
            {
                case ResponseHeaders.ContentType:
                    headers.ContentType = text;
                    break;
                case 0:
                    var custom = HeaderValues.Get(name);
                    if (!IsHopByHop(custom))
                    {
                        Append(headers, custom, text);
                    }
                    break;
                default:
                    Append(headers, ResponseHeaders.Names[id], text);
                    break;
            }
        }
        // RFC 9110 §8.6, §15.3.6: no Content-Length with 204, none but 0 with 205. With 304 and HEAD it tells what GET would have sent.
        if (length is not null && head.Status is not (204 or 205))
        {
            headers.ContentLength = length;
        }
        else if (length is null && !bodyless && flags.HasFlag(FrameFlags.End) && !flags.HasFlag(FrameFlags.NoBody))
        {
            // All of the body is here, so its length is known: the connection can be kept without chunks.
            headers.ContentLength = reader.Left;
        }
        return true;
    }

    // The class library's own Append passes over empty values.
    private static void Append(IHeaderDictionary headers, string name, string value) => headers[name] = StringValues.Concat(headers[name], value);

    /// <summary>Takes back what was set of a head that was refused in its middle.</summary>
    internal static void Undo(IHttpResponseFeature response)
    {
        response.StatusCode = StatusCodes.Status200OK;
        response.ReasonPhrase = null;
        response.Headers.Clear();
    }

    private static bool TryParseLength(ReadOnlySpan<byte> value, out long length)
    {
        length = 0;
        if (value.IsEmpty || value.Length > 18)
        {
            return false;
        }
        foreach (var digit in value)
        {
            if (digit is < (byte)'0' or > (byte)'9')
            {
                return false;
            }
            length = (length * 10) + (digit - '0');
        }
        return true;
    }

    private static bool IsHopByHop(string name) =>
        name.Equals("Connection", StringComparison.OrdinalIgnoreCase)
        || name.Equals("Transfer-Encoding", StringComparison.OrdinalIgnoreCase)
        || name.Equals("Keep-Alive", StringComparison.OrdinalIgnoreCase)
        || name.Equals("Upgrade", StringComparison.OrdinalIgnoreCase)
        || name.Equals("Trailer", StringComparison.OrdinalIgnoreCase)
        || name.Equals("TE", StringComparison.OrdinalIgnoreCase)
        || name.Equals("Proxy-Connection", StringComparison.OrdinalIgnoreCase);
}
