using System.Text.Json;

namespace Hotplate.Tests.Serving;

/// <summary>A line for every request, where and how the user wants it.</summary>
public sealed class AccessLogTests
{
    [Fact]
    public async Task Combined_on_stdout()
    {
        await using var server = await ServerProcess.StartAsync("hello", "--access-logfile", "-");
        await server.GetAsync("/a%20b?c=d", "Referer: http://plate.test/", "User-Agent: a \"quoted\" agent");
        var line = await server.Output.WaitForAsync("GET /a");
        Assert.Matches(@"^127\.0\.0\.1 - - \[\d\d/\w{3}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}\] ""GET /a%20b\?c=d HTTP/1\.1"" 200 13 ""http://plate\.test/"" ""a \\""quoted\\"" agent""$", line);
    }

    [Fact]
    public async Task JSON_in_a_file()
    {
        using var folder = new TemporaryFolder();
        await using var server = await ServerProcess.StartAsync("environ", "--access-logfile", folder.File("access.log"), "--access-log-format", "json");
        var pid = (await server.GetAsync("/x")).Json.GetProperty("pid").GetInt32();
        var refused = await server.GetAsync("/%zz", "X-Request-Id: bad-one");
        await server.StopAsync();
        var lines = (await File.ReadAllLinesAsync(folder.File("access.log"), CancellationToken.None)).Select(line => JsonSerializer.Deserialize<JsonElement>(line)).ToList();
        Assert.Equal(2, lines.Count);
        var (served, bad) = (lines[0], lines[1]);
        Assert.Equal(
            ("GET", "/x", 200),
            (Text(served, "http.request.method"), Text(served, "url.path"), Number(served, "http.response.status_code")));
        Assert.Equal(
            ("127.0.0.1", "1.1", "http"),
            (Text(served, "client.address"), Text(served, "network.protocol.version"), Text(served, "url.scheme")));
        Assert.Equal(("app", pid), (Text(served, "hotplate.app"), Number(served, "hotplate.worker.pid")));
        Assert.True(Number(served, "http.response.body.size") > 100);
        Assert.True(Number(served, "http.server.request.duration") >= Number(served, "hotplate.app.duration"));
        Assert.False(served.TryGetProperty("error.type", out _));
        Assert.Equal(refused.Body.Length, Number(bad, "http.response.body.size"));
        Assert.Equal(
            ("bad-one", 400, "bad_request"),
            (Text(bad, "hotplate.request_id"), Number(bad, "http.response.status_code"), Text(bad, "error.type")));

        static string? Text(JsonElement line, string name) => line.GetProperty(name).GetString();
        static double Number(JsonElement line, string name) => line.GetProperty(name).GetDouble();
    }

    [Fact]
    public async Task A_pattern_has_fields_of_requests_and_answers_and_what_the_server_knows()
    {
        using var folder = new TemporaryFolder();
        folder.Write(
            "app.py",
            "def app(environ, start_response):\n    start_response('200 OK', [('X-Shelf', 'a\"b'), ('X-Two', '1'), ('X-Two', '2')])\n"
                + "    return [b'ok']\n");
        const string pattern = "%(m)s %(s)s %(u)s %({X-Trace}i)s %({x-shelf}o)s %({X-Two}o)s %({HTTP_ACCEPT}e)s %(request_id)s %(route)s "
            + "%(app)s %(scheme)s %(host)s %(tls)s %(failure)s";
        folder.Write("hotplate.toml", $"access-log-format = '{pattern}'\n" + """
            bind = "127.0.0.1:0"
            workers = 1
            access-logfile = "-"
            [apps.shop]
            target = "app:app"
            [[routes]]
            path = "/shop/*"
            name = "shelf"
            app = "shop"
            """);
        await using var server = await new ServerCommand("") { Directory = folder.Path, Target = "", IsBare = true }.StartAsync();
        await server.GetAsync(
            "/shop/a", "Host: shop.example:8000", "Authorization: Basic YW5uYTpzZWNyZXQ=", "X-Trace: a\tb", "Accept: text/*",
            "X-Request-Id: one");
        Assert.Equal(
            "GET 200 anna a\\x09b a\\\"b 1, 2 text/* one shelf shop http shop.example:8000 - -", await server.Output.WaitForAsync(" one "));
        await server.GetAsync("/nowhere", "Host: a", "X-Request-Id: two");
        Assert.Equal("GET 404 - - - - - two - - http a - not_found", await server.Output.WaitForAsync(" two "));
        await server.StopAsync();
    }

