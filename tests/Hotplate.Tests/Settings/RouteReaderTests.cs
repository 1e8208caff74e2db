using Hotplate.Settings;

namespace Hotplate.Tests.Settings;

public class RouteReaderTests
{
    public static TheoryData<string, string> Broken() => RouteFile.Broken("broken_routes.txt");

    [Theory]
    [MemberData(nameof(Broken))]
    public void What_is_wrong_is_told_with_its_code_and_its_place(string expected, string text)
    {
        var problems = RouteFile.Read(text, "/srv", "shop", "admin", "shop-next").Problems;
        var told = problems.Select(static one => $"{one.Code} {one.Span.Start.Line + 1}:{one.Span.Start.Column + 1} {one.Word}");
        Assert.Equal(expected, string.Join(", ", told));
        Assert.All(problems, static one => Assert.True(one.What is [.., '.' or '?'] && one.What.Length > 20, one.What));
    }

    [Fact]
    public void Forty_variants_and_more_are_tried() => Assert.InRange(Broken().Count, 40, 1000);

    [Fact]
    public void Two_routes_for_the_same_requests_name_each_other_s_line()
    {
        const string text = "[[routes]]\npath = \"/a/*\"\napp = \"x\"\n\n[[routes]]\npath = \"/a/*\"\nreturn = 404\n";
        var problem = Assert.Single(RouteFile.Read(text).Problems);
        Assert.Equal(4, problem.Span.Start.Line);
        Assert.StartsWith("it takes the same requests as the route at hotplate.toml:1: host *, path /a/*.", problem.What);
    }

    [Theory]
    [InlineData("hots = \"a\"\napp = \"shop\"", "Did you mean host?")]
    [InlineData("app = \"shpo\"", "Did you mean shop?")]
    [InlineData("redirect = \"/$hsot\"", "Did you mean $host?")]
    [InlineData("scheme = \"htps\"\napp = \"shop\"", "Did you mean https?")]
    public void The_word_that_was_meant_is_named(string keys, string expected) =>
        Assert.Contains(expected, RouteFile.Read("[[routes]]\n" + keys, "/srv", "shop").Problems[0].What);

    [Fact]
    public void All_keys_of_an_application_s_route_are_read()
    {
        var route = RouteFile.One("""
            host = ["Shop.example.org.", "*.example.org", "müller.example"]
            path = ["/shop", "/shop/*"]
            method = ["get", "!post"]
            scheme = "https"
            client = ["10.0.0.0/8", "!10.0.0.7"]
            app = { shop = 95, shop-next = 5 }
            mount = "/shop/"
            header = { x-beta = ["1", "!2"] }
            query.v = "1"
            cookie = { "a.b" = true }
            request-headers = { set = { X-Host = "$host" }, remove = ["X-Secret"] }
            [routes.response-headers]
            set = { X-Frame-Options = "DENY" }
            remove = "Server"
            """);
        Assert.Equal(["shop.example.org", "*.example.org", "xn--mller-kva.example"], route.Hosts.Select(static one => one.ToString()));
        Assert.Equal(["/shop", "/shop/*"], route.Paths.Select(static one => one.ToString()));
        Assert.Equal(("GET", "POST", true), (route.Methods[0], route.RefusedMethods[0], route.Https));
        Assert.Equal(("/shop", 6), (route.Mount, route.Conditions));
        Assert.Equal(("x-beta", "v", "a.b"), (route.Headers[0].Name, route.Queries[0].Name, route.Cookies[0].Name));
        var apps = Assert.IsType<RouteAction.Apps>(route.Action);
        Assert.Equal([new AppShare("shop", 95), new AppShare("shop-next", 5)], apps.Shares);
        Assert.Equal("hotplate-split", apps.Cookie);
        Assert.Equal(("X-Host", "$host"), (route.RequestHeaders!.Set[0].Key, route.RequestHeaders.Set[0].Value.Text));
        Assert.Equal("X-Secret", route.RequestHeaders.Remove[0]);
        Assert.Equal(("X-Frame-Options", "Server"), (route.ResponseHeaders!.Set[0].Key, route.ResponseHeaders.Remove[0]));
        Assert.Equal("hotplate.toml:1", route.Place);
    }

    [Fact]
    public void What_is_not_said_has_its_default()
    {
        var route = RouteFile.One("app = \"shop\"");
        Assert.Equal((HostPattern.Any, PathPattern.Any, 0), (route.Hosts.Single(), route.Paths.Single(), route.Conditions));
        Assert.Null(((RouteAction.Apps)route.Action).Cookie);
        Assert.Equal(302, ((RouteAction.Redirect)RouteFile.One("redirect = \"/x\"").Action).Status);
        Assert.Equal(TimeSpan.FromMinutes(5), ((RouteAction.Maintenance)RouteFile.One("maintenance = true").Action).RetryAfter);
        var files = (RouteAction.Files)RouteFile.One("static = \"media\"").Action;
        Assert.Equal(("/srv/media", "index.html", null, null), (files.Folder, files.Index.Single(), files.FallbackFile, files.FallbackApp));
    }

    [Theory]
    [InlineData("sticky = false", null)]
    [InlineData("sticky = true", "hotplate-split")]
    [InlineData("sticky = \"canary\"", "canary")]
    public void A_split_is_sticky_unless_it_is_told_otherwise(string key, string? cookie) =>
        Assert.Equal(cookie, ((RouteAction.Apps)RouteFile.One($"app = {{ a = 1, b = 1 }}\n{key}").Action).Cookie);

    [Fact]
    public void Keys_of_a_table_may_stand_in_lines_of_their_own()
    {
        var route = RouteFile.One("""
            static = "/srv/site"
            fallback.app = "shop"
            [routes.header]
            x-one = "1"
            x-two = "2"
            """);
        Assert.Equal(["x-one", "x-two"], route.Headers.Select(static one => one.Name));
        Assert.Equal("shop", ((RouteAction.Files)route.Action).FallbackApp);
        var split = (RouteAction.Apps)RouteFile.One("[routes.app]\na = 1\nb = 0").Action;
        Assert.Equal([1, 0], split.Shares.Select(static one => one.Weight));
    }

    [Fact]
    public void Maintenance_may_be_left_in_the_file_and_switched_off() =>
        Assert.IsType<RouteAction.Apps>(RouteFile.One("app = \"shop\"\nmaintenance = false\nretry-after = 60").Action);

    [Theory]
    [InlineData("redirect = \"https://$host$request_uri\"")]
    [InlineData("redirect = \"https://$host:8443$path\"")]
    [InlineData("redirect = \"$scheme://www.example.org$request_uri\"")]
    [InlineData("redirect = \"$path/\"")]
    [InlineData("host = \"[::1]\"\napp = \"shop\"")]
    [InlineData("host = \"localhost\"\napp = \"shop\"")]
    [InlineData("client = [\"::1\", \"2001:db8::/32\"]\napp = \"shop\"")]
    [InlineData("path = \"/shop\"\nmount = \"/shop\"\napp = \"shop\"")]
    public void What_is_right_is_taken(string keys) => RouteFile.One(keys);
}
