using System.Net;

namespace Hotplate.Tests.Serving;

/// <summary><c>--hosts</c>: requests for others get 421.</summary>
public sealed class HostsTests(HostsTests.Choosy choosy) : IClassFixture<HostsTests.Choosy>
{
    public sealed class Choosy() : Served(new ServerCommand("environ")
    {
        Flags =
        [
            "--hosts", "shop.example,*.shop.example", "--hosts", "192.0.2.7,[2001:db8::7],müller.example",
            "-b", "127.0.0.1:0", "-b", "h2c:127.0.0.1:0",
        ],
        Binds = 2,
    });

    [Theory]
    [InlineData("shop.example", 200)]
    [InlineData("shop.example:8000", 200)]
    [InlineData("SHOP.Example", 200)]
    [InlineData("shop.example.", 200)]
    [InlineData("www.shop.example", 200)]
    [InlineData("a.b.Shop.Example:443", 200)]
    [InlineData("192.0.2.7", 200)]
    [InlineData("[2001:db8::7]:8000", 200)]
    [InlineData("xn--mller-kva.example", 200)]
    [InlineData("evil.example", 421)]
    [InlineData("example", 421)]
    [InlineData("myshop.example", 421)]
    [InlineData("shop.example.evil.example", 421)]
    [InlineData("www.müller.example", 421)]
    [InlineData("192.0.2.8", 421)]
    [InlineData("[2001:db8::8]", 421)]
    public async Task Those_that_are_named_are_served(string host, int status)
    {
        if (!System.Text.Ascii.IsValid(host))
        {
            host = new System.Globalization.IdnMapping().GetAscii(host);
        }
        Assert.Equal(status, (await choosy.Server.GetAsync("/", "Host: " + host)).Status);
        Assert.Equal(status, await OverHttp2Async(host));
        Assert.Equal(status, await AbsoluteAsync(host));
    }

    [Fact]
    public async Task Others_get_a_page_and_keep_their_connection()
    {
        using var client = await choosy.Server.ConnectAsync();
        for (var i = 0; i < 2; i++)
        {
            await client.RequestAsync("POST", "/", ["Host: evil.example", "Content-Length: 3"], "abc"u8.ToArray());
            var answer = await client.ReadAsync();
            Assert.Equal((421, "Misdirected Request"), (answer.Status, answer.Reason));
            Assert.Contains(
                "There is no site of that name here.", System.Text.Encoding.UTF8.GetString(answer.Body), StringComparison.Ordinal);
        }
        await client.RequestAsync("GET", "/", ["Host: shop.example"]);
        Assert.Equal(200, (await client.ReadAsync()).Status);
    }

    [Fact]
    public async Task Whoever_looks_whether_the_server_lives_may_ask_any()
    {
        Assert.Equal(200, (await choosy.Server.GetAsync("/livez", "Host: 10.1.2.3:8000")).Status);
        Assert.Equal(200, (await choosy.Server.GetAsync("/readyz", "Host: 10.1.2.3:8000")).Status);
    }

    [Fact]
    public async Task A_request_that_names_none_is_for_none()
    {
        using var client = await choosy.Server.ConnectAsync();
        await client.SendAsync("GET / HTTP/1.0\r\n\r\n");
        Assert.Equal(421, (await client.ReadAsync()).Status);
    }

    [Fact]
    public async Task What_a_trusted_proxy_says_it_was_asked_for_counts()
    {
        Assert.Equal(200, (await choosy.Server.GetAsync("/", "Host: 10.1.2.3", "X-Forwarded-Host: shop.example")).Status);
        Assert.Equal(421, (await choosy.Server.GetAsync("/", "Host: shop.example", "X-Forwarded-Host: evil.example")).Status);
    }

    [Theory]
    [InlineData("https://shop.example")]
    [InlineData("shop.example:80")]
    [InlineData("a*.example")]
    [InlineData("shop.example,*")]
    [InlineData(",")]
    public async Task What_is_no_host_is_told(string text)
    {
        await using var server = await new ServerCommand("environ") { Flags = ["--hosts", text] }.LaunchAsync();
        Assert.Equal(1, await server.ExitAsync());
        Assert.Contains($"HP163  --hosts {text}: ", server.Errors.Text, StringComparison.Ordinal);
    }

    private async Task<int> OverHttp2Async(string host)
    {
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, $"http://{choosy.Server.EndPoint(1)}/")
        {
            Headers = { Host = host },
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        using var answer = await client.SendAsync(request, TestContext.Current.CancellationToken);
        return (int)answer.StatusCode;
    }

    private async Task<int> AbsoluteAsync(string host)
    {
        using var client = await choosy.Server.ConnectAsync();
        await client.RequestAsync("GET", $"http://{host}/", [$"Host: {host}"]);
        return (await client.ReadAsync()).Status;
    }
}
