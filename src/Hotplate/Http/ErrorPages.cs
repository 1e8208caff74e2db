using System.Buffers;
using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Hotplate.Workers;
using Microsoft.AspNetCore.Http.Features;

namespace Hotplate.Http;

/// <summary>The pages that clients get when no application answers: HTML, or JSON where that is asked for.</summary>
/// <remarks>A status, a plain sentence and the request id; never a path, a name of ours or Python's text. Made once, at start-up.</remarks>
internal static class ErrorPages
{
    private const string IdMark = "\u0001";

    private static readonly ImmutableArray<Page> Html = MakePages("text/html; charset=utf-8", HtmlOf);
    private static readonly ImmutableArray<Page> Json = MakePages("application/json", JsonOf);

    /// <summary>Sets status and headers and writes the page. The caller flushes and completes. Only before the response has begun.</summary>
    /// <param name="requestId">Printable as it is, see <see cref="RequestId"/>.</param>
    /// <returns>Bytes of body.</returns>
    internal static int Write(IHttpRequestFeature request, IHttpResponseFeature response, IBufferWriter<byte> body, RequestFailure failure, string requestId, ErrorPageSet? pages = null)
    {
        var rule = FailureRule.Of(failure);
        var page = pages?.Of(failure, request.Headers.Accept) ?? Of(failure, request.Headers.Accept);
        response.StatusCode = rule.Status;
        response.ReasonPhrase = rule.Title;
        var headers = response.Headers;
        headers.Clear();
        headers.ContentType = page.ContentType;
        headers.CacheControl = "no-store";
        headers.ContentLength = page.Length(requestId);
        headers["X-Request-Id"] = requestId;
        if (rule.RetryAfter > 0)
        {
            headers.RetryAfter = rule.RetryAfter.ToString(CultureInfo.InvariantCulture);
        }
        if (rule.CloseConnection && request.Protocol.StartsWith("HTTP/1", StringComparison.Ordinal))
        {
            headers.Connection = "close";
        }
        if (request.Method == "HEAD")
        {
            return 0;
        }
        page.Write(body, requestId);
        return page.Length(requestId);
    }

    /// <param name="accept">What the client would like, as it wrote it.</param>
    internal static Page Of(RequestFailure failure, string? accept) => (WantsJson(accept) ? Json : Html)[(int)failure];

    /// <summary>True when the client names JSON and likes it more than HTML (RFC 9110 §12.5.1).</summary>
    internal static bool WantsJson(string? accept)
    {
        if (accept is null || !accept.Contains("json", StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }
        double json = 0, html = 0;
        foreach (var range in accept.AsSpan().Split(','))
        {
            var entry = accept.AsSpan()[range];
            var semicolon = entry.IndexOf(';');
            var type = (semicolon < 0 ? entry : entry[..semicolon]).Trim();
            var quality = semicolon < 0 ? 1 : QualityOf(entry[semicolon..]);
            if (type.Equals("application/json", StringComparison.OrdinalIgnoreCase) || type.EndsWith("+json", StringComparison.OrdinalIgnoreCase))
            {
                json = Math.Max(json, quality);
            }
            else if (type.Equals("text/html", StringComparison.OrdinalIgnoreCase) || type.Equals("application/xhtml+xml", StringComparison.OrdinalIgnoreCase))
            {
                html = Math.Max(html, quality);
            }
        }
        return json > html;
    }

    private static double QualityOf(ReadOnlySpan<char> parameters)
    {
        var at = parameters.IndexOf("q=", StringComparison.OrdinalIgnoreCase);
        if (at < 0)
        {
            return 1;
        }
        var text = parameters[(at + 2)..];
        var end = text.IndexOf(';');
        return double.TryParse((end < 0 ? text : text[..end]).Trim(), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var quality)
            ? quality
            : 1;
    }

    private static ImmutableArray<Page> MakePages(string contentType, Func<FailureRule, string> make) =>
    [
        .. Enum.GetValues<RequestFailure>().Select(failure => new Page(contentType, make(FailureRule.Of(failure)).Split(IdMark))),
    ];

    private static string JsonOf(FailureRule rule) =>
        $$"""{"status":{{rule.Status}},"title":"{{rule.Title}}","detail":"{{rule.Sentence}}","request_id":"{{IdMark}}"}""" + "\n";

    private static string HtmlOf(FailureRule rule) =>
        $$"""
        <!doctype html>
        <html lang="en">
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="robots" content="noindex">
        <title>{{rule.Status}} {{rule.Title}}</title>
        <style>
        :root { color-scheme: light dark; --ink: #1d2430; --soft: #667085; --paper: #f6f7f9; --card: #fff; --line: #e3e6eb; --warm: #d9480f }
        @media (prefers-color-scheme: dark) { :root { --ink: #e8eaee; --soft: #98a2b3; --paper: #14171c; --card: #1c2027; --line: #2c323c; --warm: #ff922b } }
        body { margin: 0; min-height: 100vh; display: grid; place-items: center; background: var(--paper); color: var(--ink);
          font: 1rem/1.5 system-ui, sans-serif }
        main { box-sizing: border-box; width: min(32rem, 92vw); padding: 2.5rem; background: var(--card); border: 1px solid var(--line);
          border-top: 4px solid var(--warm); border-radius: .75rem }
        h1 { margin: 0 0 .75rem; font-size: 1.4rem; line-height: 1.25 }
        h1 b { display: block; font-size: 3.25rem; line-height: 1.1; color: var(--warm); font-variant-numeric: tabular-nums }
        p { margin: 0 }
        small { display: block; margin-top: 1.75rem; padding-top: 1rem; border-top: 1px solid var(--line); color: var(--soft) }
        code { font: .9em ui-monospace, monospace; overflow-wrap: anywhere }
        </style>
        <main>
        <h1><b>{{rule.Status}}</b> {{rule.Title}}</h1>
        <p>{{rule.Sentence}}</p>
        <small>Request <code>{{IdMark}}</code></small>
        </main>
        </html>

        """;

    /// <summary>A page but for the request id, which stands between its parts.</summary>
    internal sealed class Page(string contentType, IEnumerable<string> text)
    {
        private readonly byte[][] parts = [.. text.Select(Encoding.UTF8.GetBytes)];

        internal string ContentType => contentType;

        internal int Length(string requestId) => parts.Sum(static part => part.Length) + ((parts.Length - 1) * requestId.Length);

        internal void Write(IBufferWriter<byte> to, string requestId)
        {
            Put(to, parts[0]);
            foreach (var part in parts.AsSpan(1))
            {
                Put(to, Encoding.Latin1.GetBytes(requestId));
                Put(to, part);
            }
        }

        /// <summary>As BuffersExtensions.Write, but naming the size: before a response has begun, Kestrel gives an empty span to who names none.</summary>
        private static void Put(IBufferWriter<byte> body, ReadOnlySpan<byte> bytes)
        {
            bytes.CopyTo(body.GetSpan(bytes.Length));
            body.Advance(bytes.Length);
        }
    }
}
