using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Hotplate.Http;
using Hotplate.Settings;
using Hotplate.Tests.Fixtures;

namespace Hotplate.Tests.Http;

public sealed class TlsTests : IDisposable
{
    private readonly TestAuthority authority = new();
    private readonly TemporaryFolder folder = new();

    public void Dispose()
    {
        authority.Dispose();
        folder.Dispose();
    }

    [Fact]
    public async Task A_request_over_TLS_is_answered_and_kept_alive()
    {
        await using var front = await FrontWithoutWorkers.StartTlsAsync(Named("shop.example"));
        Assert.StartsWith("https://127.0.0.1:", front.Listeners.Addresses.Single(), StringComparison.Ordinal);
        await using var client = await ConnectAsync(front, "shop.example");

        for (var i = 0; i < 3; i++)
        {
            await client.WriteAsync("GET /livez HTTP/1.1\r\nHost: shop.example\r\n\r\n"u8.ToArray(), TestContext.Current.CancellationToken);
            Assert.StartsWith("HTTP/1.1 200 ", await ReadHeadAsync(client), StringComparison.Ordinal);
        }
        Assert.Equal(SslProtocols.Tls13, client.SslProtocol);
    }

    [Fact]
    public async Task HTTP2_is_agreed_on_by_ALPN_on_the_same_port()
    {
        await using var front = await FrontWithoutWorkers.StartTlsAsync(Named("shop.example"));
        using var handler = new SocketsHttpHandler { SslOptions = ClientOptions("shop.example") };
        using var client = new HttpClient(handler)
        {
            DefaultRequestVersion = HttpVersion.Version20,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(
            _ => client.GetAsync($"https://{front.EndPoint}/livez", TestContext.Current.CancellationToken)));

        Assert.All(answers, static answer => Assert.Equal((HttpStatusCode.OK, HttpVersion.Version20), (answer.StatusCode, answer.Version)));
    }

