using Hotplate.Settings;

namespace Hotplate.Tests.Settings;

/// <summary>The <c>[[limits]]</c> of a file, and the flag.</summary>
public sealed class LimitReaderTests
{
    public static TheoryData<string, string> Broken() => RouteFile.Broken("broken_limits.txt");

    [Theory]
    [MemberData(nameof(Broken))]
    public void What_is_wrong_is_told_with_its_code_and_its_place(string expected, string text)
    {
        var problems = RouteFile.Read(RouteKind.Limits, text).Problems;
        var told = problems.Select(static one => $"{one.Code} {one.Span.Start.Line + 1}:{one.Span.Start.Column + 1} {one.Word}");
        Assert.Equal(expected, string.Join(", ", told));
        Assert.All(problems, static one => Assert.True(one.What is [.., '.' or '?'] && one.What.Length > 20, one.What));
    }

    [Fact]
    public void All_keys_are_read()
    {
        var limit = One("""
            host = "shop.example.org"
            path = "/api/*"
            method = "POST"
            client = "!10.0.0.0/8"
            header = { x-beta = true }
            name = "api"
            key = "header:X-Api-Key"
            rate = "1000/h"
            burst = 50
            """);
        var (key, rate) = Assert.IsType<RouteAction.Limit>(limit.Action);
        Assert.Equal(("header:x-api-key", new RateRule(1000, TimeSpan.FromHours(1), 50), "api"), (key.ToString(), rate, limit.Name));
        Assert.Equal(("shop.example.org", "/api/*", 3), (limit.Hosts[0].ToString(), limit.Paths[0].ToString(), limit.Conditions));
        Assert.Equal("1000/h, 50 at once, by header:x-api-key", limit.Action.Describe());
    }

    [Fact]
    public void What_is_not_said_has_its_default()
    {
        var (key, rate) = Assert.IsType<RouteAction.Limit>(One("rate = \"20/s\"").Action);
        Assert.Equal((LimitKey.Client, 20), (key, rate!.Burst));
        Assert.Equal("no limit by client", One("rate = \"off\"").Action.Describe());
        Assert.Equal("no limit by all", One("rate = false\nkey = \"all\"").Action.Describe());
    }

    [Fact]
    public void Those_with_other_keys_may_be_for_the_same_requests()
    {
        const string text = "[[limits]]\nrate = \"20/s\"\n[[limits]]\nkey = \"all\"\nrate = \"90/s\"\n"
            + "[[limits]]\nkey = \"cookie:a\"\nrate = \"1/s\"\n[[limits]]\nkey = \"cookie:b\"\nrate = \"1/s\"\n";
        Assert.Empty(RouteFile.Read(RouteKind.Limits, text).Problems);
    }

    [Fact]
    public void The_first_of_two_is_named()
    {
        var problem = Assert.Single(RouteFile.Read(RouteKind.Limits, "[[limits]]\nrate = \"1/s\"\n[[limits]]\nrate = \"2/s\"\n").Problems);
        Assert.StartsWith("it counts the same requests by the same key as the limit at hotplate.toml:1: host *, path /*.", problem.What);
    }

    [Theory]
    [InlineData("20/s", "[[limits]]\npath = \"/a\"\nrate = \"1/s\"\n", "1/s by client, 20/s by client")]
    [InlineData("20/s", "[[limits]]\nkey = \"all\"\nrate = \"1/s\"\n", "1/s by all, 20/s by client")]
    [InlineData("20/s", "[[limits]]\nrate = \"1/s\"\n", "1/s by client")]
    [InlineData("off", "[[limits]]\nrate = \"1/s\"\n", "1/s by client")]
    [InlineData("20/s", "", "20/s by client")]
    [InlineData("off", "", "")]
    public void The_flag_is_for_what_no_table_is_for(string flag, string tables, string limits)
    {
        using var folder = new TemporaryFolder();
        folder.Write("app.py", "");
        folder.Write("hotplate.toml", $"target = \"app:app\"\npython = \"/usr/bin/python3\"\nrate-limit = \"{flag}\"\n{tables}");
        var outcome = new SettingsReader(new Dictionary<string, string>(), folder.Path, cpus: 2).Read((string?)null, []);
        Assert.Empty(outcome.Problems);
        Assert.Equal(limits, string.Join(", ", outcome.Settings!.Limits.Select(static one => one.Action.Describe())));
    }

    private static RouteSettings One(string keys)
    {
        var (limits, problems) = RouteFile.Read(RouteKind.Limits, "[[limits]]\n" + keys);
        Assert.Empty(problems);
        return Assert.Single(limits);
    }
}
