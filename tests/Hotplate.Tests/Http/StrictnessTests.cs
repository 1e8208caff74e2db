namespace Hotplate.Tests.Http;

/// <summary>A running front to send bytes to.</summary>
public interface IStrictFront
{
    /// <summary>The status of a request that passed every check.</summary>
    int Accepted { get; }

    /// <param name="piece">How many bytes are written at a time; 0: all.</param>
    Task<RawAnswers> SendAsync(string latin1, int piece = 0);
}

/// <summary>What the front refuses before any application code runs, and what it must not refuse. docs/http.md explains each point.</summary>
public abstract class StrictnessTests(IStrictFront front)
{
    private const string Smuggled = "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n";
    private const string Last = "GET /last HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    private const string Chunked = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";

    [Theory]
    [InlineData("GET  / HTTP/1.1")]
    [InlineData("GET /  HTTP/1.1")]
    [InlineData("GET /   HTTP/1.1")]
    [InlineData("GET /?a  HTTP/1.1")]
    [InlineData("GET / HTTP/1.1 ")]
    [InlineData(" GET / HTTP/1.1")]
    [InlineData("GET\t/\tHTTP/1.1")]
    [InlineData("GET / \tHTTP/1.1")]
    [InlineData("GET /\vHTTP/1.1")]
    [InlineData("GET /")]
    [InlineData("GET / ")]
    [InlineData("GET")]
    [InlineData("HTTP/1.1 200 OK")]
    [InlineData("\u0016\u0003\u0001\u0002\u0000\u0001")]
    public async Task A_bad_request_line_is_refused(string line) => await Refused(400, $"{line}\r\nHost: a\r\n\r\n");

    [Theory]
    [InlineData("HTTP/1.10", 400)]
    [InlineData("HTTP/01.1", 400)]
    [InlineData("HTTP/1", 400)]
    [InlineData("HTTP/+1.1", 400)]
    [InlineData("HTTP/1.1x", 400)]
    [InlineData("HTTP/0.9", 505)]
    [InlineData("HTTP/2.0", 505)]
    [InlineData("http/1.1", 505)]
    public async Task A_version_other_than_1_0_and_1_1_is_refused(string version, int status) =>
        await Refused(status, $"GET / {version}\r\nHost: a\r\n\r\n");

    [Theory]
    [InlineData("get")]
    [InlineData("Get")]
    [InlineData("GET#")]
    [InlineData("G(T")]
    [InlineData("GE")]
    [InlineData("ABCDEFGHIJKLMNOPQRSTU")]
    public async Task A_method_that_is_none_is_refused(string method) => await Refused(400, $"{method} / HTTP/1.1\r\nHost: a\r\n\r\n");

    [Theory]
    [InlineData("/a b", 400)]
    [InlineData("/a\tb", 400)]
    [InlineData("/a\u0001b", 400)]
    [InlineData("/a\vb", 400)]
    [InlineData("/a?\u0001b", 400)]
    [InlineData("/a\u007fb", 400)]
    [InlineData("/a\0b", 400)]
    [InlineData("/a\rb", 400)]
    [InlineData("/a%00b", 400)]
    [InlineData("/a%zzb", 400)]
    [InlineData("/a%2", 400)]
    [InlineData("/a#fragment", 400)]
    [InlineData("a/b", 400)]
    [InlineData("?x", 400)]
    [InlineData("ftp://a/x", 400)]
    [InlineData("http:///x", 400)]
    [InlineData("http://b/x", 400)]
    [InlineData("http://user:password@a/x", 400)]
    [InlineData("http://@a/x", 400)]
    [InlineData("a:80", 400)]
    [InlineData("hello", 400)]
    [InlineData("*", 405)]
    public async Task A_bad_target_is_refused(string target, int status) => await Refused(status, $"GET {target} HTTP/1.1\r\nHost: a\r\n\r\n");

    [Theory]
    [InlineData("GET / HTTP/1.1\nHost: a\n\n")]
    [InlineData("GET / HTTP/1.1\nHost: a\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: a\nX: y\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\n\n")]
    [InlineData("GET / HTTP/1.1\rHost: a\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: a\rX: y\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\r\n\r\n")]
    [InlineData("\nGET / HTTP/1.1\r\nHost: a\r\n\r\n")]
    public async Task A_line_that_does_not_end_in_CR_LF_is_refused(string request) => await Refused(400, request);