    [Fact]
    public async Task What_Kestrel_refuses_gets_our_page()
    {
        await using var front = await FrontWithoutWorkers.StartTlsAsync(Named("shop.example"));
        await using var client = await ConnectAsync(front, "shop.example");
        await client.WriteAsync("GET / HTTP/1.1\r\nHost: a\r\nBroken\r\n\r\n"u8.ToArray(), TestContext.Current.CancellationToken);

        var answer = await ReadAllAsync(client);
        Assert.StartsWith("HTTP/1.1 400 ", answer, StringComparison.Ordinal);
        Assert.Contains("X-Request-Id:", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task HTTP_on_the_port_of_TLS_gets_a_page_that_says_so()
    {
        await using var front = await FrontWithoutWorkers.StartTlsAsync(Named("shop.example"));

        var answer = (await front.SendAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n")).Only;

        Assert.Equal(400, answer.Status);
        Assert.Contains("This port speaks HTTPS", answer.Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\x80\x2e\x01\x03\x01")]
    [InlineData("\0\0\0\0")]
    [InlineData("\x16\x03\x01\0\0")]
    [InlineData("\x16\x03\x01\0\x05\x01\0\0\x01\0")]
    public async Task What_is_neither_ends_the_connection(string sent)
    {
        await using var front = await FrontWithoutWorkers.StartTlsAsync(Named("shop.example"));
        using var client = new TcpClient();
        await client.ConnectAsync(front.EndPoint, TestContext.Current.CancellationToken);
        await client.GetStream().WriteAsync(Encoding.Latin1.GetBytes(sent), TestContext.Current.CancellationToken);
        var stream = client.GetStream();
        client.Client.Shutdown(SocketShutdown.Send);

        var came = await new StreamReader(stream, Encoding.Latin1).ReadToEndAsync(TestContext.Current.CancellationToken);
        Assert.DoesNotContain("HTTP", came, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_says_nothing_until_the_handshakes_time_is_over_is_closed()
    {
        await using var front = await FrontWithoutWorkers.StartTlsAsync(
            Named("shop.example") with { HandshakeTimeout = TimeSpan.FromSeconds(1) });
        using var client = new TcpClient();
        await client.ConnectAsync(front.EndPoint, TestContext.Current.CancellationToken);

        Assert.Equal(0, await client.GetStream().ReadAsync(new byte[1], TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_client_gets_the_certificate_of_the_name_it_asks_for()
    {
        var tls = Named("shop.example", "*.shop.example", "other.example");
        await using var front = await FrontWithoutWorkers.StartTlsAsync(tls);

        Assert.Equal("CN=shop.example", await SubjectAsync(front, "shop.example"));
        Assert.Equal("CN=*.shop.example", await SubjectAsync(front, "www.shop.example"));
        Assert.Equal("CN=other.example", await SubjectAsync(front, "OTHER.example"));
        Assert.Equal("CN=shop.example", await SubjectAsync(front, "a.b.shop.example"));
        Assert.Equal("CN=shop.example", await SubjectAsync(front, "nobody.example"));
    }

    [Fact]
    public async Task The_chain_is_sent_without_its_root()
    {
        await using var front = await FrontWithoutWorkers.StartTlsAsync(Named("shop.example"));
        List<string> sent = [];
        var options = ClientOptions("shop.example");
        options.RemoteCertificateValidationCallback = (_, _, chain, _) =>
        {
            sent = [.. chain!.ChainPolicy.ExtraStore.Select(static one => one.Subject)];
            return true;
        };
        await using var client = await ConnectAsync(front, options);

        Assert.Contains("CN=Test Between", sent);
        Assert.DoesNotContain("CN=Test Root", sent);
    }

    [Fact]
    public async Task TLS_1_2_is_spoken_unless_the_least_is_1_3()
    {
        var old = ClientOptions("shop.example");
        old.EnabledSslProtocols = SslProtocols.Tls12;
        await using (var front = await FrontWithoutWorkers.StartTlsAsync(Named("shop.example")))
        {
            await using var client = await ConnectAsync(front, old);
            Assert.Equal(SslProtocols.Tls12, client.SslProtocol);
        }
        await using (var front = await FrontWithoutWorkers.StartTlsAsync(Named("shop.example") with { OnlyTls13 = true }))
        {
            await Assert.ThrowsAnyAsync<Exception>(() => ConnectAsync(front, old));
        }
    }

    [Fact]
    public async Task Only_the_chosen_ciphers_are_spoken()
    {
        var tls = Named("shop.example") with { Ciphers = CipherNames.Parse("TLS_CHACHA20_POLY1305_SHA256") };
        await using var front = await FrontWithoutWorkers.StartTlsAsync(tls);
        await using var client = await ConnectAsync(front, "shop.example");
        Assert.Equal(TlsCipherSuite.TLS_CHACHA20_POLY1305_SHA256, client.NegotiatedCipherSuite);
    }

    [Fact]
    public async Task A_large_answer_and_a_large_body_come_whole()
    {
        var page = new string('x', 200_000);
        var errors = folder.Write("503.html", page);
        var http = new HttpSettings { ErrorPages = ErrorPageFiles.Read(Path.GetDirectoryName(errors)!) };
        await using var front = await FrontWithoutWorkers.StartTlsAsync(Named("shop.example"), http);
        await using var client = await ConnectAsync(front, "shop.example");
        await client.WriteAsync(
            Encoding.ASCII.GetBytes("POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: "
                + $"500000\r\n\r\n{new string('y', 500_000)}"), TestContext.Current.CancellationToken);

        Assert.EndsWith(page, (await ReadAllAsync(client)).TrimEnd(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Renewed_files_are_taken_and_broken_ones_are_not()
    {
        var (certificate, key) = authority.Write(folder.Path, "shop", "shop.example");
        await using var front = await FrontWithoutWorkers.StartTlsAsync(new TlsSettings { CertFiles = [certificate], KeyFiles = [key] });
        var first = await PrintAsync(front);

        await File.WriteAllTextAsync(key, "broken", TestContext.Current.CancellationToken);
        front.Certificates.Look();
        Assert.Equal(first, await PrintAsync(front));

        authority.Write(folder.Path, "shop", "shop.example");
        front.Certificates.Look();
        Assert.NotEqual(first, await PrintAsync(front));
    }

    [Fact]
    public async Task Who_must_show_a_certificate_and_shows_none_is_not_served()
    {
        var authorities = folder.Write("ca.pem", authority.RootPem);
        var tls = Named("shop.example") with { CaCerts = authorities, CertReqs = ClientCertificateRule.Required };
        await using var front = await FrontWithoutWorkers.StartTlsAsync(tls);

        await Assert.ThrowsAnyAsync<Exception>(() => LivezAsync(front, ClientOptions("shop.example")));

        using var stranger = new TestAuthority();
        await Assert.ThrowsAnyAsync<Exception>(() =>
            LivezAsync(front, With(stranger.Sign(rsa: false, DateTimeOffset.UtcNow.AddDays(1), "ann"), stranger)));

        Assert.StartsWith("HTTP/1.1 200 ", await LivezAsync(
            front, With(authority.Sign(rsa: false, DateTimeOffset.UtcNow.AddDays(1), "ann"), authority)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_connection_is_counted_with_what_TLS_takes_until_it_ends()
    {
        await using var front = await FrontWithoutWorkers.StartTlsAsync(Named("shop.example"));
        await using (var client = await ConnectAsync(front, "shop.example"))
        {
            await client.WriteAsync("GET /livez HTTP/1.1\r\nHost: a\r\n\r\n"u8.ToArray(), TestContext.Current.CancellationToken);
            await ReadHeadAsync(client);
            Assert.True(front.Memory!.Used >= ClientConnection.CostWithoutBlock + ClientConnection.TlsCost);
        }
        await Patience.UntilAsync(() => front.Memory!.Used == 0, "nothing is held");
    }

    private static async Task<string> LivezAsync(FrontWithoutWorkers front, SslClientAuthenticationOptions options)
    {
        await using var client = await ConnectAsync(front, options);
        await client.WriteAsync("GET /livez HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"u8.ToArray(),
            TestContext.Current.CancellationToken);
        return await ReadHeadAsync(client);
    }

    private SslClientAuthenticationOptions With(X509Certificate2 certificate, TestAuthority signer)
    {
        var options = ClientOptions("shop.example");
        options.ClientCertificateContext = SslStreamCertificateContext.Create(certificate, signer.Between, offline: true);
        return options;
    }

    private TlsSettings Named(params string[] names)
    {
        var pairs = names.Select((name, i) => authority.Write(folder.Path, $"certificate{i}", name)).ToList();
        return new TlsSettings
        {
            CertFiles = [.. pairs.Select(static pair => pair.Certificate)],
            KeyFiles = [.. pairs.Select(static pair => pair.Key)],
        };
    }

    private SslClientAuthenticationOptions ClientOptions(string name) => new()
    {
        TargetHost = name,
        RemoteCertificateValidationCallback = (_, certificate, given, _) =>
        {
            using var chain = new X509Chain();
            chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            chain.ChainPolicy.CustomTrustStore.Add(authority.Root);
            chain.ChainPolicy.ExtraStore.AddRange(given!.ChainPolicy.ExtraStore);
            chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
            return chain.Build((X509Certificate2)certificate!);
        },
    };

    private Task<SslStream> ConnectAsync(FrontWithoutWorkers front, string name) => ConnectAsync(front, ClientOptions(name));

    private static async Task<SslStream> ConnectAsync(FrontWithoutWorkers front, SslClientAuthenticationOptions options)
    {
        var client = new TcpClient();
        await client.ConnectAsync(front.EndPoint, TestContext.Current.CancellationToken);
        var stream = new SslStream(client.GetStream());
        try
        {
            await stream.AuthenticateAsClientAsync(options, TestContext.Current.CancellationToken);
            return stream;
        }
        catch
        {
            await stream.DisposeAsync();
            throw;
        }
    }

    private async Task<string> SubjectAsync(FrontWithoutWorkers front, string name)
    {
        await using var client = await ConnectAsync(front, name);
        return client.RemoteCertificate!.Subject;
    }

    private async Task<string> PrintAsync(FrontWithoutWorkers front)
    {
        await using var client = await ConnectAsync(front, "shop.example");
        return client.RemoteCertificate!.GetCertHashString();
    }

    private static async Task<string> ReadAllAsync(Stream stream) =>
        await new StreamReader(stream, Encoding.Latin1).ReadToEndAsync(TestContext.Current.CancellationToken);

    private static async Task<string> ReadHeadAsync(Stream stream)
    {
        var head = new StringBuilder();
        var one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            Assert.True(await stream.ReadAsync(one, TestContext.Current.CancellationToken) == 1, $"the end came after: {head}");
            head.Append((char)one[0]);
        }
        var length = System.Text.RegularExpressions.Regex.Match(head.ToString(), "Content-Length: (\\d+)").Groups[1].Value;
        await stream.ReadExactlyAsync(new byte[int.Parse(length, System.Globalization.CultureInfo.InvariantCulture)],
            TestContext.Current.CancellationToken);
        return head.ToString();
    }
}
