using System.Net;
using System.Text;
using Hotplate.Routing;
using Hotplate.Settings;
using Microsoft.AspNetCore.Http;

namespace Hotplate.Tests.Routing;

public class RouteTableTests
{
    private const string Site = """
        [[routes]]
        host = ["shop.example.org", "www.shop.example.org"]
        path = "/admin/*"
        app = "admin"

        [[routes]]
        host = "shop.example.org"
        path = "/media/*"
        static = "/srv/media"

        [[routes]]
        host = "shop.example.org"
        app = "shop"

        [[routes]]
        host = "*.example.org"
        app = "wild"

        [[routes]]
        host = "*.deep.example.org"
        app = "deep"

        [[routes]]
        path = "/u/*/avatar"
        app = "avatar"

        [[routes]]
        path = "/u/*"
        app = "user"

        [[routes]]
        path = "/u/1/*"
        app = "first"

        [[routes]]
        path = "*.php"
        return = 404

        [[routes]]
        path = "/exact"
        app = "exact"
        """;

    [Theory]
    [InlineData("shop.example.org", "/", "shop")]
    [InlineData("shop.example.org", "/admin/users", "admin")]
    [InlineData("shop.example.org", "/admin/", "admin")]
    [InlineData("shop.example.org", "/admin", "admin")]
    [InlineData("shop.example.org", "/administrator", "shop")]
    [InlineData("shop.example.org", "/exact", "shop")]
    [InlineData("www.shop.example.org", "/admin/", "admin")]
    [InlineData("www.shop.example.org", "/", "wild")]
    [InlineData("a.example.org", "/", "wild")]
    [InlineData("a.b.example.org", "/u/7", "wild")]
    [InlineData("a.deep.example.org", "/", "deep")]
    [InlineData("deep.example.org", "/", "wild")]
    [InlineData("example.org", "/exact", "exact")]
    [InlineData("notexample.org", "/", null)]
    [InlineData("", "/u/7", "user")]
    [InlineData("", "/u/7/avatar", "avatar")]
    [InlineData("", "/u/1/avatar", "avatar")]
    [InlineData("", "/u/1/photo", "first")]
    [InlineData("", "/u/", "user")]
    [InlineData("", "/u", "user")]
    [InlineData("", "/exact/", null)]
    [InlineData("", "/x.php", "404")]
    [InlineData("", "/u/x.php", "404")]
    [InlineData("", "*", null)]
    public void The_most_specific_host_is_asked_first_and_then_the_longest_path(string host, string path, string? expected) =>
        Assert.Equal(expected, Name(RouteFile.Table(Site).Match(Query(host, path)).Route));

    [Fact]
    public void The_route_with_more_conditions_is_asked_first_and_the_next_where_they_do_not_hold()
    {
        var table = RouteFile.Table("""
            [[routes]]
            path = "/api/*"
            app = "all"
            [[routes]]
            path = "/api/*"
            method = "POST"
            header = { x-beta = "yes" }
            app = "two"
            [[routes]]
            path = "/api/*"
            method = "POST"
            app = "one"
            """);
        var beta = new HeaderDictionary { ["X-Beta"] = "YES" };
        Assert.Equal("two", Name(table.Match(new() { Path = "/api/x"u8, Method = "POST", Headers = beta }).Route));
        Assert.Equal("one", Name(table.Match(new() { Path = "/api/x"u8, Method = "POST" }).Route));
        Assert.Equal("all", Name(table.Match(new() { Path = "/api/x"u8, Method = "GET", Headers = beta }).Route));
    }

    [Fact]
    public void A_route_for_everything_takes_everything_and_none_takes_nothing()
    {
        var all = RouteFile.Table("[[routes]]\napp = \"shop\"\n");
        Assert.Equal("shop", Name(all.Match(Query("any", "/x")).Route));
        Assert.Equal("shop", Name(all.Match(Query("", "*")).Route));
        Assert.Null(new RouteTable([]).Match(Query("any", "/")).Route);
    }

    [Theory]
    [InlineData("/*", "/a/b", "a/b")]
    [InlineData("/old/*", "/old/a/b", "a/b")]
    [InlineData("/old/*", "/old/", "")]
    [InlineData("/old/*", "/old", "")]
    [InlineData("/u/*/avatar", "/u/7/avatar", "7")]
    [InlineData("/u/*/avatar", "/u//avatar", "")]
    [InlineData("/a/*/b/*", "/a/1/b/2/b/3", "1|2/b/3")]
    [InlineData("*.php", "/x/y.php", "/x/y")]
    [InlineData("/%2A/*", "/*/x", "x")]
    [InlineData("/caf%C3%A9/*", "/café/x", "x")]
    [InlineData("/café/*", "/café/x", "x")]
    public void A_star_stands_for_as_little_as_will_do(string pattern, string path, string expected)
    {
        var read = PathPattern.Parse(pattern);
        var bytes = Encoding.UTF8.GetBytes(path);
        var captures = new Range[read.Stars];
        Assert.True(read.Capture(bytes, captures));
        Assert.Equal(expected, string.Join('|', captures.Select(one => Encoding.UTF8.GetString(bytes[one]))));
    }

    [Theory]
    [InlineData("/old/*", "/older")]
    [InlineData("/a", "/a/")]
    [InlineData("/a", "/A")]
    [InlineData("/ab*ba", "/aba")]
    [InlineData("/a*x*y*", "/ayx")]
    [InlineData("*bla*bla*", "/bla_foo")]
    public void What_does_not_fit_does_not_match(string pattern, string path) =>
        Assert.False(PathPattern.Parse(pattern).Matches(Encoding.UTF8.GetBytes(path)));

