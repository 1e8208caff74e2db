using System.Reflection;
using System.Text.RegularExpressions;
using Hotplate.Http;
using Hotplate.Tests.Http;
using Hotplate.Workers;

namespace Hotplate.Tests.House;

/// <summary>docs/http.md names the tests of each point and the status of each failure.</summary>
public partial class HttpDocumentTests
{
    private static readonly string Text = File.ReadAllText(Path.Combine(Repository.Root, "docs/http.md"));

    [Fact]
    public void It_names_every_strictness_test_and_no_other()
    {
        var tests = typeof(StrictnessTests).GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly).Select(method => method.Name);
        var named = TestName().Matches(Text).Select(match => match.Groups[1].Value).Distinct(StringComparer.Ordinal);
        Assert.Equal(tests.Order(StringComparer.Ordinal), named.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void It_names_the_status_of_every_failure()
    {
        var section = Text[Text.IndexOf("## When no application answers", StringComparison.Ordinal)..];
        section = section[..section.IndexOf("\n## The", StringComparison.Ordinal)];
        Assert.All(
            Enum.GetValues<RequestFailure>().Where(failure => failure != RequestFailure.None),
            failure => Assert.Contains($"{FailureRule.Of(failure).Status}", section, StringComparison.Ordinal));
    }

    [GeneratedRegex("`([A-Za-z0-9_]+_(?:is|passes)_[A-Za-z0-9_]+)`")]
    private static partial Regex TestName();
}
