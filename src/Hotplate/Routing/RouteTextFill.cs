using System.Buffers;
using System.Globalization;
using System.Text;
using Hotplate.Settings;

namespace Hotplate.Routing;

/// <summary>Puts what a request has into a <see cref="RouteText"/>: printable ASCII, whatever the client sent.</summary>
internal static class RouteTextFill
{
    // RFC 3986 §3.3: what a path may hold as it is.
    private static readonly SearchValues<byte> s_ofPath = SearchValues.Create(
        "!$&'()*+,-./0123456789:;=@ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz~"u8);

    internal static string Of(RouteText text, Visit visit)
    {
        if (text.Parts is [{ Variable: RouteVariable.None } only] && Ascii.IsValid(only.Literal))
        {
            return only.Literal;
        }
        var filled = new StringBuilder();
        Span<char> scratch = stackalloc char[HostName.ScratchSize];
        foreach (var part in text.Parts)
        {
            _ = part.Variable switch
            {
                RouteVariable.None => AppendLiteral(filled, part.Literal),
                RouteVariable.Host => filled.Append(HostName.Of(visit.Host, scratch)),
                RouteVariable.Scheme => filled.Append(visit.IsHttps ? "https" : "http"),
                RouteVariable.Path => AppendPath(filled, visit.Path.Span),
                RouteVariable.Query => AppendQuery(filled, visit.Target),
                RouteVariable.RequestUri => AppendUri(filled, visit.Target),
                _ => AppendCapture(filled, visit, part.Capture),
            };
        }
        return filled.ToString();
    }

    private static StringBuilder AppendLiteral(StringBuilder to, string literal)
    {
        foreach (var rune in literal.EnumerateRunes())
        {
            _ = rune.IsAscii ? to.Append((char)rune.Value) : to.Append(Uri.EscapeDataString(rune.ToString()));
        }
        return to;
    }

    // The asterisk form has no path.
    private static StringBuilder AppendPath(StringBuilder to, ReadOnlySpan<byte> path) => Encode(to, path is [(byte)'*'] ? "/"u8 : path);

    private static StringBuilder AppendCapture(StringBuilder to, Visit visit, int number)
    {
        Span<Range> captures = stackalloc Range[number];
        var path = visit.Path.Span;
        return (visit.Match.Path ?? PathPattern.Any).Capture(path, captures) ? Encode(to, path[captures[number - 1]]) : to;
    }

    /// <summary>A question mark that nothing follows is taken away.</summary>
    private static StringBuilder AppendQuery(StringBuilder to, string target)
    {
        var mark = target.IndexOf('?', StringComparison.Ordinal);
        if (mark >= 0 && mark + 1 < target.Length)
        {
            return to.Append(target.AsSpan(mark + 1));
        }
        if (to.Length > 0 && to[^1] is '?' or '&')
        {
            to.Length--;
        }
        return to;
    }

    private static StringBuilder AppendUri(StringBuilder to, string target)
    {
        if (target.StartsWith('/'))
        {
            return to.Append(target);
        }
        // http://host/path?query, of which the path may be missing; or an asterisk.
        var authority = target.IndexOf("://", StringComparison.Ordinal) + 3;
        var start = authority < 3 ? -1 : target.AsSpan(authority).IndexOfAny('/', '?');
        var rest = start < 0 ? default : target.AsSpan(authority + start);
        return (rest.StartsWith('/') ? to : to.Append('/')).Append(rest);
    }

    private static StringBuilder Encode(StringBuilder to, ReadOnlySpan<byte> path)
    {
        foreach (var one in path)
        {
            _ = s_ofPath.Contains(one) ? to.Append((char)one) : to.Append('%').Append(one.ToString("X2", CultureInfo.InvariantCulture));
        }
        return to;
    }
}
