using System.Buffers;
using System.Text;

namespace Hotplate.Observability;

/// <summary>Makes text from outside safe to print: what could move a cursor, start a line or hide text is written as an escape.</summary>
internal static class Visible
{
    // C0 and C1 controls, DEL, line and paragraph separators, and the marks that turn the direction of writing.
    private static readonly SearchValues<char> s_unsafe = SearchValues.Create(
        "\u0000\u0001\u0002\u0003\u0004\u0005\u0006\u0007\u0008\u0009\u000A\u000B\u000C\u000D\u000E\u000F"
        + "\u0010\u0011\u0012\u0013\u0014\u0015\u0016\u0017\u0018\u0019\u001A\u001B\u001C\u001D\u001E\u001F\u007F"
        + "\u0080\u0081\u0082\u0083\u0084\u0085\u0086\u0087\u0088\u0089\u008A\u008B\u008C\u008D\u008E\u008F"
        + "\u0090\u0091\u0092\u0093\u0094\u0095\u0096\u0097\u0098\u0099\u009A\u009B\u009C\u009D\u009E\u009F"
        + "\u200E\u200F\u2028\u2029\u202A\u202B\u202C\u202D\u202E\u2066\u2067\u2068\u2069\uFEFF");

    /// <summary>The text on one line: a line end becomes <c>\n</c>, other control characters <c>\x1b</c> or <c>\u202e</c>.</summary>
    public static string Line(string text) => text.AsSpan().IndexOfAny(s_unsafe) < 0 ? text : Escape(text, keepLines: false);

    /// <summary>The same, but line ends and tabs stay: for a traceback.</summary>
    public static string Lines(string text) => text.AsSpan().IndexOfAny(s_unsafe) < 0 ? text : Escape(text, keepLines: true);

    private static string Escape(string text, bool keepLines)
    {
        var escaped = new StringBuilder(text.Length + 16);
        foreach (var character in text)
        {
            if (!s_unsafe.Contains(character) || (keepLines && character is '\n' or '\t'))
            {
                escaped.Append(character);
                continue;
            }
            _ = character switch
            {
                '\n' => escaped.Append("\\n"),
                '\r' => escaped.Append("\\r"),
                '\t' => escaped.Append("\\t"),
                < (char)0x100 => escaped.Append($"\\x{(int)character:x2}"),
                _ => escaped.Append($"\\u{(int)character:x4}"),
            };
        }
        return escaped.ToString();
    }
}
