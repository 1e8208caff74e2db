using System.Net;
using System.Net.Sockets;
using System.Text;
using Hotplate.Settings;

namespace Hotplate.Tests.Http;

public class LimitsTests
{
    private const string Last = "GET /last HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

    [Theory]
    [InlineData(100, FrontWithoutWorkers.WouldReachTheApplication)]
    [InlineData(101, 414)]
    [InlineData(5000, 414)]
    public async Task A_request_line_may_be_as_long_as_the_limit(int length, int status)
    {
        var target = "/" + new string('a', length - "GET / HTTP/1.1".Length);
        Assert.Equal(status, await StatusAsync(new HttpSettings { LimitRequestLine = 100 }, $"GET {target} HTTP/1.1\r\nHost: a\r\n\r\n"));
    }

    [Theory]
    [InlineData(5, FrontWithoutWorkers.WouldReachTheApplication)]
    [InlineData(6, 431)]
    public async Task A_request_may_have_as_many_fields_as_the_limit(int count, int status)
    {
        var fields = string.Concat(Enumerable.Range(2, count - 1).Select(i => $"X-{i}: y\r\n"));
        Assert.Equal(status, await StatusAsync(new HttpSettings { LimitRequestFields = 5 }, $"GET / HTTP/1.1\r\nHost: a\r\n{fields}\r\n"));
    }

    [Theory]
    [InlineData(100, FrontWithoutWorkers.WouldReachTheApplication)]
    [InlineData(101, 431)]
    [InlineData(3000, 431)]
    public async Task A_field_may_be_as_long_as_the_limit(int length, int status)
    {
        var field = "X: " + new string('y', length - "X: \r\n".Length) + "\r\n";
        Assert.Equal(status, await StatusAsync(new HttpSettings { LimitRequestFieldSize = 100 }, $"GET / HTTP/1.1\r\nHost: a\r\n{field}\r\n"));
    }

    [Fact]
    public async Task Sixteen_long_cookies_do_not_fit()
    {
        var fields = string.Concat(Enumerable.Range(1, 16).Select(i => $"X-{i}: {new string('y', 8000)}\r\n"));
        Assert.Equal(431, await StatusAsync(new HttpSettings(), $"GET / HTTP/1.1\r\nHost: a\r\n{fields}\r\n"));
    }

    [Theory]
    [InlineData("Content-Length: 10\r\n\r\n0123456789", FrontWithoutWorkers.WouldReachTheApplication)]
    [InlineData("Content-Length: 11\r\n\r\n01234567890", 413)]
    [InlineData("Transfer-Encoding: chunked\r\n\r\na\r\n0123456789\r\n0\r\n\r\n", FrontWithoutWorkers.WouldReachTheApplication)]
    [InlineData("Transfer-Encoding: chunked\r\n\r\na\r\n0123456789\r\n1\r\n0\r\n0\r\n\r\n", 413)]
    public async Task A_body_may_be_as_long_as_the_limit(string rest, int status) =>
        Assert.Equal(status, await StatusAsync(new HttpSettings { MaxBodySize = 10 }, "POST / HTTP/1.1\r\nHost: a\r\n" + rest));

    [Theory]
    [InlineData("5", "HTTP/1.1 100 Continue\r\n")]
    [InlineData("11", "HTTP/1.1 413 Content Too Large\r\n")]
    [InlineData("9223372036854775807", "HTTP/1.1 413 Content Too Large\r\n")]
    public async Task A_body_that_is_announced_as_too_long_is_not_asked_for(string length, string line)
    {
        await using var front = await FrontWithoutWorkers.StartAsync(new HttpSettings { MaxBodySize = 10 });
        using var client = new TcpClient();
        await client.ConnectAsync(front.EndPoint, TestContext.Current.CancellationToken);
        var stream = client.GetStream();
        var request = $"POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: {length}\r\n\r\n";
        await stream.WriteAsync(Encoding.ASCII.GetBytes(request), TestContext.Current.CancellationToken);
        var first = new byte[line.Length];
        await stream.ReadExactlyAsync(first, TestContext.Current.CancellationToken);
        Assert.Equal(line, Encoding.ASCII.GetString(first));
    }

    [Fact]
    public async Task What_lies_outside_the_mount_is_not_found_and_the_connection_stays()
    {
        await using var front = await FrontWithoutWorkers.StartAsync(mount: "/last");
        var answers = await front.SendAsync("GET /lasting HTTP/1.1\r\nHost: a\r\n\r\n" + Last);
        Assert.Equal([404, FrontWithoutWorkers.WouldReachTheApplication], answers.All.Select(answer => answer.Status));
    }

    [Fact]
    public async Task A_page_tells_the_id_that_its_header_tells()
    {
        await using var front = await FrontWithoutWorkers.StartAsync();
        var answer = (await front.SendAsync("GET / HTTP/1.1\r\nHost: a\r\nX-Request-Id: proxys-1\r\nAccept: application/json\r\nConnection: close\r\n\r\n")).Only;
        Assert.Equal("proxys-1", answer.Header("X-Request-Id"));
        Assert.Contains("\"request_id\":\"proxys-1\"", answer.Body, StringComparison.Ordinal);
        Assert.Equal("1", answer.Header("Retry-After"));
    }

    [Fact]
    public async Task HTTP_2_without_TLS_has_a_bind_of_its_own()
    {
        var bind = new BindAddress { Text = "h2c:127.0.0.1:0", EndPoint = new IPEndPoint(IPAddress.Loopback, 0), Http2 = true };
        await using var front = await FrontWithoutWorkers.StartAsync(null, "", bind);
        var address = Assert.Single(front.Listeners.Addresses);
        Assert.EndsWith(" (HTTP/2 only)", address, StringComparison.Ordinal);

        using var client = new HttpClient { DefaultRequestVersion = HttpVersion.Version20, DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact };
        using var answer = await client.GetAsync(new Uri(address.Split(' ')[0] + "/a%2Fb"), TestContext.Current.CancellationToken);
        Assert.Equal(FrontWithoutWorkers.WouldReachTheApplication, (int)answer.StatusCode);
        Assert.Equal(HttpVersion.Version20, answer.Version);

        using var bad = new HttpRequestMessage(HttpMethod.Get, new Uri(address.Split(' ')[0])) { Version = client.DefaultRequestVersion, VersionPolicy = client.DefaultVersionPolicy };
        bad.Headers.TryAddWithoutValidation("Expect", "200-ok");
        using var refused = await client.SendAsync(bad, TestContext.Current.CancellationToken);
        Assert.Equal(417, (int)refused.StatusCode);
    }

    private static async Task<int> StatusAsync(HttpSettings settings, string request)
    {
        await using var front = await FrontWithoutWorkers.StartAsync(settings);
        return (await front.SendAsync(request + Last)).All[0].Status;
    }
}
