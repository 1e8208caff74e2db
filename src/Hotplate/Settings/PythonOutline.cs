using System.Text;

namespace Hotplate.Settings;

/// <summary>The statements of a Python file that begin in the first column, read as text: nothing is run.</summary>
internal static class PythonOutline
{
    private const long Largest = 2 << 20;

    /// <summary>A file's text; null: it is not there, cannot be read, or is larger than anybody writes.</summary>
    public static string? Load(string path)
    {
        try
        {
            var file = new FileInfo(OsText.ReachableFile(path));
            return file is { Exists: true, Length: <= Largest } ? File.ReadAllText(file.FullName) : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>One line for each, however many it has in the file; without comments, and with <c>""</c> for every string.</summary>
    public static IReadOnlyList<string> Statements(string text)
    {
        var (all, one, depth) = (new List<string>(), new StringBuilder(), 0);
        for (var at = 0; at < text.Length;)
        {
            var letter = text[at];
            if (letter == '#')
            {
                var end = text.IndexOf('\n', at);
                at = end < 0 ? text.Length : end;
                continue;
            }
            if (letter is '"' or '\'')
            {
                at = EndOfString(text, at);
                one.Append("\"\"");
                continue;
            }
            if (letter == '\n' && depth == 0 && !EndsInBackslash(one))
            {
                Add();
            }
            else
            {
                one.Append(letter is '\n' or '\r' ? ' ' : letter);
                depth = Math.Max(0, depth + (letter is '(' or '[' or '{' ? 1 : letter is ')' or ']' or '}' ? -1 : 0));
            }
            at++;
        }
        Add();
        return all;

        void Add()
        {
            if (one.Length > 0 && !char.IsWhiteSpace(one[0]))
            {
                all.Add(one.ToString().TrimEnd());
            }
            one.Clear();
        }
    }

    private static bool EndsInBackslash(StringBuilder line)
    {
        while (line.Length > 0 && line[^1] is ' ' or '\r')
        {
            line.Length--;
        }
        if (line.Length == 0 || line[^1] != '\\')
        {
            return false;
        }
        line[^1] = ' ';
        return true;
    }

    /// <summary>Where it goes on behind a string that begins here.</summary>
    private static int EndOfString(string text, int at)
    {
        var quote = text[at];
        var isLong = text.AsSpan(at).StartsWith([quote, quote, quote]);
        for (at += isLong ? 3 : 1; at < text.Length; at++)
        {
            if (text[at] == '\\')
            {
                at++;
            }
            else if (!isLong && (text[at] == quote || text[at] == '\n'))
            {
                return text[at] == quote ? at + 1 : at;
            }
            else if (isLong && text.AsSpan(at).StartsWith([quote, quote, quote]))
            {
                return at + 3;
            }
        }
        return text.Length;
    }
}
