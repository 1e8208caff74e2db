using System.IO.Pipelines;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using Hotplate.Apps;
using Hotplate.Settings;
using Microsoft.AspNetCore.Http.Features;

namespace Hotplate.Http;

/// <summary>What a browser on this machine is shown while the code cannot be loaded: the application's own traceback.</summary>
internal static partial class TracebackPage
{
    /// <summary>"HP200" and two spaces.</summary>
    private const int CodeLength = 7;

    /// <summary>Carries the number of the failure, so that the page knows when it is out of date.</summary>
    private const string NumberHeader = "X-Hotplate-Failure";

    /// <summary>True for a browser on this machine that meant this server: no proxy between, and a name that no one else can point here (DNS rebinding).</summary>
    internal static bool MayBeShown(IPAddress? peer, IHeaderDictionary headers) =>
        peer is not null && IPAddress.IsLoopback(peer) && IsLocalName(headers.Host)
        && !headers.ContainsKey("X-Forwarded-For") && !headers.ContainsKey("Forwarded") && !headers.ContainsKey("X-Real-IP");

    internal static async Task WriteAsync(IHttpRequestFeature request, IHttpResponseFeature response, PipeWriter body, CodeFailure failure)
    {
        var html = request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase);
        var page = Encoding.UTF8.GetBytes(html ? HtmlOf(failure, request.Method) : failure.Text.TrimEnd() + "\n");
        response.StatusCode = 500;
        response.Headers.ContentType = html ? "text/html; charset=utf-8" : "text/plain; charset=utf-8";
        response.Headers.CacheControl = "no-store";
        response.Headers.ContentSecurityPolicy = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'";
        response.Headers.XContentTypeOptions = "nosniff";
        response.Headers[NumberHeader] = failure.Number.ToString(System.Globalization.CultureInfo.InvariantCulture);
        response.Headers.ContentLength = page.Length;
        if (request.Method == "HEAD")
        {
            await body.FlushAsync();
            return;
        }
        await body.WriteAsync(page);
    }

    private static bool IsLocalName(string? host)
    {
        if (string.IsNullOrEmpty(host))
        {
            return false;
        }
        var colon = host.LastIndexOf(':');
        var name = colon > host.LastIndexOf(']') ? host[..colon] : host;
        return name.Equals("localhost", StringComparison.OrdinalIgnoreCase) || name.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase)
            || (IPAddress.TryParse(name.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));
    }

    private static string HtmlOf(CodeFailure failure, string method)
    {
        // What was printed before the last message of ours was about something else, most likely.
        var lines = failure.Text.TrimEnd().Split('\n');
        var at = Math.Max(0, Array.FindLastIndex(lines, HasCode));
        var traceback = string.Join('\n', lines[(at + 1)..]);
        var before = string.Join('\n', lines[..at]);
        var code = HasCode(lines[at]) ? lines[at][..5] : null;
        // Asking is safe to repeat for GET alone.
        var script = method == "GET" ? Script.Replace("NUMBER", $"{failure.Number}", StringComparison.Ordinal) : "";
        return $$"""
            <!doctype html>
            <html lang="en">
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>The application cannot be loaded</title>
            <style>
            :root { color-scheme: light dark; --ink: #1d2430; --soft: #667085; --paper: #f6f7f9; --card: #fff; --line: #e3e6eb; --warm: #d9480f }
            @media (prefers-color-scheme: dark) { :root { --ink: #e8eaee; --soft: #98a2b3; --paper: #14171c; --card: #1c2027; --line: #2c323c; --warm: #ff922b } }
            body { margin: 0; padding: 4vh 1rem; background: var(--paper); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif }
            main { box-sizing: border-box; max-width: 64rem; margin: 0 auto; padding: 2rem; background: var(--card); border: 1px solid var(--line);
              border-top: 4px solid var(--warm); border-radius: .75rem }
            h1 { margin: 0 0 .5rem; font-size: 1.4rem; line-height: 1.25; color: var(--warm) }
            p { margin: 0; overflow-wrap: anywhere }
            a { color: var(--warm) }
            .said { margin-top: 1rem; font: .875rem/1.55 ui-monospace, monospace; white-space: pre-wrap }
            pre { margin: .5rem 0 0; padding: .75rem 1rem; overflow-x: auto; border: 1px solid var(--line); border-radius: .5rem; background: var(--paper);
              color: var(--ink); font: .875rem/1.55 ui-monospace, monospace; tab-size: 4 }
            pre mark { display: inline-block; min-width: 100%; background: color-mix(in srgb, var(--warm) 18%, transparent); color: inherit; font-weight: 600 }
            pre i { color: var(--warm); font-style: normal }
            details { margin-top: 1rem; color: var(--soft) }
            summary { overflow-wrap: anywhere; font: .875rem/1.55 ui-monospace, monospace; cursor: pointer }
            summary b { color: var(--ink) }
            code { font: .9em ui-monospace, monospace; overflow-wrap: anywhere }
            section { margin-top: 1.5rem; padding-top: 1rem; border-top: 1px solid var(--line) }
            section h2 { margin: 0 0 .25rem; font-size: 1rem }
            @media (max-width: 36rem) { body { padding: 0 } main { padding: 1.25rem 1rem; border-width: 4px 0 0; border-radius: 0 } pre { padding: .5rem } }
            small { display: block; margin-top: 1.5rem; padding-top: 1rem; border-top: 1px solid var(--line); color: var(--soft) }
            </style>
            <main>
            <h1>The application cannot be loaded</h1>
            <p>{{(code is null ? "" : $"<a href=\"#{code}\">{code}</a> ")}}{{Escape(HasCode(lines[at]) ? lines[at][CodeLength..] : lines[at])}}</p>
            {{(traceback.Length == 0 ? "" : TracebackText.ToHtml(traceback))}}
            {{(before.Length == 0 ? "" : $"<details><summary>What it wrote before</summary><pre>{Escape(before)}</pre></details>")}}
            {{(code is null ? "" : Explanation(code))}}
            <small>Mend it and save: this page goes by itself. Only browsers on this machine are shown it.</small>
            </main>
            {{script}}
            </html>

            """;
    }

    private const string Script = """
        <script>
        setInterval(async () => {
          try {
            const now = await fetch(location.href, { method: "HEAD", cache: "no-store" });
            if (now.headers.get("X-Hotplate-Failure") !== "NUMBER") location.reload();
          } catch { }
        }, 1000);
        </script>
        """;

    /// <summary>What docs/errors.md says of the code, where its link leads.</summary>
    private static string Explanation(string code) => ErrorDocument.Section(code) is not { } section ? "" : $"""
        <section id="{code}"><h2>{code} {Escape(section.Title)}</h2>
        <p>{Code().Replace(Escape(Link().Replace(section.Text, "$1")).Replace("\n\n", "</p><p>", StringComparison.Ordinal), "<code>$1</code>")}</p></section>
        """;

    private static string Escape(string text) => TracebackText.Escape(text);

    private static bool HasCode(string line) =>
        line.Length > CodeLength && line.StartsWith("HP", StringComparison.Ordinal) && line.AsSpan(2, 3).IndexOfAnyExceptInRange('0', '9') < 0;

    // Of Markdown, as far as that document uses it.
    [GeneratedRegex(@"\[(?<text>[^\]]+)\]\([^)]*\)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Link();

    [GeneratedRegex("(?:&#x60;|`)(?<code>.+?)(?:&#x60;|`)", RegexOptions.Singleline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Code();
}
