using System.Net.Http;
using System.Text.Json.Nodes;

namespace Hotplate.Tests.Serving;

/// <summary>How often requests may come, through a server: <c>--rate-limit</c> and <c>[[limits]]</c>.</summary>
public sealed class RateLimitTests : IDisposable
{
    private const string Head = "bind = \"127.0.0.1:0\"\ntarget = \"app:app\"\nworkers = 1\n";
    private const string First = "X-Forwarded-For: 192.0.2.1";
    private const string Second = "X-Forwarded-For: 192.0.2.2";

    private readonly TemporaryFolder folder = new();

    public RateLimitTests() => folder.Write(
        "app.py", "import os\ndef app(environ, start_response):\n    start_response('200 OK', [])\n    return [b'%d' % os.getpid()]\n");

    private string Socket => folder.File("control");

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Whoever_asks_too_often_gets_429_with_when_to_come_back_and_nobody_else_does()
    {
        await using var server = await ServerProcess.StartAsync("hello", "--rate-limit", "1/h,burst=3");
        using var client = await server.ConnectAsync();
        for (var i = 0; i < 5; i++)
        {
            await client.RequestAsync("POST", "/", [First, "Content-Length: 3"], "abc"u8.ToArray());
            var answer = await client.ReadAsync();
            Assert.Equal(i < 3 ? 200 : 429, answer.Status);
            if (i < 3)
            {
                Assert.Null(answer["RateLimit"]);
                continue;
            }
            Assert.Equal("Too Many Requests", answer.Reason);
            Assert.InRange(int.Parse(answer["Retry-After"]!, System.Globalization.CultureInfo.InvariantCulture), 3000, 3600);
            Assert.Equal($"\"default\";r=0;t={answer["Retry-After"]}", answer["RateLimit"]);
            Assert.Equal("\"default\";q=1;w=3600", answer["RateLimit-Policy"]);
            Assert.Contains("You have asked too often.", answer.Text, StringComparison.Ordinal);
        }
        Assert.Equal(200, (await server.GetAsync("/", Second)).Status);
        // A proxy that is believed and names nobody is no client.
        Assert.Equal(200, (await server.GetAsync("/")).Status);
        Assert.Equal(429, (await server.GetAsync("/", First)).Status);
        Assert.Equal(200, (await server.GetAsync("/livez", First)).Status);
        Assert.Equal(200, (await server.GetAsync("/readyz", First)).Status);
    }

    [Fact]
    public async Task Whoever_is_no_trusted_proxy_is_a_client_itself_whatever_it_says()
    {
        await using var server = await ServerProcess.StartAsync("hello", "--rate-limit", "1/h", "--forwarded-allow-ips", "192.0.2.0/24");
        Assert.Equal(200, (await server.GetAsync("/", First)).Status);
        Assert.Equal(429, (await server.GetAsync("/", Second)).Status);
    }

