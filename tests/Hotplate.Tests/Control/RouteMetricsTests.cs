using System.Net.Http;

namespace Hotplate.Tests.Control;

/// <summary>Answers are counted by the application that was asked, and the route.</summary>
public sealed class RouteMetricsTests : IDisposable
{
    private const string Apps = "bind = \"127.0.0.1:0\"\nmetrics = \"127.0.0.1:0\"\n"
        + "[apps.shop]\nchdir = \"shop\"\ntarget = \"app:app\"\n[apps.blog]\nchdir = \"blog\"\ntarget = \"app:app\"\n";

    private readonly TemporaryFolder folder = new();

    public RouteMetricsTests()
    {
        foreach (var app in new[] { "shop", "blog" })
        {
            Directory.CreateDirectory(Path.Combine(folder.Path, app));
            folder.Write(
                Path.Combine(app, "app.py"),
                "def app(environ, start_response):\n    if environ['PATH_INFO'].endswith('broken'):\n        raise ValueError('broken')\n"
                    + "    start_response('200 OK', [])\n    return [b'ok']\n");
        }
        Directory.CreateDirectory(Path.Combine(folder.Path, "media"));
        folder.Write(Path.Combine("media", "a.txt"), "a");
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Each_application_and_route_has_its_own()
    {
        Write("app = { shop = 1, blog = 0 }\nname = \"front\"", "path = \"/blog/*\"\napp = \"blog\"",
            "host = [\"old.example\", \"older.example\"]\nredirect = \"/\"", "path = \"/media/*\"\nstatic = \"media\"\nfallback = { app = \"blog\" }",
            "path = \"/gone\"\nmethod = \"GET\"\nreturn = 410");
        await using var server = await StartAsync();
        await server.GetAsync("/");
        await server.GetAsync("/broken");
        await server.GetAsync("/blog/1");
        await server.GetAsync("/blog/2");
        await server.GetAsync("/media/a.txt");
        await server.GetAsync("/media/nowhere.txt");
        await server.GetAsync("/gone");
        await server.GetAsync("/", "Host: older.example");
        await server.GetAsync("/", "Expect: miracles");
        var page = await PageAsync(server, answers: 9);
        Assert.Equal(
            [
                """{app="",route="",code="4xx"} 1""",
                """{app="",route="/gone",code="4xx"} 1""",
                """{app="",route="/media/*",code="2xx"} 1""",
                """{app="",route="old.example/*",code="3xx"} 1""",
                """{app="blog",route="/blog/*",code="2xx"} 2""",
                """{app="blog",route="/media/*",code="2xx"} 1""",
                """{app="shop",route="front",code="2xx"} 1""",
                """{app="shop",route="front",code="5xx"} 1""",
            ],
            Above0(page, "hotplate_responses_total"));
        Assert.Equal(
            [
                """{app="",route="",reason="expectation_failed"} 1""",
                """{app="shop",route="front",reason="app_failed"} 1""",
            ],
            Above0(page, "hotplate_requests_failed_total"));
        // From the beginning, so that the first one is an increase.
        Assert.Contains("hotplate_responses_total{app=\"blog\",route=\"front\",code=\"5xx\"} 0\n", page, StringComparison.Ordinal);
        Assert.Contains("hotplate_timeouts_total{app=\"blog\"} 0\n", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_change_leaves_is_counted_on_and_what_it_takes_away_is_gone()
    {
        Write("path = \"/shop/*\"\napp = \"shop\"\nname = \"goods\"", "path = \"/blog/*\"\napp = \"blog\"");
        await using var server = await StartAsync();
        await server.GetAsync("/shop/1");
        await server.GetAsync("/blog/1");
        Write("path = \"/goods/*\"\napp = \"shop\"\nname = \"goods\"", "path = \"/blog/*\"\nreturn = 410", "path = \"/log/*\"\napp = \"blog\"");
        await ClientCommand.OutputAsync("apply", "--control", Socket);
        await server.GetAsync("/goods/1");
        Assert.Equal(["""{app="shop",route="goods",code="2xx"} 2"""], Above0(await PageAsync(server, answers: 2), "hotplate_responses_total"));
    }

    private string Socket => folder.File("control");

    private void Write(params string[] routes) =>
        folder.Write("hotplate.toml", Apps + string.Concat(routes.Select(static route => $"[[routes]]\n{route}\n")));

    private Task<ServerProcess> StartAsync() => new ServerCommand("")
    {
        Directory = folder.Path,
        Target = "",
        IsBare = true,
        Flags = ["--control", Socket],
    }.StartAsync();

    /// <param name="answers">That many are waited for: a client may have its answer a moment before it is counted.</param>
    private static async Task<string> PageAsync(ServerProcess server, int answers)
    {
        var line = await server.Errors.WaitForAsync("Metrics at: ");
        using var client = new HttpClient();
        var page = "";
        await Patience.UntilAsync(
            async () =>
            {
                page = await client.GetStringAsync(new Uri(line[line.IndexOf("http://", StringComparison.Ordinal)..]));
                return Above0(page, "hotplate_responses_total").Sum(static sample => int.Parse(sample.Split(' ')[1], null)) == answers;
            },
            $"{answers} answers");
        return page;
    }

    /// <summary>Labels and values of what has been counted.</summary>
    private static IEnumerable<string> Above0(string page, string metric) => page.Split('\n')
        .Where(line => line.StartsWith(metric + "{", StringComparison.Ordinal) && !line.EndsWith(" 0", StringComparison.Ordinal))
        .Select(line => line[metric.Length..]).Order(StringComparer.Ordinal);
}
