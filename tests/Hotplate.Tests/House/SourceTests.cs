using System.Text.RegularExpressions;

namespace Hotplate.Tests.House;

/// <summary>What a file of ours looks like.</summary>
public partial class SourceTests
{
    [Fact]
    public void A_file_has_at_most_400_lines() =>
        Assert.Empty(from path in Repository.CSharp().Concat(Python()) let lines = File.ReadLines(path).Count() where lines > 400 select $"{Repository.Name(path)}: {lines}");

    [Fact]
    public void A_name_is_in_the_words_of_the_house()
    {
        var names =
            from path in Repository.Files("src", "*.cs")
            from Match match in TypeNames().Matches(File.ReadAllText(path))
            where Forbidden().IsMatch(match.Groups[1].Value)
            select $"{Repository.Name(path)}: {match.Groups[1].Value}";
        Assert.Empty(names);
    }

    [Fact]
    public void A_file_is_named_like_a_type_in_it()
    {
        var wrong =
            from path in Repository.Files("src", "*.cs")
            let name = Path.GetFileNameWithoutExtension(path).Split('.')[0]
            let text = File.ReadAllText(path)
            where TypeNames().IsMatch(text) && !TypeNames().Matches(text).Any(match => match.Groups[1].Value == name)
            select Repository.Name(path);
        Assert.Empty(wrong);
    }

    [Fact]
    public void Versions_of_packages_stand_in_one_place() =>
        Assert.Empty(from path in Repository.Files(".", "*.csproj") where PackageVersion().IsMatch(File.ReadAllText(path)) select Repository.Name(path));

    [Fact]
    public void Every_line_of_the_log_has_a_number_of_its_own()
    {
        var twice =
            from path in Repository.Files("src/Hotplate", "*.cs")
            from Match match in LoggerMessages().Matches(File.ReadAllText(path))
            group Repository.Name(path) by match.Groups[1].Value into same
            where same.Count() > 1
            select $"{same.Key} in {string.Join(", ", same)}";
        Assert.Empty(twice);
    }

    [Fact]
    public void Durations_are_measured_by_a_clock_that_nobody_sets()
    {
        // What tells people the time of day, and what expires by it.
        string[] dates = ["AccessLogClock.cs", "LogForm.cs", "ServiceHistory.cs", "CertificateStore.cs", "DomainKeeper.cs", "AcmeClient.cs",
            "CertificatesVerb.cs", "LocalAuthority.cs"];
        var wrong =
            from path in Repository.Files("src", "*.cs")
            where !dates.Contains(Path.GetFileName(path)) && WallClock().IsMatch(File.ReadAllText(path))
            select Repository.Name(path);
        Assert.Empty(wrong);
        Assert.Empty(from path in Repository.Files("python", "*.py") where File.ReadAllText(path).Contains("time.time()", StringComparison.Ordinal) select Repository.Name(path));
    }

    [Fact]
    public void Nothing_is_left_for_later_without_an_issue()
    {
        var wrong =
            from path in Repository.Files("src", "*.cs").Concat(Python())
            from line in File.ReadLines(path)
            where Later().IsMatch(line)
            select $"{Repository.Name(path)}: {line.Trim()}";
        Assert.Empty(wrong);
    }

    [Fact]
    public void Python_is_tidy()
    {
        var wrong =
            from path in Python()
            from line in File.ReadLines(path).Select((text, index) => (Text: text, Number: index + 1))
            where line.Text.Length > 140 || line.Text.Contains('\t') || line.Text.TrimEnd() != line.Text
            select $"{Repository.Name(path)}:{line.Number}";
        Assert.Empty(wrong);
    }

    /// <summary>The longer ones are from before the rule. Who wraps some lowers the number.</summary>
    [Theory]
    [InlineData("*.cs", 1762)]
    [InlineData("*.md", 413)]
    public void No_line_that_is_new_has_more_than_140_columns(string kind, int before)
    {
        var count = (kind == "*.md" ? Documents() : Repository.CSharp()).Sum(path => Prose(path).Count(static line => line.Length > 140));
        const string look = @"git diff -U0 main | grep -E '^\+.{141}'";
        Assert.True(count <= before, $"{count} lines of {kind} are longer, {before} may be. The new ones: {look}");
    }

    /// <summary>Those that a person wrote.</summary>
    private static IEnumerable<string> Documents() =>
        Repository.Files("docs", "*.md").Where(static path => Path.GetFileName(path) != "settings.md")
            .Concat(Directory.EnumerateFiles(Repository.Root, "*.md"));

    /// <summary>A row of a table and a line of code in a document are as long as they must be.</summary>
    private static IEnumerable<string> Prose(string path)
    {
        var isCode = false;
        foreach (var line in File.ReadLines(path))
        {
            isCode ^= path.EndsWith(".md", StringComparison.Ordinal) && line.StartsWith("```", StringComparison.Ordinal);
            if (!isCode && !line.StartsWith('|'))
            {
                yield return line;
            }
        }
    }

    private static IEnumerable<string> Python() => new[] { "python", "examples", "tests", "bench", "benchmarks" }.SelectMany(folder => Repository.Files(folder, "*.py"));

    [GeneratedRegex(@"GetUtcNow\(|DateTime(Offset)?\.(Utc)?Now")]
    private static partial Regex WallClock();

    [GeneratedRegex(@"LoggerMessage\((?:EventId = )?(\d+)")]
    private static partial Regex LoggerMessages();

    [GeneratedRegex(@"^[^/""\n]*\b(?:class|struct|record|enum|interface|delegate \w+) (?:struct |class )?([A-Z]\w*)", RegexOptions.Multiline)]
    private static partial Regex TypeNames();

    [GeneratedRegex(@"Master|Arbiter|Backend|Broker|Ticket|Envelope|Manager|\wHelper|Helpers|Util|Impl$|^Base|Base$|Info$|Data$")]
    private static partial Regex Forbidden();

    [GeneratedRegex(@"<PackageReference[^>]*\bVersion=")]
    private static partial Regex PackageVersion();

    [GeneratedRegex(@"(?://|#)\s*(?:TODO|FIXME|XXX)(?!.*#\d)")]
    private static partial Regex Later();
}
