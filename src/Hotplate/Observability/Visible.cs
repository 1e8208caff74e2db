using System.Buffers;
using System.Text;

namespace Hotplate.Observability;

/// <summary>Makes text from outside safe to print: what could move a cursor, start a line or hide text is written as an escape.</summary>
internal static class Visible
{
    // C0 and C1 controls, DEL, line and paragraph separators, and the marks that turn the direction of writing.
    private static readonly SearchValues<char> s_unsafe = SearchValues.Create(
        [.. Range(0x00, 0x1F), .. Range(0x7F, 0x9F), .. Range(0x200E, 0x200F), .. Range(0x2028, 0x202E), .. Range(0x2066, 0x2069), '\uFEFF']);

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

    private static IEnumerable<char> Range(int first, int last) => Enumerable.Range(first, last - first + 1).Select(code => (char)code);
}
