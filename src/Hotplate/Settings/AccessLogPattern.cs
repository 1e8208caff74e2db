using System.Text.RegularExpressions;

namespace Hotplate.Settings;

/// <summary>A line of the access log in gunicorn's words, and a few of ours: <c>%(h)s "%(r)s" %(s)s %(queue_us)s</c>.</summary>
/// <param name="Text">As it was given.</param>
/// <param name="Pieces">What to write, in order; <see cref="AccessLogAtom.Text"/> has its text, fields have their name.</param>
/// <param name="Unknown">Variables of environ, as <c>{REMOTE_USER}e</c>, that the front does not know: a dash is written.</param>
internal sealed partial record AccessLogPattern(string Text, IReadOnlyList<(AccessLogAtom Atom, string Text)> Pieces, IReadOnlyList<string> Unknown)
{
    private static readonly Dictionary<string, AccessLogAtom> s_atoms = new(StringComparer.Ordinal)
    {
        ["h"] = AccessLogAtom.Remote,
        ["l"] = AccessLogAtom.Dash,
        ["u"] = AccessLogAtom.User,
        ["t"] = AccessLogAtom.Time,
        ["r"] = AccessLogAtom.RequestLine,
        ["m"] = AccessLogAtom.Method,
        ["U"] = AccessLogAtom.Path,
        ["q"] = AccessLogAtom.Query,
        ["H"] = AccessLogAtom.Protocol,
        ["s"] = AccessLogAtom.Status,
        ["B"] = AccessLogAtom.Bytes,
        ["b"] = AccessLogAtom.BytesOrDash,
        ["f"] = AccessLogAtom.Referer,
        ["a"] = AccessLogAtom.UserAgent,
        ["T"] = AccessLogAtom.Seconds,
        ["D"] = AccessLogAtom.Microseconds,
        ["M"] = AccessLogAtom.Milliseconds,
        ["L"] = AccessLogAtom.DecimalSeconds,
        ["p"] = AccessLogAtom.Worker,
        // gunicorn has none of these.
        ["request_id"] = AccessLogAtom.RequestId,
        ["queue_us"] = AccessLogAtom.QueueMicroseconds,
        ["app_us"] = AccessLogAtom.AppMicroseconds,
        ["route"] = AccessLogAtom.Route,
        ["app"] = AccessLogAtom.App,
        ["scheme"] = AccessLogAtom.Scheme,
        ["host"] = AccessLogAtom.Host,
        ["tls"] = AccessLogAtom.TlsVersion,
        ["sni"] = AccessLogAtom.ServerName,
        ["failure"] = AccessLogAtom.Failure,
    };

    /// <summary>Fields that are not written as they came.</summary>
    private static readonly Dictionary<string, AccessLogAtom> s_fields = new(StringComparer.Ordinal)
    {
        // The client's address, which the proxies of --forwarded-allow-ips forward in these.
        ["{x-forwarded-for}i"] = AccessLogAtom.Remote,
        ["{x-real-ip}i"] = AccessLogAtom.Remote,
        ["{x-request-id}i"] = AccessLogAtom.RequestId,
        // Known of heads that could not be read, too.
        ["{referer}i"] = AccessLogAtom.Referer,
        ["{user-agent}i"] = AccessLogAtom.UserAgent,
        ["{x-request-id}o"] = AccessLogAtom.RequestId,
    };

    /// <summary>Variables of environ beside HTTP_….</summary>
    private static readonly Dictionary<string, AccessLogAtom> s_variables = new(StringComparer.Ordinal)
    {
        ["remote_addr"] = AccessLogAtom.Remote,
        ["remote_user"] = AccessLogAtom.User,
        ["request_method"] = AccessLogAtom.Method,
        ["raw_uri"] = AccessLogAtom.Target,
        ["path_info"] = AccessLogAtom.Path,
        ["query_string"] = AccessLogAtom.Query,
        ["server_protocol"] = AccessLogAtom.Protocol,
        ["wsgi.url_scheme"] = AccessLogAtom.Scheme,
        ["http_host"] = AccessLogAtom.Host,
        ["http_referer"] = AccessLogAtom.Referer,
        ["http_user_agent"] = AccessLogAtom.UserAgent,
        ["http_x_request_id"] = AccessLogAtom.RequestId,
        ["http_x_forwarded_for"] = AccessLogAtom.Remote,
        ["ssl_protocol"] = AccessLogAtom.TlsVersion,
    };

    /// <exception cref="SettingException">Something in it is no atom; the message has its place.</exception>
    public static AccessLogPattern Parse(string text)
    {
        var pieces = new List<(AccessLogAtom, string)>();
        var unknown = new List<string>();
        var at = 0;
        foreach (Match match in Atoms().Matches(text))
        {
            Literal(match.Index);
            at = match.Index + match.Length;
            if (match.Value == "%%")
            {
                pieces.Add((AccessLogAtom.Text, "%"));
                continue;
            }
            var name = match.Groups[1].Value;
            var piece = Piece(name) ?? throw Bad(match.Index, $"%({name})s is not known. {Meant(name)}");
            pieces.Add(piece);
            if (piece.Atom == AccessLogAtom.Dash && name != "l")
            {
                unknown.Add(name);
            }
        }
        Literal(text.Length);
        return new AccessLogPattern(text, pieces, unknown);

        void Literal(int end)
        {
            var sign = text.IndexOf('%', at, end - at);
            if (sign >= 0)
            {
                throw Bad(sign, "a % begins %(NAME)s, as in %(h)s; one for itself is written %%.");
            }
            if (end > at)
            {
                pieces.Add((AccessLogAtom.Text, text[at..end]));
            }
        }
    }

    /// <summary>Null: there is none of that name.</summary>
    private static (AccessLogAtom Atom, string Text)? Piece(string name)
    {
        if (s_atoms.TryGetValue(name, out var atom))
        {
            return (atom, "");
        }
        if (Field().Match(name) is not { Success: true } field)
        {
            return null;
        }
        var inner = field.Groups[1].Value.ToLowerInvariant();
        return field.Groups[2].Value switch
        {
            "e" when s_variables.TryGetValue(inner, out var variable) => (variable, ""),
            "e" when inner.StartsWith("http_", StringComparison.Ordinal) => (AccessLogAtom.RequestField, Hyphens(inner[5..])),
            "e" when inner is "content_type" or "content_length" => (AccessLogAtom.RequestField, Hyphens(inner)),
            "e" => (AccessLogAtom.Dash, ""),
            var kind when s_fields.TryGetValue($"{{{inner}}}{kind}", out var known) => (known, ""),
            "i" => (AccessLogAtom.RequestField, inner),
            _ => (AccessLogAtom.ResponseField, inner),
        };
    }

    private static string Hyphens(string name) => name.Replace('_', '-');

    private static string Meant(string name) =>
        name.Length > 1 && NearestWord.Of(name, s_atoms.Keys.Where(static one => one.Length > 1)) is { } near
        ? $"Did you mean %({near})s?"
        : $"There are {string.Join(", ", s_atoms.Keys)}, and fields and variables: {{NAME}}i, {{NAME}}o, {{NAME}}e.";

    private static SettingException Bad(int index, string what) => new(ErrorCode.BadChoice, $"at character {index + 1}: {what}");

    [GeneratedRegex(@"%%|%\((?<atom>[^()]*)\)[sd]", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Atoms();

    [GeneratedRegex(@"^\{(?<name>[!-z|~]+)\}(?<kind>[ioe])$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Field();
}
