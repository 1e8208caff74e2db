using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.RegularExpressions;

namespace Hotplate.Http;

/// <summary>Python's traceback as HTML: each place with the code around its line, where the file can be read.</summary>
internal static partial class TracebackText
{
    private const int Around = 4;
    private const int LargestFile = 1 << 20;

    internal static string ToHtml(string traceback)
    {
        var html = new StringBuilder();
        var lines = traceback.Split('\n');
        for (var i = 0; i < lines.Length; i++)
        {
            if (Place().Match(lines[i]) is not { Success: true } place)
            {
                html.Append("<p class=\"said\">").Append(Escape(lines[i])).Append("</p>\n");
                continue;
            }
            // What belongs to the place stands deeper than it: the line, perhaps cut, and marks below it.
            var quoted = lines.Skip(i + 1).TakeWhile(static line => line.StartsWith("    ", StringComparison.Ordinal)).ToList();
            i += quoted.Count;
            Append(html, place, quoted);
        }
        return html.ToString();
    }

    private static void Append(StringBuilder html, Match place, List<string> quoted)
    {
        var (file, number) = (place.Groups[1].Value, int.Parse(place.Groups[2].ValueSpan, CultureInfo.InvariantCulture));
        var source = Read(file);
        var isOwn = source is not null && !file.Contains("/site-packages/", StringComparison.Ordinal) && !file.Contains("/dist-packages/", StringComparison.Ordinal)
            && !file.StartsWith("/usr/lib/python", StringComparison.Ordinal);
        html.Append(isOwn ? "<details open>" : "<details>").Append("<summary><b>").Append(Escape(file)).Append("</b>:").Append(number);
        if (place.Groups[3].Length > 0)
        {
            html.Append(" in ").Append(Escape(place.Groups[3].Value));
        }
        html.Append("</summary><pre>");
        if (source is null || number < 1 || number > source.Length)
        {
            html.Append(Escape(string.Join('\n', quoted))).Append("</pre></details>\n");
            return;
        }
        var digits = Math.Min(source.Length, number + Around).ToString(CultureInfo.InvariantCulture).Length;
        for (var at = Math.Max(1, number - Around); at <= Math.Min(source.Length, number + Around); at++)
        {
            var line = $"{at.ToString(CultureInfo.InvariantCulture).PadLeft(digits)}  {source[at - 1]}";
            html.Append(at == number ? $"<mark>{Escape(line)}</mark>\n" : Escape(line) + "\n");
            // Python strips the line it quotes; the marks below are moved to where it stands in the file.
            if (at == number && quoted.Count > 1 && Marks().IsMatch(quoted[1]))
            {
                var indent = source[at - 1].Length - source[at - 1].TrimStart().Length;
                html.Append("<i>").Append(' ', digits + 2 + indent).Append(Escape(quoted[1][4..])).Append("</i>\n");
            }
        }
        html.Append("</pre></details>\n");
    }

    /// <summary>Only what Python runs: a traceback is text that the application printed, and may name anything.</summary>
    private static string[]? Read(string file)
    {
        try
        {
            return (file.EndsWith(".py", StringComparison.Ordinal) || file.EndsWith(".wsgi", StringComparison.Ordinal)) && Path.IsPathRooted(file) && new FileInfo(file) is { Exists: true, Length: <= LargestFile } ? File.ReadAllLines(file) : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    internal static string Escape(string text) => HtmlEncoder.Default.Encode(text).Replace("&#xA;", "\n", StringComparison.Ordinal);

    [GeneratedRegex(@"^  File ""(?<file>[^""]+)"", line (?<line>\d{1,9})(?:, in (?<where>.*))?$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Place();

    [GeneratedRegex(@"^ +[~^]+\s*$", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Marks();
}