    [Theory]
    [InlineData("X : y")]
    [InlineData("X\t: y")]
    [InlineData("X: y\r\n z")]
    [InlineData("X: y\r\n\tz: q")]
    [InlineData(" X: y")]
    [InlineData("X")]
    [InlineData(": y")]
    [InlineData("X(y: z")]
    [InlineData("X\"y: z")]
    [InlineData("X\0y: z")]
    [InlineData("X\u0001y: z")]
    [InlineData("X\u00e9y: z")]
    [InlineData("X: a\0b")]
    [InlineData("X: a\u0001b")]
    [InlineData("X: a\vb")]
    [InlineData("X: \vb")]
    [InlineData("X: a\u007fb")]
    [InlineData("User-Agent: a\u0001b")]
    [InlineData("Content-Type: a/b\r\nContent-Type: c/d")]
    public async Task A_bad_field_is_refused(string field) => await Refused(400, $"GET / HTTP/1.1\r\nHost: a\r\n{field}\r\n\r\n");

    [Fact]
    public async Task An_expectation_other_than_100_continue_is_refused() =>
        await Refused(417, "POST / HTTP/1.1\r\nHost: a\r\nExpect: 200-ok\r\nContent-Length: 5\r\n\r\nhello");

    [Theory]
    [InlineData("")]
    [InlineData("Host:\r\n")]
    [InlineData("Host: a\r\nHost: a\r\n")]
    [InlineData("Host: a\r\nHost: b\r\n")]
    [InlineData("Host: user@a\r\n")]
    [InlineData("Host: a/b\r\n")]
    [InlineData("Host: a b\r\n")]
    [InlineData("Host: a,b\r\n")]
    [InlineData("Host: a\tb\r\n")]
    [InlineData("Host: :\r\n")]
    [InlineData("Host: a::\r\n")]
    [InlineData("Host: a:x\r\n")]
    [InlineData("Host: a:99999\r\n")]
    [InlineData("Host: :80\r\n")]
    [InlineData("Host: [::1\r\n")]
    [InlineData("Host: [zz]\r\n")]
    [InlineData("Host: a\u00e9\r\n")]
    [InlineData("Host: a%41\r\n")]
    [InlineData("Host: <script>\r\n")]
    public async Task A_missing_or_bad_host_is_refused(string host) => await Refused(400, $"GET / HTTP/1.1\r\n{host}\r\n");

    [Theory]
    [InlineData("+5")]
    [InlineData("-0")]
    [InlineData("-1")]
    [InlineData("0_5")]
    [InlineData("0x5")]
    [InlineData("5.0")]
    [InlineData("5e0")]
    [InlineData("5 5")]
    [InlineData("5, 5")]
    [InlineData("5,")]
    [InlineData("\"5\"")]
    [InlineData("")]
    [InlineData("\v5")]
    [InlineData("\u00b2")]
    [InlineData("18446744073709551621")]
    [InlineData("00000000000000000000000000000005")]
    [InlineData("5\r\nContent-Length: 5")]
    [InlineData("5\r\nContent-Length: 6")]
    public async Task A_length_that_is_not_digits_once_is_refused(string length) =>
        await Refused(400, $"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\n\r\nhello");

    [Theory]
    [InlineData("Content-Length: 5\r\nTransfer-Encoding: chunked")]
    [InlineData("Transfer-Encoding: chunked\r\nContent-Length: 5")]
    [InlineData("Transfer-Encoding: chunked, chunked")]
    [InlineData("Transfer-Encoding: chunked, identity")]
    [InlineData("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked")]
    [InlineData("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity")]
    [InlineData("Transfer-Encoding:")]
    [InlineData("Transfer-Encoding: ,chunked")]
    [InlineData("Transfer-Encoding: chunked,")]
    [InlineData("Transfer-Encoding: \"chunked\"")]
    [InlineData("Transfer-Encoding: \vchunked")]
    [InlineData("Transfer-Encoding: chunked;q=1")]
    public async Task A_transfer_coding_other_than_chunked_alone_is_refused(string fields) =>
        await Refused(400, $"POST / HTTP/1.1\r\nHost: a\r\n{fields}\r\n\r\n0\r\n\r\n");

