using System.Text;
using Hotplate.Channel;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;

namespace Hotplate.Apps;

/// <summary>What came of reading a head.</summary>
internal enum HeadVerdict
{
    /// <summary>It is in Kestrel's hands.</summary>
    Good,

    /// <summary>It says what HTTP forbids (<see cref="AnswerRule"/>): its request fails.</summary>
    Forbidden,

    /// <summary>It cannot be read, so nothing else of the worker can.</summary>
    Broken,
}

/// <summary>Turns a worker's response head into Kestrel's. The worker is not trusted: what HTTP forbids is dropped or refused here too.</summary>
internal static class ResponseHeadWriter
{
    /// <summary>Reads status and headers; what is left in the reader is body. Unless it is good nothing may be sent of it.</summary>
    /// <param name="laid">Bytes of the body where it lies elsewhere; null: it is what is left in the reader.</param>
    /// <param name="dropped">A field that was left out because it is about the connection, which is the front's.</param>
    internal static HeadVerdict Write(
        ref PayloadReader reader, FrameFlags flags, int? laid, IHttpResponseFeature response, out string? dropped)
    {
        dropped = null;
        if (!ResponseHead.TryRead(ref reader, out var head))
        {
            return HeadVerdict.Broken;
        }
        if (!AnswerRule.IsStatus(head.Status) || !AnswerRule.IsReason(head.Reason) || head.HeaderCount > AnswerRule.MostFields)
        {
            return HeadVerdict.Forbidden;
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
                return HeadVerdict.Broken;
            }
            value = AnswerRule.Trim(value);
            if (id == ResponseHeaders.ContentLength || (id == 0 && Ascii.EqualsIgnoreCase(name, "Content-Length"u8)))
            {
                if (!AnswerRule.TryLength(value, out var parsed) || (length is not null && length != parsed))
                {
                    return HeadVerdict.Forbidden;
                }
                length = parsed;
                continue;
            }
            if (!AnswerRule.IsValue(value) || (id == 0 && !AnswerRule.IsName(name)))
            {
                return HeadVerdict.Forbidden;
            }
            if (id == 0 && AnswerRule.IsOfConnection(name))
            {
                dropped ??= Encoding.ASCII.GetString(name);
                continue;
            }
            var text = HeaderValues.Get(value);
            switch (id)
            {
                case ResponseHeaders.ContentType:
                    headers.ContentType = text;
                    break;
                case 0:
                    Append(headers, HeaderValues.Get(name), text);
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
            headers.ContentLength = laid ?? reader.Left;
        }
        return HeadVerdict.Good;
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
}
