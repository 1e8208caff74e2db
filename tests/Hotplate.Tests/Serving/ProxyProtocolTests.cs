using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;

namespace Hotplate.Tests.Serving;

/// <summary><c>--proxy-protocol</c>, as a client sees it that writes the header itself.</summary>
[Trait("needs", "haproxy")]
public sealed class ProxyProtocolTests(ProxyProtocolTests.Speaking speaking) : IClassFixture<ProxyProtocolTests.Speaking>
{
    private const string Line = "PROXY TCP4 192.0.2.7 203.0.113.5 40000 443\r\n";
    private const string Binary = "\r\n\r\n\0\r\nQUIT\n";
    private const string BinaryFour = Binary + "\x21\x11\0\x12\xC0\0\x02\x07\xCB\0\x71\x05\x9C\x40\x01\xBB\x04\0\x03\0\0\0";
    private const string Local = Binary + "\x20\0\0\0";
    private const string Forged = "X-Forwarded-For: 198.51.100.1";

    public sealed class Speaking() : Served("environ", "--proxy-protocol", "--access-logfile", "-", "--metrics", "127.0.0.1:0");

    [Theory]
    [InlineData(Line, "192.0.2.7", "40000")]
    [InlineData("PROXY TCP6 2001:db8::7 2001:db8::1 40000 443\r\n", "2001:db8::7", "40000")]
    [InlineData(BinaryFour, "192.0.2.7", "40000")]
    public async Task The_client_is_whom_the_header_names(string header, string address, string port)
    {
        using var client = await speaking.Server.ConnectAsync();
        await client.SendAsync(header);
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(address, await AskAsync(client, "REMOTE_ADDR"));
            Assert.Equal(port, await AskAsync(client, "REMOTE_PORT"));
        }
        await speaking.Server.Output.WaitForAsync($"{address} ");
    }

    [Theory, InlineData(Line), InlineData(BinaryFour)]
    public async Task It_may_come_byte_by_byte(string header)
    {
        using var client = await speaking.Server.ConnectAsync();
        foreach (var one in header)
        {
            await client.SendAsync(one.ToString());
        }
        Assert.Equal("192.0.2.7", await AskAsync(client, "REMOTE_ADDR"));
    }

    [Theory, InlineData(Local), InlineData("PROXY UNKNOWN\r\n")]
    public async Task Where_it_names_nobody_the_client_is_the_proxy(string header)
    {
        using var client = await speaking.Server.ConnectAsync();
        await client.SendAsync(header);
        Assert.Equal("127.0.0.1", await AskAsync(client, "REMOTE_ADDR"));
    }

    [Fact]
    public async Task What_the_client_says_of_itself_is_not_believed_because_the_proxy_is()
    {
        using var client = await speaking.Server.ConnectAsync();
        await client.SendAsync(Line);
        Assert.Equal("192.0.2.7", await AskAsync(client, "REMOTE_ADDR", Forged));
        using var itself = await speaking.Server.ConnectAsync();
        await itself.SendAsync(Local);
        Assert.Equal("198.51.100.1", await AskAsync(itself, "REMOTE_ADDR", Forged));
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("PROXY TCP4 nobody 203.0.113.5 40000 443\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData(Binary + "\x31\x11\0\0")]
    [InlineData("\x16\x03\x01\x02\0")]
    public async Task What_begins_otherwise_is_closed_without_a_word_and_counted(string sent)
    {
        var before = await RefusedAsync();
        using var client = await speaking.Server.ConnectAsync();
        await client.SendAsync(sent);
        Assert.Equal("", await client.ReadToEndAsync());
        Assert.True(await RefusedAsync() > before);
        await speaking.Server.Errors.WaitForAsync("HP611");
    }

    [Fact]
    public async Task A_header_is_read_once()
    {
        using var client = await speaking.Server.ConnectAsync();
        await client.SendAsync(Line + Line);
        Assert.Equal(400, (await client.ReadAsync()).Status);
    }

    [Fact]
    public async Task A_header_that_does_not_come_in_time_ends_the_connection()
    {
        await using var server = await ServerProcess.StartAsync(
            "environ", "--proxy-protocol", "--head-timeout", "1s", "--log-level", "debug");
        using var client = await server.ConnectAsync();
        await client.SendAsync("PROXY ");
        Assert.Equal("", await client.ReadToEndAsync());
        await server.Errors.WaitForAsync("the header of the PROXY protocol did not come");
    }

    [Fact]
    public async Task Who_is_not_allowed_is_closed_whatever_it_says()
    {
        await using var server = await ServerProcess.StartAsync(
            "environ", "--proxy-protocol", "--proxy-allow-from", "192.0.2.0/24", "--forwarded-allow-ips", "*");
        using var client = await server.ConnectAsync();
        await client.SendAsync(Line);
        Assert.Equal("", await client.ReadToEndAsync());
        await server.Errors.WaitForAsync("HP611  a connection from 127.0.0.1 was closed: it is not in --proxy-allow-from");
    }

    [Fact]
    public async Task Without_the_flag_it_is_a_bad_request()
    {
        await using var server = await ServerProcess.StartAsync("environ");
        using var client = await server.ConnectAsync();
        await client.SendAsync(Line + "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        Assert.Equal(400, (await client.ReadAsync()).Status);
    }

    [Fact]
    public async Task It_stands_before_HTTP2_and_on_Unix_sockets_too()
    {
        using var folder = new TemporaryFolder();
        await using var server = await new ServerCommand("environ")
        {
            Flags = ["--proxy-protocol", "-b", "h2c:127.0.0.1:0", "-b", $"unix:{folder.File("s")}"],
            Binds = 2,
        }.StartAsync();
        using var browser = Browser((IPEndPoint)server.EndPoint(), Line, certificates: null);
        Assert.Equal("192.0.2.7", await browser.GetStringAsync(
            new Uri("http://shop.example/?key=REMOTE_ADDR"), TestContext.Current.CancellationToken));
        using var client = await server.ConnectAsync(bind: 1);
        await client.SendAsync(BinaryFour);
        Assert.Equal("192.0.2.7", await AskAsync(client, "REMOTE_ADDR"));
    }

    [Theory, InlineData("1.1", Line), InlineData("2.0", BinaryFour)]
    public async Task It_stands_before_TLS(string version, string header)
    {
        using var authority = new TestAuthority();
        using var folder = new TemporaryFolder();
        var (certificate, key) = authority.Write(folder.Path, "shop", "shop.example");
        await using var server = await ServerProcess.StartAsync("environ", "--certfile", certificate, "--keyfile", key, "--proxy-protocol");
        using var browser = Browser((IPEndPoint)server.EndPoint(), header, authority);
        browser.DefaultRequestVersion = Version.Parse(version);
        Assert.Equal("192.0.2.7", await browser.GetStringAsync(
            new Uri("https://shop.example/?key=REMOTE_ADDR"), TestContext.Current.CancellationToken));
        Assert.Equal("https", await browser.GetStringAsync(
            new Uri("https://shop.example/?key=wsgi.url_scheme"), TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("tcp", "send-proxy")]
    [InlineData("tcp", "send-proxy-v2")]
    [InlineData("tcp", "send-proxy-v2 proxy-v2-options ssl,cert-cn,unique-id,crc32c")]
    [InlineData("http", "send-proxy")]
    [InlineData("http", "send-proxy-v2")]
    public async Task HAProxys_clients_are_known_by_their_own_addresses_over_TLS_too(string mode, string how)
    {
        var program = ProxyProgram.Find("haproxy");
        using var folder = new TemporaryFolder();
        using var proxy = new ProxyProgram(new TemporaryFolder());
        await using var server = await new ServerCommand("environ")
        {
            Flags =
            [
                "--certfile", proxy.Certificate, "--keyfile", proxy.Key, "--proxy-protocol", "--log-level", "debug",
                "-b", "http://127.0.0.1:0", "-b", "https://127.0.0.1:0",
            ],
            Binds = 2,
        }.StartAsync();
        var (plain, tls) = (server.EndPoint(0), server.EndPoint(1));
        var settings = $"""
            defaults
                mode {mode}
                timeout connect 1m
                timeout client 1m
                timeout server 1m
                timeout check 1m
            frontend plain
                bind 127.0.0.1:{proxy.Port}
                default_backend plain
            backend plain
                {(mode == "http" ? "http-reuse always" : "")}
                option httpchk GET /readyz
                server one {plain} {how} check check-send-proxy inter 10s
            frontend tls
                mode tcp
                bind 127.0.0.1:{proxy.TlsPort}
                default_backend tls
            backend tls
                mode tcp
                option httpchk GET /readyz
                server one {tls} {how} check check-ssl check-send-proxy verify none inter 10s

            """;
        await proxy.StartAsync(program, "-db", "-f", folder.Write("haproxy.cfg", settings));
        using var browser = proxy.Browser();
        for (var i = 0; i < 20; i++)
        {
            foreach (var scheme in new[] { "http", "https" })
            {
                var answer = await browser.GetStringAsync(
                    new Uri($"{scheme}://shop.example/?key=REMOTE_ADDR"), TestContext.Current.CancellationToken);
                Assert.Equal(ProxyProgram.Client, answer);
            }
        }
        Assert.DoesNotContain("HP611", server.Errors.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("[ERROR]", server.Errors.Text, StringComparison.Ordinal);
    }

    private static async Task<string> AskAsync(RawClient client, string key, params string[] fields)
    {
        await client.RequestAsync("GET", $"/?key={key}", fields);
        return Encoding.UTF8.GetString((await client.ReadAsync()).Body);
    }

    private async Task<double> RefusedAsync()
    {
        const string Said = "Metrics at: ";
        var line = await speaking.Server.Errors.WaitForAsync(Said);
        using var http = new HttpClient();
        var page = await http.GetStringAsync(
            new Uri(line[(line.IndexOf(Said, StringComparison.Ordinal) + Said.Length)..]), TestContext.Current.CancellationToken);
        const string Sample = "hotplate_proxy_protocol_refused_total{app=\"app\",reason=\"bad_header\"} ";
        var sample = page.Split('\n').Single(static one => one.StartsWith(Sample, StringComparison.Ordinal));
        return double.Parse(sample.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture);
    }

    private static HttpClient Browser(IPEndPoint server, string header, TestAuthority? certificates)
    {
        var client = new HttpClient(new SocketsHttpHandler
        {
            ConnectCallback = async (_, cancel) =>
            {
                var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
                await socket.ConnectAsync(server, cancel);
                await socket.SendAsync(Encoding.Latin1.GetBytes(header), cancel);
                return new NetworkStream(socket, ownsSocket: true);
            },
            SslOptions = new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = static (_, _, _, _) => true },
        })
        {
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        client.DefaultRequestVersion = certificates is null ? HttpVersion.Version20 : HttpVersion.Version11;
        return client;
    }
}
