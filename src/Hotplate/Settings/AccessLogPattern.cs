using System.Text.RegularExpressions;

namespace Hotplate.Settings;

/// <summary>A line of the access log in gunicorn's words: <c>%(h)s "%(r)s" %(s)s</c>.</summary>
/// <param name="Text">As it was given.</param>
/// <param name="Pieces">What to write, in order; <see cref="AccessLogAtom.Text"/> has its text.</param>
/// <param name="Unknown">Names for which a dash is written: fields of requests and answers, and variables, that the front does not keep.</param>
internal sealed partial record AccessLogPattern(string Text, IReadOnlyList<(AccessLogAtom Atom, string Text)> Pieces, IReadOnlyList<string> Unknown)
{
    private static readonly Dictionary<string, AccessLogAtom> s_atoms = new(StringComparer.Ordinal)
    {
        ["h"] = AccessLogAtom.Remote,
        ["l"] = AccessLogAtom.Dash,
        ["u"] = AccessLogAtom.Dash,
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
        ["{referer}i"] = AccessLogAtom.Referer,
        ["{user-agent}i"] = AccessLogAtom.UserAgent,
        // The client's address, which the proxies of --forwarded-allow-ips forward in these.
        ["{x-forwarded-for}i"] = AccessLogAtom.Remote,
        ["{x-real-ip}i"] = AccessLogAtom.Remote,
        ["{x-request-id}i"] = AccessLogAtom.RequestId,
        ["{x-request-id}o"] = AccessLogAtom.RequestId,
    };

    /// <exception cref="SettingException">A percent sign begins nothing.</exception>
    public static AccessLogPattern Parse(string text)
    {
        var pieces = new List<(AccessLogAtom, string)>();
        var unknown = new List<string>();
        var at = 0;
        foreach (Match match in Atoms().Matches(text))
        {
            Literal(text[at..match.Index]);
            at = match.Index + match.Length;
            var name = match.Groups[1].Value;
            if (match.Value == "%%")
            {
                Literal("%");
            }
            else if (s_atoms.TryGetValue(name.StartsWith('{') ? name.ToLowerInvariant() : name, out var atom))
            {
                pieces.Add((atom, ""));
            }
            else
            {
                pieces.Add((AccessLogAtom.Dash, ""));
                unknown.Add(name);
            }
        }
        Literal(text[at..]);
        return new AccessLogPattern(text, pieces, unknown);

        void Literal(string literal)
        {
            if (literal.Contains('%', StringComparison.Ordinal) && literal != "%")
            {
                throw new SettingException(ErrorCode.BadChoice, "a % begins %(NAME)s, as in %(h)s; one for itself is written %%.");
            }
            if (literal.Length > 0)
            {
                pieces.Add((AccessLogAtom.Text, literal));
            }
        }
    }

    [GeneratedRegex(@"%%|%\((?<atom>[^()]*)\)[sd]", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Atoms();
}
