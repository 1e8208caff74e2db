using System.Text.Json;
using System.Text.RegularExpressions;
using Hotplate.Settings;
using Hotplate.Tests.House;

namespace Hotplate.Tests.Fixtures;

/// <summary>A page of the documentation, and what a reader would copy from it: commands, files, fragments for other programs.</summary>
internal sealed partial class DocumentedPage
{
    private readonly List<(string Language, string Text)> blocks;

    private DocumentedPage(string path)
    {
        Name = Repository.Name(path);
        Text = File.ReadAllText(path);
        blocks = [.. Fence().Matches(Text).Select(static match => (match.Groups[1].Value, match.Groups[2].Value))];
    }

    public static IEnumerable<DocumentedPage> All { get; } =
        [.. Repository.Files("docs", "*.md").Concat(Directory.GetFiles(Repository.Root, "*.md")).Order(StringComparer.Ordinal).Select(static path => new DocumentedPage(path))];

    /// <summary>Relative to the repository, as docs/move/flask.md.</summary>
    public string Name { get; }

    public string Text { get; }

    /// <summary>Blocks for a shell, or of no language.</summary>
    public IEnumerable<string> Shell => blocks.Where(static block => block.Language is "" or "sh" or "bash").Select(static block => block.Text);

    /// <summary>Python files whose first line is their name: <c># shop.py</c>.</summary>
    public IEnumerable<(string Name, string Text)> PythonFiles =>
        from block in Blocks("python")
        let name = FileName().Match(block)
        where name.Success
        select (name.Groups[1].Value, block);

    /// <summary>What units, Procfiles, Dockerfiles, manifests and other platforms' commands start: <c>hotplate serve …</c>.</summary>
    public IEnumerable<string> Started =>
        from block in blocks
        from command in InLines(block.Text).Concat(InLists(block.Text))
        select command;

    public static DocumentedPage Of(string name) => All.Single(page => page.Name == name);

    public IEnumerable<string> Blocks(string language) => blocks.Where(block => block.Language == language).Select(static block => block.Text);

    private static IEnumerable<string> InLines(string block) => StartLine().Matches(block).Select(static match => "hotplate " + match.Groups[1].Value.TrimEnd());

    private static IEnumerable<string> InLists(string block) =>
        from Match match in StartList().Matches(block)
        let words = JsonDocument.Parse(match.Value).RootElement.EnumerateArray().Select(static word => word.GetString()!).ToList()
        select string.Join(' ', words);

    [GeneratedRegex(@"^```(\w*)\n(.*?)^```[ ]*$", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Fence();

    [GeneratedRegex(@"\A# ([\w/]+\.py)\n")]
    private static partial Regex FileName();

    [GeneratedRegex(@"^.*(?:ExecStart=|web: |entrypoint: |--startup-file ""|')(?:/\S*/)?hotplate (serve [^'""\n]*)", RegexOptions.Multiline)]
    private static partial Regex StartLine();

    [GeneratedRegex(@"\[""hotplate"", [^\]]*\]")]
    private static partial Regex StartList();
}
