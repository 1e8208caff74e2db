using System.Text.Json.Nodes;

namespace Hotplate.Tests.Cli;

/// <summary><c>hotplate routes</c>, as it is typed.</summary>
[Trait("starts", "processes")]
public sealed class RoutesVerbTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public RoutesVerbTests()
    {
        folder.Write("app.py", "def app(environ, start_response): pass\n");
        folder.Write("hotplate.toml", """
            [apps.shop]
            target = "app:app"
            [apps.admin]
            target = "app:app"
            [[routes]]
            host = "*.example.org"
            app = { shop = 95, admin = 5 }
            [[routes]]
            path = "/admin/*"
            method = "POST"
            app = "admin"
            [[routes]]
            host = "old.example.org"
            redirect = "https://$host$request_uri"
            """);
    }

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("GET http://old.example.org/a?b=1: redirect (302) to https://$host$request_uri (hotplate.toml:12:3)", "http://old.example.org/a?b=1")]
    [InlineData("GET http://new.example.org: application shop (95), admin (5) (hotplate.toml:5:3)", "http://new.example.org")]
    [InlineData("POST /admin/x: application admin (hotplate.toml:8:3)", "post", "/admin/x")]
    [InlineData("GET /admin/x: 404, since no route takes it", "/admin/x")]
    public async Task A_URL_is_led_where_a_server_would(string answer, params string[] words)
    {
        var ended = await RunAsync(words);
        Assert.Equal((0, answer), (ended.ExitCode, ended.Output.Split('\n')[0]));
    }

    [Fact]
    public async Task Every_route_says_why_it_does_not_take_it()
    {
        var ended = await RunAsync("/admin/x", "--json");
        var routes = JsonNode.Parse(ended.Output)!["routes"]!.AsArray();
        Assert.Equal(["other_host", "other_host", "refused"], routes.Select(static route => (string)route!["verdict"]!));
        Assert.Equal("host and path fit, but its method is POST", (string)routes[2]!["why"]!);
    }

    [Fact]
    public async Task Without_a_URL_all_are_listed()
    {
        var lines = (await RunAsync()).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(["HOST", "old.example.org", "*.example.org", "*"], lines.Select(static line => line.Split(' ')[0]));
    }

    [Fact]
    public async Task A_server_without_routes_has_none_to_tell()
    {
        folder.Write("hotplate.toml", "target = \"app:app\"\n");
        Assert.Equal("no routes: application app, which gets what no route takes\n", (await RunAsync()).Output);
        Assert.Equal("GET /x: application app, which gets what no route takes\n", (await RunAsync("/x")).Output);
    }

    [Fact]
    public async Task The_limits_that_a_URL_meets_are_named_and_all_are_listed()
    {
        folder.Write("hotplate.toml", """
            target = "app:app"
            rate-limit = "20/s"
            [[limits]]
            path = "/login"
            rate = "5/m"
            burst = 2
            [[limits]]
            key = "all"
            method = "POST"
            rate = "90/s"
            """);
        const string app = "application app, which gets what no route takes";
        Assert.StartsWith(
            $"GET /login: {app}\nlimit: 5/m, 2 at once, by client (hotplate.toml:3:3)\n\n", (await RunAsync("/login")).Output,
            StringComparison.Ordinal);
        Assert.StartsWith(
            $"POST /x: {app}\nlimit: 20/s by client (--rate-limit)\nlimit: 90/s by all (hotplate.toml:7:3)\n\n",
            (await RunAsync("POST", "/x")).Output, StringComparison.Ordinal);
        var limits = JsonNode.Parse((await RunAsync("/x", "--json")).Output)!["limits"]!.AsArray();
        Assert.Equal(["other_path", "taken", "refused"], limits.Select(static limit => (string)limit!["verdict"]!));
        Assert.Equal(
            $"""
            no routes: {app}

            HOST  PATH    LIMIT                      WHERE
            *     /login  5/m, 2 at once, by client  hotplate.toml:3:3
            *     /*      20/s by client             --rate-limit
            *     /*      90/s by all                hotplate.toml:7:3

            """,
            (await RunAsync()).Output);
    }

    [Fact]
    public async Task What_is_no_address_and_a_file_that_is_wrong_are_told()
    {
        var ended = await RunAsync("ftp://x/");
        Assert.Equal(2, ended.ExitCode);
        Assert.Contains("is no address", ended.Errors, StringComparison.Ordinal);
        folder.Write("hotplate.toml", "wokers = 3\n");
        Assert.Contains("hotplate.toml:1:1", (await RunAsync()).Errors, StringComparison.Ordinal);
    }

    private async Task<FinishedProgram> RunAsync(params string[] words) => await FinishedProgram.RunAsync(
        "sh", ["-c", "cd \"$1\" && shift && exec \"$@\"", "sh", folder.Path, await BuiltFront.PathAsync(), "routes", .. words]);
}
