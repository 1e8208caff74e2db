using System.Text.RegularExpressions;
using Hotplate.Settings;
using Hotplate.Tests.House;

namespace Hotplate.Tests.Settings;

/// <summary>The routes in the documents can be read.</summary>
public partial class RouteDocumentTests
{
    [Theory]
    [InlineData("docs/routes.md")]
    [InlineData("docs/move/unit.md")]
    public void Routes_that_are_shown_are_right(string page)
    {
        var shown = Toml().Matches(File.ReadAllText(Path.Combine(Repository.Root, page))).Select(static match => match.Groups[1].Value).ToList();
        Assert.NotEmpty(shown);
        Assert.All(shown, static text => Assert.NotEmpty(RouteFile.Table(text).Routes));
    }

    [Fact]
    public void Limits_that_are_shown_are_right()
    {
        var shown = Toml().Matches(File.ReadAllText(Path.Combine(Repository.Root, "docs/configuration.md")))
            .Select(static match => match.Groups[1].Value).Single(static text => text.Contains("[[limits]]", StringComparison.Ordinal));
        var (limits, problems) = RouteFile.Read(RouteKind.Limits, shown);
        Assert.Empty(problems);
        Assert.Equal(4, limits.Count);
    }

    [GeneratedRegex(@"^```toml\n(.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Toml();
}