    [Theory]
    [InlineData("%(h)s %(nonsense)s", "at character 7: %(nonsense)s is not known.")]
    [InlineData("%(h)s %(queue)s", "at character 7: %(queue)s is not known. Did you mean %(queue_us)s?")]
    [InlineData("%(h)s 50% %(s)s", "at character 9: a % begins %(NAME)s")]
    public async Task What_is_no_atom_is_told_with_its_place_and_nothing_starts(string pattern, string expected)
    {
        await using var server = await new ServerCommand("hello") { Flags = ["--access-log-format", pattern] }.LaunchAsync();
        Assert.NotEqual(0, await server.ExitAsync());
        Assert.Contains(expected, server.Errors.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Addresses_of_clients_are_shortened_whoever_forwards_them()
    {
        await using var server = await ServerProcess.StartAsync("hello", "--access-logfile", "-", "--access-log-clients", "short");
        await server.GetAsync("/one", "X-Forwarded-For: 192.0.2.77");
        Assert.StartsWith("192.0.2.0 - - [", await server.Output.WaitForAsync("/one"), StringComparison.Ordinal);
        await server.GetAsync("/two", "X-Forwarded-For: 2001:db8:1:2:3::4");
        Assert.StartsWith("2001:db8:1:: - - [", await server.Output.WaitForAsync("/two"), StringComparison.Ordinal);
        using var client = await server.ConnectAsync();
        await client.SendAsync("GET /three HTTP/1.1\r\nno colon\r\n\r\n");
        Assert.StartsWith("127.0.0.0 - - [", await server.Output.WaitForAsync("/three"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_has_grown_is_moved_away_and_no_line_is_lost()
    {
        using var folder = new TemporaryFolder();
        await using var server = await ServerProcess.StartAsync(
            "hello", "--access-logfile", folder.File("access.log"), "--log-max-size", "4K", "--log-keep", "1000");
        using (var client = await server.ConnectAsync())
        {
            for (var i = 0; i < 200; i++)
            {
                await client.RequestAsync("GET", $"/{i}", []);
                await client.ReadAsync();
            }
        }
        await server.StopAsync();
        var files = Directory.GetFiles(folder.Path, "access.log*").OrderByDescending(
            static path => int.TryParse(Path.GetExtension(path).TrimStart('.'), out var number) ? number : 0).ToList();
        Assert.True(files.Count > 1, string.Join(' ', files));
        Assert.Equal(
            Enumerable.Range(0, 200).Select(static i => $"GET /{i} HTTP/1.1"),
            files.SelectMany(File.ReadAllLines).Select(static line => line.Split('"')[1]));
    }

    [Fact]
    public async Task None_unless_asked_for()
    {
        await using var server = await ServerProcess.StartAsync("hello");
        await server.GetAsync("/seen");
        await server.StopAsync();
        Assert.DoesNotContain("/seen", server.Output.Text + server.Errors.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_one_of_a_thousand_requests_is_there()
    {
        using var folder = new TemporaryFolder();
        await using var server = await ServerProcess.StartAsync("hello", "--access-logfile", folder.File("access.log"));
        await Task.WhenAll(Enumerable.Range(0, 10).Select(async connection =>
        {
            using var client = await server.ConnectAsync();
            for (var number = 0; number < 100; number++)
            {
                await client.RequestAsync("GET", $"/{connection}-{number}", []);
                await client.ReadAsync();
            }
        }));
        await server.StopAsync();
        var lines = await File.ReadAllLinesAsync(folder.File("access.log"), CancellationToken.None);
        Assert.Equal(1000, lines.Select(line => line.Split('"')[1]).Distinct().Count());
    }
}
