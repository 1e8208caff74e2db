using System.Text;
using System.Text.RegularExpressions;
using Hotplate.Cli;
using Hotplate.Settings;
using Hotplate.Tests.Fixtures;
using Hotplate.Tests.House;

namespace Hotplate.Tests.Settings;

/// <summary>What is told of a file, and of a command line, with one mistake in it: broken_files.txt and broken_flags.txt have
/// each.</summary>
public sealed partial class BrokenFilesTests : IDisposable
{
    private const string Separator = "\n=== ";
    private static readonly bool s_update = Environment.GetEnvironmentVariable("UPDATE_DOCS") == "1";
    private readonly TemporaryFolder folder = new();

    public BrokenFilesTests()
    {
        foreach (var app in new[] { "shop", "shop-next", "admin", "reports", "archive", "media" })
        {
            Directory.CreateDirectory(folder.File(app));
        }
        foreach (var app in new[] { "shop", "shop-next" })
        {
            folder.Write($"{app}/shop.py", "");
        }
        folder.Write("shop.py", "");
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    public void The_file_as_it_stands_in_the_document_is_right() => Assert.Empty(Told(Shown()));

    [Fact]
    public void What_is_wrong_in_a_file_is_told_with_code_and_place()
    {
        var shown = Shown();
        Check("broken_files.txt", 40, variant =>
        {
            var halves = variant.Split("\n--->\n");
            var at = shown.IndexOf(halves[0], StringComparison.Ordinal);
            Assert.True(at >= 0, $"the file has no {halves[0]}");
            return Told(shown[..at] + halves[1] + shown[(at + halves[0].Length)..]);
        });
    }

    [Fact]
    public void What_is_wrong_in_a_command_line_is_told_with_code_and_word() => Check("broken_flags.txt", 40, line =>
    {
        var arguments = ArgumentReader.Read(["serve", .. line.Split(' ', StringSplitOptions.RemoveEmptyEntries)]);
        if (arguments.Problems.Count > 0)
        {
            return arguments.Problems;
        }
        return Reader().Read(arguments.Operands.Count == 0 ? null : arguments.Operands[0], arguments.Flags).Problems;
    });

    private void Check(string name, int atLeast, Func<string, IReadOnlyList<SettingsProblem>> ask)
    {
        var path = Path.Combine(Repository.Root, "tests/Hotplate.Tests/Settings", name);
        var blocks = File.ReadAllText(path).Split(Separator);
        Assert.InRange(blocks.Length - 1, atLeast, 1000);
        var wrong = new List<string>();
        var told = new StringBuilder(blocks[0]);
        foreach (var block in blocks.Skip(1))
        {
            var end = block.IndexOf('\n', StringComparison.Ordinal);
            var (expected, variant) = (block[..end], block[(end + 1)..].TrimEnd());
            var now = string.Join(" | ", ask(variant).Select(Describe));
            told.Append(Separator).Append(now).Append('\n').Append(variant).Append('\n');
            if (now != expected)
            {
                wrong.Add($"{variant}\n  expected: {expected}\n  told:     {now}");
            }
        }
        if (s_update)
        {
            File.WriteAllText(path, told.ToString());
        }
        else
        {
            Assert.True(wrong.Count == 0, string.Join("\n\n", wrong));
        }
    }

    private IReadOnlyList<SettingsProblem> Told(string file)
    {
        folder.Write("hotplate.toml", file.Replace("/srv/", folder.Path + "/", StringComparison.Ordinal));
        return Reader().Read(null, []).Problems;
    }

    private SettingsReader Reader()
    {
        var environment = new Dictionary<string, string>(StringComparer.Ordinal) { ["PATH"] = Environment.GetEnvironmentVariable("PATH")! };
        return new SettingsReader(environment, folder.Path, cpus: 3);
    }

    private string Describe(SettingsProblem problem) =>
        $"{problem.Code} {problem.Where}".Replace(folder.Path, "/srv", StringComparison.Ordinal).Replace('\n', ' ');

    private static string Shown()
    {
        var page = File.ReadAllText(Path.Combine(Repository.Root, "docs/configuration.md"));
        return Toml().Match(page[page.IndexOf("## A whole server on one page", StringComparison.Ordinal)..]).Groups[1].Value;
    }

    [GeneratedRegex(@"^```toml\n(.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Toml();
}
