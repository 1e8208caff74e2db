using System.Text.Json;

namespace Hotplate.Tests.Serving;

/// <summary>What is refused before it becomes a request: the client gets a page and a closed connection, the logs get a line.</summary>
public sealed class ParserRefusalTests(ParserRefusalTests.Logging app) : IClassFixture<ParserRefusalTests.Logging>
{
    public sealed class Logging() : Served("hello", "--access-logfile", "-", "--access-log-format", "json", "--log-level", "debug", "--head-timeout", "1s");

    [Theory]
    [InlineData("GET /1 HTTP/1.1\r\nno colon\r\n\r\n", 400, "Bad Request", "GET", "/1", "HTTP/1.1")]
    [InlineData("GET /2 HTTP/1.1\r\n\r\n", 400, "Bad Request", "GET", "/2", "HTTP/1.1")]
    [InlineData("GET /3 HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n", 400, "Bad Request", "GET", "/3", "HTTP/1.1")]
    [InlineData("GET /4 a HTTP/1.1\r\nHost: a\r\n\r\n", 400, "Bad Request", "GET", "/4 a", "HTTP/1.1")]
    [InlineData("GET /5\r\n\r\n", 400, "Bad Request", "GET", "/5", "-")]
    [InlineData("\u0016\u0003\u0001\u0002\u0000\u0001\r\n\r\n", 400, "Bad Request", "-", "-", "-")]
    [InlineData("G\u0001T /7 HTTP/1.1\r\n\r\n", 400, "Bad Request", "-", "-", "-")]
    [InlineData("GET * HTTP/1.1\r\nHost: a\r\n\r\n", 405, "Method Not Allowed", "GET", "*", "HTTP/1.1")]
    [InlineData("GET /9 HTTP/3.0\r\nHost: a\r\n\r\n", 505, "HTTP Version Not Supported", "GET", "/9", "HTTP/3.0")]
    [InlineData("GET /10 HTTP/1.1\r\nHost: a\r\nX: ", 408, "Request Timeout", "GET", "/10", "HTTP/1.1")]
    public async Task The_client_gets_a_page_and_the_log_a_line(string request, int status, string title, string method, string target, string protocol)
    {
        using var client = await app.Server.ConnectAsync();
        await client.SendAsync(request);
        var answer = await client.ReadAsync();
        Assert.Equal((status, title, "close", "text/html; charset=utf-8"), (answer.Status, answer.Reason, answer["Connection"], answer["Content-Type"]));
        Assert.Equal(answer["Content-Length"], $"{answer.Body.Length}");
        Assert.Contains($"<title>{status} {title}</title>", answer.Text, StringComparison.Ordinal);
        Assert.Equal("", await client.ReadToEndAsync());
        var id = answer["X-Request-Id"]!;
        Assert.Contains(id, answer.Text, StringComparison.Ordinal);

        var line = JsonSerializer.Deserialize<JsonElement>(await app.Server.Output.WaitForAsync($"\"{id}\""));
        Assert.Equal(
            ("127.0.0.1", method, target, protocol),
            (Text(line, "client.address"), Known(line, "http.request.method"), Known(line, "url.path"),
                Known(line, "network.protocol.version") is "-" ? "-" : "HTTP/" + Known(line, "network.protocol.version")));
        Assert.Equal(
            (status, answer.Body.Length),
            (line.GetProperty("http.response.status_code").GetInt32(), line.GetProperty("http.response.body.size").GetInt32()));
        Assert.NotEmpty(Text(line, "error.type")!);
        Assert.Contains($" {status} ", await app.Server.Errors.WaitForAsync($"Request {id}"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET /long-{0} HTTP/1.1\r\nHost: a\r\n\r\n", 5000, 414)]
    [InlineData("GET /fields HTTP/1.1\r\nHost: a\r\nX: {0}\r\n\r\n", 70_000, 431)]
    public async Task What_is_too_long_is_shortened_in_the_log(string request, int length, int status)
    {
        using var client = await app.Server.ConnectAsync();
        await client.SendAsync(string.Format(System.Globalization.CultureInfo.InvariantCulture, request, new string('a', length)));
        var answer = await client.ReadAsync();
        Assert.Equal((status, true), (answer.Status, answer.IsComplete));
        var line = await app.Server.Output.WaitForAsync($"\"{answer["X-Request-Id"]}\"");
        Assert.True(line.Length < 2000, line);
    }

    [Fact]
    public async Task The_page_is_JSON_for_who_asks_for_that()
    {
        using var client = await app.Server.ConnectAsync();
        await client.SendAsync("GET / HTTP/1.1\r\nAccept: application/json\r\nX-Request-Id: the-proxys\r\nUser-Agent: \"me\"\r\nno colon\r\n\r\n");
        var answer = await client.ReadAsync();
        Assert.Equal(("application/json", "the-proxys"), (answer["Content-Type"], answer["X-Request-Id"]));
        Assert.Equal((400, "the-proxys"), (answer.Json.GetProperty("status").GetInt32(), Text(answer.Json, "request_id")));
        var line = JsonSerializer.Deserialize<JsonElement>(await app.Server.Output.WaitForAsync("the-proxys"));
        Assert.Equal("\"me\"", Text(line, "user_agent.original"));
    }

    [Fact]
    public async Task HEAD_gets_no_page()
    {
        using var client = await app.Server.ConnectAsync();
        await client.SendAsync("HEAD / HTTP/1.1\r\nno colon\r\n\r\n");
        var answer = await client.ReadAsync("HEAD");
        Assert.Equal(400, answer.Status);
        Assert.Equal("", await client.ReadToEndAsync());
    }

    [Fact]
    public async Task The_methods_that_are_allowed_are_still_told()
    {
        using var client = await app.Server.ConnectAsync();
        await client.SendAsync("GET * HTTP/1.1\r\nHost: a\r\n\r\n");
        Assert.Equal("OPTIONS", (await client.ReadAsync())["Allow"]);
    }

    [Fact]
    public async Task Also_behind_good_requests_and_in_pieces()
    {
        using var client = await app.Server.ConnectAsync();
        await client.SendAsync("GET /good HTTP/1.1\r\nHost: a\r\n\r\nPOST /good HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nab");
        Assert.Equal(200, (await client.ReadAsync()).Status);
        Assert.Equal(200, (await client.ReadAsync()).Status);
        foreach (var letter in "\r\nGET /pieces HTTP/1.1\r\nHost: a\r\nAccept: application/json\r\nno colon\r\n\r\n")
        {
            await client.SendAsync(letter.ToString());
            await Task.Yield();
        }
        var answer = await client.ReadAsync();
        Assert.Equal((400, "application/json"), (answer.Status, answer["Content-Type"]));
        Assert.Contains("/pieces", await app.Server.Output.WaitForAsync($"\"{answer["X-Request-Id"]}\""), StringComparison.Ordinal);
    }

    [Fact]
    public async Task HTTP_2_on_the_wrong_port_is_logged_too()
    {
        using var client = await app.Server.ConnectAsync();
        await client.SendAsync("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
        Assert.NotEmpty(await client.ReadToEndAsync());
        await app.Server.Output.WaitForAsync("\"http.request.method\":\"PRI\"");
    }

    [Fact]
    public async Task Combined_has_the_line_as_the_client_wrote_it()
    {
        await using var server = await ServerProcess.StartAsync("hello", "--access-logfile", "-");
        foreach (var request in (string[])["GET /a \"b HTTP/1.1\r\n\r\n", "\u0016\u0003\r\n\r\n", "\r\nGET /fine HTTP/1.1\r\nHost: a\r\nReferer: here\r\n colon\r\n\r\n"])
        {
            using var client = await server.ConnectAsync();
            await client.SendAsync(request);
            Assert.Equal(400, (await client.ReadAsync()).Status);
        }
        Assert.Matches(@"^127\.0\.0\.1 - - \[[^]]+\] ""GET /a \\""b HTTP/1\.1"" 400 \d+ ""-"" ""-""$", await server.Output.WaitForAsync("GET /a"));
        Assert.Matches(@" ""\\x16\\x03"" 400 \d+ ""-"" ""-""$", await server.Output.WaitForAsync("\\x16"));
        Assert.Matches(@" ""GET /fine HTTP/1\.1"" 400 \d+ ""here"" ""-""$", await server.Output.WaitForAsync("/fine"));
        await server.StopAsync();
        Assert.DoesNotContain("Microsoft", server.Errors.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task They_are_counted()
    {
        await using var server = await ServerProcess.StartAsync("hello", "--metrics", "127.0.0.1:0");
        using var client = await server.ConnectAsync();
        await client.SendAsync("GET / HTTP/3.0\r\nHost: a\r\n\r\n");
        Assert.Equal(505, (await client.ReadAsync()).Status);
        var at = new Uri((await server.Errors.WaitForAsync("etrics")).Split(' ').Single(word => word.StartsWith("http://", StringComparison.Ordinal)));
        using var http = new HttpClient();
        Assert.Contains("version_not_supported\"", (await http.GetStringAsync(at, TestContext.Current.CancellationToken)), StringComparison.Ordinal);
    }

    // What could not be made out is not there.
    private static string? Known(JsonElement line, string name) => line.TryGetProperty(name, out var value) ? value.GetString() : "-";

    private static string? Text(JsonElement line, string name) => line.GetProperty(name).GetString();
}
