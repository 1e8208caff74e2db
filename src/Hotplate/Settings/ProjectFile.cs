using Tomlyn.Parsing;
using Tomlyn.Syntax;

namespace Hotplate.Settings;

/// <summary>What a pyproject.toml says in its table <c>[tool.hotplate]</c>.</summary>
/// <param name="Target">The key <c>target</c>; null: it is not there.</param>
/// <param name="Unknown">Other keys that are not written in a table of their own.</param>
internal sealed record ProjectFile(string? Target, IReadOnlyList<string> Unknown)
{
    private const string Table = "tool.hotplate.";

    /// <returns>Null: there is no such file, or it says nothing of Hotplate.</returns>
    /// <exception cref="SettingException">It is no TOML, or the target is no text. The message has file, line and column.</exception>
    public static ProjectFile? Read(string path)
    {
        // Most have no such table, and need no parser.
        if (PythonOutline.Load(path) is not { } text || !text.Contains("hotplate", StringComparison.Ordinal))
        {
            return null;
        }
        var document = SyntaxParser.Parse(text, path, validate: true);
        if (document.HasErrors)
        {
            var error = document.Diagnostics.First(static one => one.Kind == DiagnosticMessageKind.Error);
            throw new SettingException(ErrorCode.BadProjectFile, $"{At(path, error.Span)} {error.Message}");
        }
        var said = new List<(string Key, SyntaxNode Value)>();
        foreach (var pair in document.KeyValues)
        {
            Add(said, "", pair);
        }
        foreach (var table in document.Tables)
        {
            foreach (var pair in table.Items.Where(pair => !IsRead(table, pair)))
            {
                Add(said, TomlKey.Of(table.Name!) + ".", pair);
            }
        }
        var ours = said.Where(static one => one.Key.StartsWith(Table, StringComparison.Ordinal)).Select(static one => (Key: one.Key[Table.Length..], one.Value)).ToList();
        return ours.Count == 0 ? null : new ProjectFile(
            ours.Where(static one => one.Key == "target").Select(one => TargetIn(path, one.Value)).FirstOrDefault(),
            [.. ours.Select(static one => one.Key).Where(static key => key != "target")]);
    }

    /// <summary>As a hotplate.toml is: see <see cref="ProjectTables"/>.</summary>
    private static bool IsRead(TableSyntaxBase table, KeyValueSyntax pair) =>
        $"{TomlKey.Of(table.Name!)}.".StartsWith(Table, StringComparison.Ordinal) && TomlKey.Of(pair.Key!) != "target";

    private static string TargetIn(string path, SyntaxNode value) => value is StringValueSyntax { Value: { Length: > 0 } text }
        ? text
        : throw new SettingException(ErrorCode.BadProjectFile, $"{At(path, value.Span)} target is text, as in target = \"shop:app\".");

    private static void Add(List<(string Key, SyntaxNode Value)> said, string table, KeyValueSyntax pair)
    {
        var key = table + TomlKey.Of(pair.Key!);
        if (pair.Value is InlineTableSyntax inline)
        {
            foreach (var item in inline.Items)
            {
                Add(said, key + ".", item.KeyValue!);
            }
        }
        else
        {
            said.Add((key, pair.Value!));
        }
    }

    private static string At(string path, SourceSpan span) => $"{path}:{span.Start.Line + 1}:{span.Start.Column + 1}:";
}
