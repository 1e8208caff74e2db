using System.Net;
using System.Security.Cryptography;
using System.Text.Json;

namespace Hotplate.Tests.Serving;

/// <summary>The same applications over HTTP/2.</summary>
public sealed class Http2Tests
{
    [Fact]
    public async Task The_application_sees_a_request_like_any_other()
    {
        await using var server = await ServerProcess.StartAsync("environ", "-b", "h2c:127.0.0.1:0");
        using var http = new Http2Client(server.Addresses[0]);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/a%20b?c=d") { Headers = { { "X-Plate", "warm" }, { "Cookie", "a=1; b=2" } } };
        var environ = JsonSerializer.Deserialize<JsonElement>(await Http2Client.BodyOfAsync(await http.SendAsync(request))).GetProperty("environ");
        string Value(string key) => environ.GetProperty(key).GetProperty("value").GetString()!;
        Assert.StartsWith("HTTP/2", Value("SERVER_PROTOCOL"), StringComparison.Ordinal);
        Assert.Equal(("GET", "/a b", "c=d"), (Value("REQUEST_METHOD"), Value("PATH_INFO"), Value("QUERY_STRING")));
        Assert.Equal(("warm", "a=1; b=2"), (Value("HTTP_X_PLATE"), Value("HTTP_COOKIE")));
        Assert.Equal(new Uri(server.Addresses[0]).Authority, Value("HTTP_HOST"));
        Assert.DoesNotContain(environ.EnumerateObject(), entry => entry.Name.StartsWith("HTTP_:", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(10)]
    [InlineData(300_000)]
    [InlineData(5_000_000)]
    public async Task Bodies_are_whole(int size)
    {
        await using var server = await ServerProcess.StartAsync("echo", "-b", "h2c:127.0.0.1:0");
        using var http = new Http2Client(server.Addresses[0]);
        var body = RandomNumberGenerator.GetBytes(size);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/?how=read") { Content = new ByteArrayContent(body) };
        var answer = await http.SendAsync(request);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var came = await Http2Client.BodyOfAsync(answer);
        Assert.True(body.AsSpan().SequenceEqual(came), $"{came.Length} bytes came back, or they differ");
    }

    [Fact]
    public async Task Fifty_streams_of_one_connection_run_side_by_side()
    {
        await using var server = await ServerProcess.StartAsync("slow", "-b", "h2c:127.0.0.1:0", "-w", "2");
        using var http = new Http2Client(server.Addresses[0]);
        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(async _ => await Http2Client.TextOfAsync(await http.GetAsync("/sleep?s=0.2"))));
        var seen = answers.Select(answer => JsonSerializer.Deserialize<JsonElement>(answer)).ToList();
        Assert.True(seen.Max(answer => answer.GetProperty("peak").GetInt32()) > 5, string.Join('\n', answers));
    }

    [Fact]
    public async Task A_stream_is_flushed_as_it_comes_and_closed_when_the_client_leaves()
    {
        await using var server = await new ServerCommand("streaming") { Flags = ["-b", "127.0.0.1:0", "-b", "h2c:127.0.0.1:0"], Binds = 2 }.StartAsync();
        using (var http = new Http2Client(server.Addresses[1]))
        {
            var answer = await http.GetAsync("/endless?gap=0.02&id=h2");
            var piece = new byte[100];
            await (await answer.Content.ReadAsStreamAsync(CancellationToken.None)).ReadExactlyAsync(piece, CancellationToken.None);
            Assert.EndsWith("open", (await server.GetAsync("/made?id=h2")).Text, StringComparison.Ordinal);
            answer.Dispose();
        }
        await Patience.UntilAsync(async () => (await server.GetAsync("/made?id=h2")).Text.EndsWith("closed", StringComparison.Ordinal), "the stream was closed");
    }

    [Fact]
    public async Task Numbers_in_a_hundred_thousand_pieces_come_in_order()
    {
        await using var server = await ServerProcess.StartAsync("streaming", "-b", "h2c:127.0.0.1:0");
        using var http = new Http2Client(server.Addresses[0]);
        var text = await Http2Client.TextOfAsync(await http.GetAsync("/numbers?n=100000"));
        Assert.Equal(string.Concat(Enumerable.Range(0, 100_000).Select(number => $"{number}\n")), text);
    }
}