    [Theory]
    [InlineData("CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n")]
    [InlineData("CONNECT / HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n")]
    [InlineData("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n")]
    [InlineData("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n0\r\n\r\n")]
    [InlineData("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n")]
    public async Task What_nobody_here_does_is_refused_with_501(string request) => await Refused(501, request);

    [Fact]
    public async Task Chunked_in_HTTP_1_0_is_refused() =>
        await Refused(400, "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");

    [Theory]
    [InlineData("+5\r\nhello\r\n")]
    [InlineData("-5\r\nhello\r\n")]
    [InlineData("0x5\r\nhello\r\n")]
    [InlineData("0_5\r\nhello\r\n")]
    [InlineData(" 5\r\nhello\r\n")]
    [InlineData("5 \r\nhello\r\n")]
    [InlineData("5 a;b\r\nhello\r\n")]
    [InlineData("5\v;a=b\r\nhello\r\n")]
    [InlineData("\r\nhello\r\n")]
    [InlineData("g\r\nhello\r\n")]
    [InlineData("100000005\r\nhello\r\n")]
    [InlineData("10000000000000005\r\nhello\r\n")]
    [InlineData("80000000\r\nhello\r\n")]
    [InlineData("FFFFFFFF\r\nhello\r\n")]
    [InlineData("0000000005\r\nhello\r\n")]
    [InlineData("5\nhello\r\n")]
    [InlineData("5\rhello\r\n")]
    [InlineData("5\r\nhello\n")]
    [InlineData("5\r\nhello")]
    [InlineData("5\r\nhelloXX")]
    [InlineData("5\r\nhello!\r\n")]
    [InlineData("5;a=b\nhello\r\n")]
    [InlineData("5;a\nb\r\nhello\r\n")]
    [InlineData("5;a\rb\r\nhello\r\n")]
    [InlineData("5;a=\"x\ny\"\r\nhello\r\n")]
    public async Task A_bad_chunk_is_refused(string chunk) => await Refused(400, $"{Chunked}{chunk}0\r\n\r\n");