    [Fact]
    public void Explaining_tells_what_has_it_what_came_next_and_why_the_others_have_not()
    {
        var steps = RouteFile.Table(Site).Explain(Query("shop.example.org", "/u/1/avatar"));
        Assert.Equal("host shop.example.org, path /*", steps.Single(static one => one.Verdict == RouteVerdict.Taken).Why);
        var later = steps.Where(static one => one.Verdict == RouteVerdict.Later).Select(static one => Name(one.Entry.Route));
        Assert.Equal(["wild", "avatar", "first", "user"], later);
        Assert.Equal("its path is /media/*", steps.Single(static one => one.Entry.Path.Text == "/media/*").Why);
        Assert.Equal("its host is *.deep.example.org", steps.Single(static one => one.Entry.Host.Name == "deep.example.org").Why);
    }

    /// <summary>Made of few letters, so that most things overlap.</summary>
    [Fact]
    public void The_tree_finds_what_asking_all_routes_one_by_one_finds()
    {
        var random = new Random(11);
        for (var site = 0; site < 300; site++)
        {
            var routes = Enumerable.Range(0, random.Next(1, 24)).Select(_ => new RouteSettings
            {
                Place = "",
                Action = new RouteAction.Fixed(404, null, ""),
                Hosts = [HostPattern.Parse(Pick(random, "*", "*.a", "*.b.a", "a", "b.a", "c.b.a", "*.c.b.a"))],
                Paths = [PathPattern.Parse(Any(random, "/ab*", 7))],
                Methods = random.Next(3) == 0 ? [Pick(random, "GET", "POST")] : [],
                Https = random.Next(4) == 0 ? random.Next(2) == 0 : null,
            }).ToList();
            var table = new RouteTable([.. routes.Select(static one => new Route(one, null))]);
            for (var asked = 0; asked < 60; asked++)
            {
                var query = new RouteQuery
                {
                    Host = Pick(random, "", "a", "b.a", "c.b.a", "d.c.b.a", "x.a", "ba", ".a", "b..a"),
                    Path = Encoding.ASCII.GetBytes("/" + Text(random, "/ab", 7)),
                    Method = Pick(random, "GET", "POST"),
                    IsHttps = random.Next(2) == 0,
                };
                var found = table.Match(query);
                var step = table.Explain(query).FirstOrDefault(static one => one.Verdict == RouteVerdict.Taken);
                Assert.Same(step?.Entry.Route, found.Route);
            }
        }
    }

    [Fact]
    public void A_match_allocates_nothing()
    {
        var table = RouteFile.Table(Site + """

            [[routes]]
            path = "/q/*"
            query = { v = "b%2A" }
            cookie = { c = "1" }
            method = "GET"
            client = "10.0.0.0/8"
            app = "q"
            """);
        var headers = new HeaderDictionary { ["Cookie"] = "a=2; c=1" };
        var client = IPAddress.Parse("10.1.2.3");
        var before = 0L;
        for (var turn = 0; turn < 200; turn++)
        {
            if (turn == 100)
            {
                before = GC.GetAllocatedBytesForCurrentThread();
            }
            _ = table.Match(new() { Host = "a.b.example.org", Path = "/u/7/avatar"u8, Method = "GET" });
            _ = table.Match(new() { Host = "none", Path = "/u/7/avatar"u8, Method = "GET" });
            const string query = "a=1&v=%62*";
            _ = table.Match(new() { Host = "none", Path = "/q/1"u8, Method = "GET", Query = query, Headers = headers, Client = client });
        }
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Theory]
    [InlineData("Shop.Example.ORG:8080", "shop.example.org")]
    [InlineData("shop.example.org.", "shop.example.org")]
    [InlineData("shop.example.org.:80", "shop.example.org")]
    [InlineData("[::1]:80", "[::1]")]
    [InlineData("[::1]", "[::1]")]
    [InlineData(null, "")]
    [InlineData("", "")]
    public void A_host_is_compared_without_port_dot_and_capitals(string? field, string expected) =>
        Assert.Equal(expected, HostName.Of(field, stackalloc char[HostName.ScratchSize]).ToString());

    [Fact]
    public void A_host_longer_than_any_name_is_none() =>
        Assert.Equal("", HostName.Of(new string('A', 300), stackalloc char[HostName.ScratchSize]).ToString());

    internal static string? Name(Route? route) => route?.Settings.Action switch
    {
        null => null,
        RouteAction.Apps apps => apps.Shares[0].App,
        RouteAction.Fixed answer => answer.Status.ToString(System.Globalization.CultureInfo.InvariantCulture),
        var other => other.GetType().Name,
    };

    private static RouteQuery Query(string host, string path) => new() { Host = host, Path = Encoding.UTF8.GetBytes(path), Method = "GET" };

    private static string Pick(Random random, params string[] words) => words[random.Next(words.Length)];

    private static string Any(Random random, string letters, int most) =>
        Text(random, letters, most).Replace("**", "*", StringComparison.Ordinal) switch
        {
            var text when text.Contains("**", StringComparison.Ordinal) => "/a",
            var text => "/" + text,
        };

    private static string Text(Random random, string letters, int most) =>
        new([.. Enumerable.Range(0, random.Next(most)).Select(_ => letters[random.Next(letters.Length)])]);
}