    [Fact]
    public async Task Logs_metrics_and_pages_know_it()
    {
        folder.Write("429.html", "ours: {{status}} {{title}}");
        await using var server = await ServerProcess.StartAsync(
            "hello", "--rate-limit", "1/h", "--error-pages", folder.Path, "--access-logfile", folder.File("access.log"),
            "--metrics", "127.0.0.1:0");
        await server.GetAsync("/let-pass", First);
        Assert.Equal("ours: 429 Too Many Requests", (await server.GetAsync("/refused", First)).Text);
        var json = await server.GetAsync("/refused", First, "Accept: application/json");
        Assert.Equal((429, "application/json"), (json.Json.GetProperty("status").GetInt32(), json["Content-Type"]));
        Assert.Equal("\"default\";q=1;w=3600", json["RateLimit-Policy"]);
        await server.Errors.WaitForAsync("rate_limit");
        using var http = new HttpClient();
        var metrics = "";
        await Patience.UntilAsync(async () => (metrics = await http.GetStringAsync(await MetricsAsync(server), CancellationToken.None))
                .Contains("reason=\"rate_limit\"} 2", StringComparison.Ordinal), "both were counted");
        await server.StopAsync();
        var lines = await File.ReadAllLinesAsync(folder.File("access.log"), CancellationToken.None);
        Assert.Equal(["200", "429", "429"], lines.Select(static line => line.Split("\" ")[1].Split(' ')[0]));
        Assert.All(lines, static line => Assert.StartsWith("192.0.2.1 ", line, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Each_stream_of_HTTP_2_is_a_request()
    {
        await using var server = await ServerProcess.StartAsync("hello", "-b", "h2c:127.0.0.1:0", "--rate-limit", "1/h,burst=2");
        using var http = new Http2Client(server.Addresses[0]);
        var statuses = new List<int>();
        for (var i = 0; i < 3; i++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/") { Headers = { { "X-Forwarded-For", "192.0.2.1" } } };
            using var answer = await http.SendAsync(request);
            statuses.Add((int)answer.StatusCode);
            Assert.Equal(i == 2, answer.Headers.Contains("RateLimit"));
        }
        Assert.Equal([200, 200, 429], statuses);
    }

    [Fact]
    public async Task Tables_are_for_some_requests_and_count_by_their_keys()
    {
        folder.Write("hotplate.toml", Head + """
            rate-limit = "3/h"
            [[limits]]
            name = "login"
            path = "/login"
            method = "POST"
            rate = "1/h"
            [[limits]]
            path = "/api/*"
            key = "header:x-api-key"
            rate = "1/h"
            [[limits]]
            path = "/all"
            key = "all"
            rate = "1/h"
            [[routes]]
            path = "/media/*"
            return = 410
            response-headers = { set = { X-Route = "media" } }
            """);
        await using var server = await StartAsync();
        Assert.Equal(200, (await server.SendAsync("POST", "/login", null, First)).Status);
        var refused = await server.SendAsync("POST", "/login", null, First);
        Assert.Equal((429, "\"login\";q=1;w=3600"), (refused.Status, refused["RateLimit-Policy"]));
        Assert.Equal(200, (await server.SendAsync("POST", "/login", null, Second)).Status);

        // Three in an hour for everything else. What the server answers itself counts.
        Assert.Equal(410, (await server.GetAsync("/media/a", First)).Status);
        Assert.Equal(200, (await server.GetAsync("/login", First)).Status);
        Assert.Equal(200, (await server.GetAsync("/login", First)).Status);
        refused = await server.GetAsync("/media/a", First);
        Assert.Equal((429, "media"), (refused.Status, refused["X-Route"]));

        Assert.Equal(200, (await server.GetAsync("/api/a", Second, "X-Api-Key: one")).Status);
        Assert.Equal(429, (await server.GetAsync("/api/b", "X-Forwarded-For: 192.0.2.3", "X-Api-Key: one")).Status);
        Assert.Equal(200, (await server.GetAsync("/api/b", "X-Forwarded-For: 192.0.2.3", "X-Api-Key: two")).Status);
        Assert.Equal(200, (await server.GetAsync("/all", "X-Forwarded-For: 192.0.2.4")).Status);
        Assert.Equal(429, (await server.GetAsync("/all", "X-Forwarded-For: 192.0.2.5")).Status);
        await server.StopAsync();
    }

    [Fact]
    public async Task A_change_is_taken_at_once_and_the_application_notices_nothing()
    {
        const string login = "[[limits]]\npath = \"/login\"\nrate = \"1/h\"\n";
        folder.Write("hotplate.toml", Head + login);
        await using var server = await StartAsync();
        var worker = (await server.GetAsync("/login", First)).Text;
        Assert.Equal(429, (await server.GetAsync("/login", First)).Status);
        folder.Write("hotplate.toml", Head + "rate-limit = \"2/h\"\n" + login);
        Assert.Equal((0, "limits: changed\n"), await RunAsync("apply", "--dry-run"));
        Assert.Equal((0, "limits: changed\n"), await RunAsync("apply"));
        // What stays the same goes on counting.
        Assert.Equal(429, (await server.GetAsync("/login", First)).Status);
        Assert.Equal(worker, (await server.GetAsync("/", First)).Text);
        Assert.Equal(worker, (await server.GetAsync("/", First)).Text);
        Assert.Equal(429, (await server.GetAsync("/", First)).Status);
        Assert.Equal((0, "nothing changes\n"), await RunAsync("apply"));

        using (var http = ControlConnection.To(Socket))
        {
            using var body = new StringContent("[{\"path\": \"/login\", \"rate\": \"off\"}]");
            using var answer = await http.PutAsync("/v1/config/limits", body, CancellationToken.None);
            var said = JsonNode.Parse(await answer.Content.ReadAsStringAsync(CancellationToken.None))!;
            Assert.Equal("limits: changed", (string)said["message"]!);
            var met = JsonNode.Parse(await http.GetStringAsync("/v1/routes?url=/login", CancellationToken.None))!["limits"]!.AsArray();
            Assert.Equal(
                ["no limit by client", "2/h by client"], met.Select(static limit => (string)limit!["action"]!));
        }
        Assert.Equal(worker, (await server.GetAsync("/login", First)).Text);

        folder.Write("hotplate.toml", Head);
        server.Signal(ServerProcess.SIGHUP);
        await server.Errors.WaitForAsync("the file was read again: limits: changed");
        Assert.Equal(200, (await server.GetAsync("/", First)).Status);
        await server.StopAsync();
    }

    [Fact]
    public async Task Requests_without_end_are_all_answered_while_limits_change()
    {
        folder.Write("hotplate.toml", Head);
        await using var server = await StartAsync();
        using var over = new CancellationTokenSource();
        var clients = Enumerable.Range(0, 4).Select(number => AskAsync(server, $"X-Forwarded-For: 192.0.2.{number}", over.Token)).ToList();
        for (var round = 1; round <= 5; round++)
        {
            folder.Write(
                "hotplate.toml", $"{Head}rate-limit = \"1000000/s\"\n[[limits]]\nkey = \"all\"\nrate = \"{1_000_000 - round}/s\"\n");
            Assert.Equal((0, "limits: changed\n"), await RunAsync("apply"));
        }
        await over.CancelAsync();
        Assert.All(await Task.WhenAll(clients), static asked => Assert.True(asked > 0));
        await server.StopAsync();
    }

    [Theory]
    [InlineData("rate-limit = \"20\"\n", "HP164  hotplate.toml:4:14 rate-limit = 20: ")]
    [InlineData("[[limits]]\nrate = \"20 per second\"\n", "HP152  hotplate.toml:5:8 rate: ")]
    [InlineData("[[limits]]\npath = \"/a\"\n", "HP154  hotplate.toml:4:3 limits: ")]
    [InlineData("[[limit]]\nrate = \"20/s\"\n", "HP151  hotplate.toml:4:3 limit: ")]
    public async Task What_is_wrong_points_at_its_line(string text, string expected)
    {
        folder.Write("hotplate.toml", Head + text);
        var ended = await FinishedProgram.RunAsync(
            "sh", ["-c", "cd \"$1\" && shift && exec \"$@\"", "sh", folder.Path, await BuiltFront.PathAsync(), "config"]);
        Assert.Equal(2, ended.ExitCode);
        Assert.Contains(expected, ended.Errors, StringComparison.Ordinal);
    }

    private static async Task<int> AskAsync(ServerProcess server, string field, CancellationToken over)
    {
        var asked = 0;
        using var client = await server.ConnectAsync();
        while (!over.IsCancellationRequested)
        {
            await client.RequestAsync("GET", "/", [field]);
            Assert.Equal(200, (await client.ReadAsync("GET")).Status);
            asked++;
        }
        return asked;
    }

    private static async Task<Uri> MetricsAsync(ServerProcess server)
    {
        var line = await server.Errors.WaitForAsync("Metrics at: ");
        return new Uri(line[line.IndexOf("http://", StringComparison.Ordinal)..]);
    }

    private Task<ServerProcess> StartAsync() =>
        new ServerCommand("") { Directory = folder.Path, Target = "", IsBare = true, Flags = ["--control", Socket] }.StartAsync();

    private async Task<(int Code, string Said)> RunAsync(params string[] words)
    {
        var ended = await FinishedProgram.RunAsync(await BuiltFront.PathAsync(), [.. words, "--control", Socket]);
        return (ended.ExitCode, ended.Output + ended.Errors);
    }
}