    [Theory]
    [InlineData("0\n\n")]
    [InlineData("0\r\nX: y\r\n z\r\n\r\n")]
    [InlineData("0\r\nX: y\n\r\n")]
    [InlineData("0\r\nX : y\r\n\r\n")]
    [InlineData("0\r\nX(: y\r\n\r\n")]
    [InlineData("0\r\nX: \u0001y\r\n\r\n")]
    [InlineData("0\r\nContent-Length: 7\r\n\r\n")]
    [InlineData("0\r\nTransfer-Encoding: chunked\r\n\r\n")]
    [InlineData("0\r\nHost: evil\r\n\r\n")]
    [InlineData("0\r\nAuthorization: Basic eDp5\r\n\r\n")]
    [InlineData("0\r\nGET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("0\r\n\nGET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n")]
    public async Task A_bad_end_of_a_chunked_body_is_refused(string end) => await Refused(400, $"{Chunked}5\r\nhello\r\n{end}");

    [Theory]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("GET /a%2Fb/../%e9?%zz&x={y}|z HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("GET http://a/x HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("PROPFIND / HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("VERSION-CONTROL / HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: [::1]:8000\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: a_b.example:80\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\nX: a\tb\r\nY:\r\nZ:caf\u00e9 \r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\nX_Y: z\r\nContent_Length: 5\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")]
    [InlineData("POST / HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello")]
    [InlineData("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 005\r\n\r\nhello")]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello")]
    [InlineData("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\nhello")]
    [InlineData("GET / HTTP/1.2\r\nHost: a\r\n\r\n")]
    [InlineData("GET / HTTP/1.9\r\nHost: a\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nHost: a:\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nX:\r\nHost: [::1]:\r\nY:\r\n\r\n")]
    [InlineData("GET http://a/ HTTP/1.1\r\nHost: A\r\n\r\n")]
    [InlineData("GET HTTP://A.Example/ HTTP/1.1\r\nHost: a.eXample\r\n\r\n")]
    [InlineData("GET /caf\u00c3\u00a9?\u00e9=\u00ff HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData(Chunked + "5 ;a=b\r\nhello\r\n0\t \t;c\r\n\r\n")]
    [InlineData(Chunked + "5\r\nhello\r\n0\r\n\r\n")]
    [InlineData(Chunked + "005\r\nhello\r\n000\r\n\r\n")]
    [InlineData(Chunked + "5;name=value\r\nhello\r\n0;last\r\n\r\n")]
    [InlineData(Chunked + "5\r\nhello\r\n0\r\nX-Checksum: y\r\n\r\n")]
    [InlineData("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n0\r\n\r\n")]
    public async Task A_good_request_passes_and_the_next_follows(string request)
    {
        // Each byte by itself, too: nothing may hang on how the network cuts it.
        var slow = await front.SendAsync(request + Last, piece: 1);
        Assert.Equal([front.Accepted, front.Accepted], slow.All.Select(answer => answer.Status));
        var answers = await front.SendAsync(request + Last);
        Assert.Equal([front.Accepted, front.Accepted], answers.All.Select(answer => answer.Status));
    }

    [Theory]
    [InlineData("GET / HTTP/1.0\r\n\r\n")]
    [InlineData("GET / HTTP/1.0\r\nHost:\r\n\r\n")]
    [InlineData("GET http://a/ HTTP/1.0\r\n\r\n")]
    [InlineData("POST / HTTP/1.0\r\n\r\n")]
    [InlineData("POST / HTTP/1.0\r\nHost: a\r\nConnection: close\r\n\r\n")]
    [InlineData("PUT / HTTP/1.0\r\nHost: a:\r\n\r\n")]
    [InlineData("PUT /\u00e9 HTTP/1.0\r\nHost: a\r\n\r\n")]
    [InlineData("POST / HTTP/1.0\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello")]
    public async Task HTTP_1_0_is_answered_once(string request)
    {
        Assert.Equal(front.Accepted, (await front.SendAsync(request)).Only.Status);
        Assert.Equal(front.Accepted, (await front.SendAsync(request, piece: 1)).Only.Status);
    }

    [Theory]
    [InlineData("POST / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n")]
    [InlineData("PUT / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")]
    public async Task Behind_a_body_that_is_empty_by_default_the_next_request_passes_as_it_stands(string request)
    {
        var answers = await front.SendAsync(request + Last);
        Assert.Equal([front.Accepted, front.Accepted], answers.All.Select(answer => answer.Status));
    }

    [Theory]
    [InlineData("GET /  HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +5\r\n\r\nhello")]
    public async Task The_second_request_of_a_connection_is_looked_at_as_the_first(string bad)
    {
        foreach (var first in new[]
        {
            "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
            Chunked + "5\r\nhello\r\n0\r\n\r\n",
        })
        {
            var answers = await front.SendAsync(first + bad + Smuggled);
            Assert.Equal([front.Accepted, 400], answers.All.Select(answer => answer.Status));
        }
    }

    [Fact]
    public async Task A_length_that_hides_beside_chunked_is_never_answered()
    {
        // Kestrel moves a second length to X-Content-Length and stumbles over one that is there already: it closes in silence.
        var answers = await front.SendAsync(
            "POST / HTTP/1.1\r\nHost: a\r\nX-Content-Length: 9\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n" + Smuggled);
        Assert.Empty(answers.All);
    }

    private async Task Refused(int status, string request)
    {
        var answer = (await front.SendAsync(request + Smuggled)).Only;
        Assert.Equal(status, answer.Status);
        Assert.True(answer.ClosesConnection);
    }
}

public sealed class StrictnessWithoutWorkersTests(StrictnessWithoutWorkersTests.Front front)
    : StrictnessTests(front), IClassFixture<StrictnessWithoutWorkersTests.Front>
{
    public sealed class Front : IStrictFront, IAsyncLifetime
    {
        private FrontWithoutWorkers front = null!;

        public int Accepted => FrontWithoutWorkers.WouldReachTheApplication;

        public async ValueTask InitializeAsync() => front = await FrontWithoutWorkers.StartAsync();

        public Task<RawAnswers> SendAsync(string latin1, int piece = 0) => front.SendAsync(latin1, piece);

        public ValueTask DisposeAsync() => front.DisposeAsync();
    }
}
