using Tomlyn.Parsing;
using Tomlyn.Syntax;

namespace Hotplate.Settings;

/// <summary>The tables [tool.hotplate] and below it of a pyproject.toml, as the text of a hotplate.toml with the same lines and columns.</summary>
internal static class ProjectTables
{
    internal const string FileName = "pyproject.toml";

    private static readonly string[] s_prefix = ["tool", "hotplate"];

    /// <summary>The text; null: it has no such table, or nothing beside <c>target</c> in it, which is looked for elsewhere.</summary>
    /// <param name="text">A whole pyproject.toml. One that is no TOML has no tables.</param>
    /// <exception cref="SettingException">The tables stand in an order that cannot be read.</exception>
    internal static string? Of(string text)
    {
        if (!text.Contains(s_prefix[1], StringComparison.Ordinal))
        {
            return null;
        }
        var document = SyntaxParser.Parse(text, FileName, validate: true);
        var all = document.HasErrors ? [] : document.Tables.ToList();
        var ours = all.Where(static table => PartsOf(table) is { Length: >= 2 } parts && parts[..2].SequenceEqual(s_prefix, StringComparer.Ordinal))
            .ToList();
        var main = ours.FindIndex(static table => PartsOf(table).Length == 2);
        if (ours.Count == 0 || (main == 0 && ours.Count == 1 && ours[0].Items.All(static pair => TomlKey.Of(pair.Key!) == "target")))
        {
            return null;
        }
        if (main > 0)
        {
            const string order = "write [tool.hotplate] before the tables below it.";
            throw new SettingException(ErrorCode.BadProjectFile, $"{FileName}:{ours[main].Name!.Span.Start.Line + 1}: {order}");
        }
        var lines = new string([.. text.Select(static one => one is '\n' or '\r' ? one : ' ')]).ToCharArray();
        foreach (var table in ours)
        {
            var next = all.IndexOf(table) + 1;
            var (from, to) = (table.Span.Start.Offset, next < all.Count ? all[next].Span.Start.Offset : text.Length);
            text.CopyTo(from, lines, from, to - from);
            // What stands at the top of a hotplate.toml has no head; of the others' heads the first two words go.
            var isMain = PartsOf(table).Length == 2;
            var first = isMain ? from : table.Name!.Span.Start.Offset;
            Array.Fill(lines, ' ', first, (isMain ? LineEnd(text, from) : table.Name!.DotKeys.ElementAt(1).Key!.Span.Start.Offset) - first);
        }
        return new string(lines);
    }

    private static string[] PartsOf(TableSyntaxBase table) => TomlKey.PartsOf(table.Name!);

    private static int LineEnd(string text, int from) => text.IndexOf('\n', from) is >= 0 and var end ? end : text.Length;
}
