using System.Text.RegularExpressions;
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

    [GeneratedRegex(@"^```toml\n(.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Toml();
}
