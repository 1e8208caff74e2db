using System.Text.Json;

namespace Hotplate.Tests.Serving;

/// <summary>What a proxy says of the client: believed from those who are trusted, stripped from all others.</summary>
public sealed class ProxyTests(ProxyTests.Trusting trusting, ProxyTests.Wary wary) : IClassFixture<ProxyTests.Trusting>, IClassFixture<ProxyTests.Wary>
{
    private static readonly string[] s_said =
    [
        "X-Forwarded-For: 192.0.2.7", "X-Forwarded-Proto: https", "X-Forwarded-Host: shop.example:8443", "X-Forwarded-Port: 8443",
        "X-Forwarded-Prefix: /shop",
    ];

    public sealed class Trusting() : Served("environ");

    public sealed class Wary() : Served("environ", "--forwarded-allow-ips", "192.0.2.0/24");

    [Fact]
    public async Task Loopback_is_trusted_unless_told_otherwise()
    {
        var environ = await EnvironAsync(trusting.Server, s_said);
        Assert.Equal("192.0.2.7", Value(environ, "REMOTE_ADDR"));
        Assert.Equal("https", Value(environ, "wsgi.url_scheme"));
        Assert.Equal("shop.example:8443", Value(environ, "HTTP_HOST"));
        Assert.Equal("8443", Value(environ, "SERVER_PORT"));
        Assert.Equal("/shop", Value(environ, "SCRIPT_NAME"));
    }

    [Fact]
    public async Task Of_others_nothing_is_believed_and_nothing_gets_through()
    {
        var environ = await EnvironAsync(wary.Server, s_said);
        Assert.Equal(("127.0.0.1", "http", "plate.test", ""),
            (Value(environ, "REMOTE_ADDR"), Value(environ, "wsgi.url_scheme"), Value(environ, "HTTP_HOST"), Value(environ, "SCRIPT_NAME")));
        Assert.DoesNotContain(environ.EnumerateObject(), entry => entry.Name.StartsWith("HTTP_X_FORWARDED", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Only_the_part_of_the_chain_that_trusted_proxies_wrote_counts()
    {
        // The client wrote the first itself; the trusted proxy on loopback added whom it saw.
        var environ = await EnvironAsync(trusting.Server, ["X-Forwarded-For: 127.0.0.1, 203.0.113.9, 192.0.2.7"]);
        Assert.Equal("192.0.2.7", Value(environ, "REMOTE_ADDR"));
    }

    [Fact]
    public async Task A_request_id_is_taken_from_the_trusted_only()
    {
        Assert.Equal("from-the-proxy.1", await IdOfNotFoundAsync(trusting.Server));
        Assert.NotEqual("from-the-proxy.1", await IdOfNotFoundAsync(wary.Server));
    }

    private static async Task<string?> IdOfNotFoundAsync(ServerProcess server)
    {
        // 400 comes from the front, with the id.
        var answer = await server.GetAsync("/%zz", "X-Request-Id: from-the-proxy.1");
        Assert.Equal(400, answer.Status);
        return answer["X-Request-Id"];
    }

    private static async Task<JsonElement> EnvironAsync(ServerProcess server, string[] fields) => (await server.GetAsync("/", fields)).Json.GetProperty("environ");

    private static string? Value(JsonElement environ, string key) => environ.GetProperty(key).GetProperty("value").GetString();
}
