using System.Text;
using System.Text.Json;

namespace Hotplate.Tests.Serving;

/// <summary>What HTTP allows and Kestrel refuses, as the application sees it.</summary>
public sealed class MendedRequestTests(MendedRequestTests.Environ app) : IClassFixture<MendedRequestTests.Environ>
{
    public sealed class Environ() : Served("environ");

    [Fact]
    public async Task Raw_bytes_in_a_target_are_those_of_PATH_INFO_and_stand_encoded_in_the_query()
    {
        var environ = await AskAsync("GET /caf\u00c3\u00a9/%C3%A9?q=\u00e9 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        Assert.Equal(("/caf\u00c3\u00a9/\u00c3\u00a9", "q=%E9"), (Value(environ, "PATH_INFO"), Value(environ, "QUERY_STRING")));
        Assert.Equal("/caf%C3%A9/%C3%A9?q=%E9", Value(environ, "RAW_URI"));
    }

    [Fact]
    public async Task A_higher_minor_version_is_1_1() =>
        Assert.Equal("HTTP/1.1", Value(await AskAsync("GET / HTTP/1.2\r\nHost: a\r\nConnection: close\r\n\r\n"), "SERVER_PROTOCOL"));

    [Theory, InlineData("GET"), InlineData("POST")]
    public async Task A_Content_Length_of_0_reaches_the_application(string method) =>
        Assert.Equal("0", Value(await AskAsync($"{method} / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"), "CONTENT_LENGTH"));

    [Theory, InlineData("POST"), InlineData("PUT")]
    public async Task HTTP_1_0_without_a_length_has_an_empty_body(string method)
    {
        var environ = await AskAsync($"{method} / HTTP/1.0\r\nHost: a\r\nX-Large: {new string('x', 6000)}\r\n\r\n");
        Assert.Equal((method, "HTTP/1.0"), (Value(environ, "REQUEST_METHOD"), Value(environ, "SERVER_PROTOCOL")));
    }

    [Fact]
    public async Task A_body_that_stalls_gets_408_over_both_protocols()
    {
        await using var server = await new ServerCommand("environ") { Flags = ["-b", "127.0.0.1:0", "-b", "h2c:127.0.0.1:0", "--body-timeout", "1"], Binds = 2 }.StartAsync();
        using var counted = await server.ConnectAsync();
        await counted.SendAsync("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nhello");
        using var chunked = await server.ConnectAsync();
        await chunked.SendAsync("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
        using var streams = await RawHttp2.ConnectAsync(server.EndPoint(1));
        await streams.SendAsync((byte[])
        [
            .. RawHttp2.Head(1, end: false, [(":method", "POST"), (":scheme", "http"), (":path", "/"), (":authority", "plate.test")]),
            .. RawHttp2.Frame(RawHttp2.Data, 0, 1, "hello"u8),
        ]);
        Assert.Equal(408, (await counted.ReadAsync()).Status);
        Assert.Equal(408, (await chunked.ReadAsync()).Status);
        Assert.True(await streams.EndAsync(1));
        Assert.Equal(408, streams.StatusOf(1));
        await streams.SendAsync(RawHttp2.Get(3, "/"));
        Assert.True(await streams.EndAsync(3));
        Assert.Equal(200, streams.StatusOf(3));
    }

    [Fact]
    public async Task A_chunked_body_over_the_limit_gets_413_and_one_line()
    {
        await using var server = await ServerProcess.StartAsync("environ", "--max-body-size", "10000", "--log-level", "debug");
        using var client = await server.ConnectAsync();
        await client.SendAsync("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + string.Concat(Enumerable.Repeat("4000\r\n" + new string('x', 0x4000) + "\r\n", 20)) + "0\r\n\r\n");
        Assert.Equal(413, (await client.ReadAsync()).Status);
        Assert.Equal("", await client.ReadToEndAsync());
        await server.StopAsync();
        Assert.DoesNotContain("Exception", server.Errors.Text, StringComparison.Ordinal);
    }

    private static string Value(JsonElement environ, string key) => environ.GetProperty(key).GetProperty("value").GetString()!;

    private async Task<JsonElement> AskAsync(string request)
    {
        using var client = await app.Server.ConnectAsync();
        await client.SendAsync(Encoding.Latin1.GetBytes(request));
        var answer = await client.ReadAsync();
        Assert.Equal(200, answer.Status);
        return answer.Json.GetProperty("environ");
    }
}
