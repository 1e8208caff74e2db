using System.Globalization;
using System.Text;

namespace Hotplate.Generate;

/// <summary>A text as the languages of configuration files take it, so that they read exactly that text.</summary>
internal static class Quoted
{
    /// <summary>A word of a command line for sh.</summary>
    public static string Shell(string text) =>
        text.Length > 0 && text.All(static c => char.IsAsciiLetterOrDigit(c) || "_-./:=,@%+".Contains(c, StringComparison.Ordinal))
            ? text
            : "'" + text.Replace("'", "'\\''", StringComparison.Ordinal) + "'";

    public static string Shell(IEnumerable<string> words) => string.Join(' ', words.Select(Shell));

    /// <summary>A string of JSON, which is one of YAML and of a Dockerfile's list as well.</summary>
    public static string Json(string text)
    {
        var quoted = new StringBuilder("\"", text.Length + 2);
        foreach (var one in text)
        {
            _ = one switch
            {
                '"' or '\\' => quoted.Append('\\').Append(one),
                '\n' => quoted.Append("\\n"),
                '\t' => quoted.Append("\\t"),
                '\r' => quoted.Append("\\r"),
                // YAML takes the last three for line ends.
                < ' ' or '\x7f' or '\x85' or '\u2028' or '\u2029' => quoted.Append(CultureInfo.InvariantCulture, $"\\u{(int)one:x4}"),
                _ => quoted.Append(one),
            };
        }
        return quoted.Append('"').ToString();
    }

    public static string JsonList(IEnumerable<string> words) => "[" + string.Join(", ", words.Select(Json)) + "]";

    /// <summary>A word of ExecStart=: % begins a specifier, $ a variable. systemd.service(5), "COMMAND LINES".</summary>
    public static string SystemdWord(string text) => SystemdValue(text.Replace("$", "$$", StringComparison.Ordinal));

    /// <summary>A word of Environment= and of lists of paths, where $ is nothing special.</summary>
    public static string SystemdValue(string text)
    {
        var plain = text.Replace("%", "%%", StringComparison.Ordinal);
        return plain.Length > 0 && plain.All(static c => c > ' ' && c != '\x7f' && "\"'\\;".IndexOf(c, StringComparison.Ordinal) < 0) ? plain : CString(plain);
    }

    /// <summary>A value that is all the rest of its line: WorkingDirectory=, Description=.</summary>
    public static string SystemdLine(string text) => text.Replace("%", "%%", StringComparison.Ordinal);

    /// <summary>A parameter of nginx.</summary>
    public static string Nginx(string text) => IsPlain(text) ? text : Weak(text);

    /// <summary>A parameter of Apache. ${NAME} is replaced before quotes are looked at, and nothing keeps it from that.</summary>
    public static string Apache(string text) => Weak(text);

    /// <summary>A word of HAProxy: within single quotes nothing has a meaning.</summary>
    public static string Haproxy(string text) => IsPlain(text) ? text : "'" + text.Replace("'", "'\\''", StringComparison.Ordinal) + "'";

    /// <summary>A path in logrotate's file, where * and ? stand for others.</summary>
    public static string Logrotate(string path) =>
        "\"" + string.Concat(path.Select(static c => "*?[]\\".Contains(c, StringComparison.Ordinal) ? $"\\{c}" : $"{c}")) + "\"";

    private static bool IsPlain(string text) =>
        text.Length > 0 && text.All(static c => char.IsAsciiLetterOrDigit(c) || "_-./:=,@%+?&~!".Contains(c, StringComparison.Ordinal));

    private static string Weak(string text) =>
        "\"" + text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal) + "\"";

    private static string CString(string text) =>
        Weak(text).Replace("\n", "\\n", StringComparison.Ordinal).Replace("\t", "\\t", StringComparison.Ordinal).Replace("\r", "\\r", StringComparison.Ordinal);
}
