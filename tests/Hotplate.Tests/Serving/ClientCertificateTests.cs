using System.Text.Json;

namespace Hotplate.Tests.Serving;

/// <summary><c>--cert-reqs</c>: what an application is told of who shows a certificate.</summary>
[Trait("needs", "curl openssl")]
public sealed class ClientCertificateTests : IAsyncLifetime
{
    private readonly TestAuthority authority = new();
    private readonly TemporaryFolder folder = new();
    private ServerProcess? server;

    private string Url => $"https://shop.example:{Port}/";

    private string Port => server!.Addresses[0].Split(':')[^1];

    public async ValueTask InitializeAsync()
    {
        var (certificate, key) = authority.Write(folder.Path, "shop", "shop.example");
        authority.Write(folder.Path, "ann", "ann");
        authority.Write(folder.Path, "ben", "ben");
        server = await ServerProcess.StartAsync(
            "environ", "--certfile", certificate, "--keyfile", key, "--ca-certs", folder.Write("ca.pem", authority.RootPem), "--cert-reqs",
            "optional");
    }

    public async ValueTask DisposeAsync()
    {
        if (server is not null)
        {
            await using (server)
            {
                await server.StopAsync();
            }
        }
        folder.Dispose();
        authority.Dispose();
    }

    [Theory]
    [InlineData("--http1.1")]
    [InlineData("--http2")]
    public async Task Who_shows_one_is_named(string version)
    {
        var environ = await AskAsync(version, "--cert", folder.File("ann.pem"), "--key", folder.File("ann.key"));
        Assert.Equal("SUCCESS", Value(environ, "SSL_CLIENT_VERIFY"));
        Assert.Equal(await OpenSslAsync("-subject", "-nameopt", "RFC2253"), "subject=" + Value(environ, "SSL_CLIENT_S_DN"));
        Assert.Equal(await OpenSslAsync("-issuer", "-nameopt", "RFC2253"), "issuer=" + Value(environ, "SSL_CLIENT_I_DN"));
        Assert.Equal(await OpenSslAsync("-serial"), "serial=" + Value(environ, "SSL_CLIENT_M_SERIAL"));
        var print = (await OpenSslAsync("-fingerprint", "-sha256")).Split('=')[1].Replace(":", "", StringComparison.Ordinal);
        Assert.Equal(print, Value(environ, "SSL_CLIENT_FINGERPRINT"), ignoreCase: true);
        Assert.Equal(("TLSv1.3", "on"), (Value(environ, "SSL_PROTOCOL"), Value(environ, "HTTPS")));
        Assert.StartsWith("TLS_", Value(environ, "SSL_CIPHER"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Each_connection_has_its_own()
    {
        foreach (var name in new[] { "ann", "ben", "ann" })
        {
            var environ = await AskAsync("--cert", folder.File(name + ".pem"), "--key", folder.File(name + ".key"));
            Assert.Equal("CN=" + name, Value(environ, "SSL_CLIENT_S_DN"));
            Assert.Null(Value(await AskAsync(), "SSL_CLIENT_S_DN"));
        }
    }

    [Theory]
    [InlineData("--http1.1")]
    [InlineData("--http2")]
    public async Task Who_shows_none_cannot_say_that_it_has(string version)
    {
        var environ = await AskAsync(
            version, "-H", "SSL-Client-Verify: SUCCESS", "-H", "SSL_CLIENT_S_DN: CN=ann", "-H", "Ssl-Client-S-Dn: CN=ann",
            "-H", "SSL-Client-M-Serial: 1", "-H", "SSL-Client-Fingerprint: 1", "-H", "SSL-Cipher: x", "-H", "SSL-Protocol: x",
            "-H", "HTTP-SSL-Client-Verify: SUCCESS", "-H", "Connection: SSL-Client-Verify", "-H", "X-Forwarded-For: 192.0.2.7");
        Assert.Equal("NONE", Value(environ, "SSL_CLIENT_VERIFY"));
        Assert.Equal("TLSv1.3", Value(environ, "SSL_PROTOCOL"));
        Assert.Equal(["SSL_CIPHER", "SSL_CLIENT_VERIFY", "SSL_PROTOCOL"], environ.EnumerateObject().Select(static entry => entry.Name)
            .Where(static name => name.StartsWith("SSL", StringComparison.Ordinal)).Order());
    }

    [Fact]
    public async Task A_session_that_is_resumed_is_still_that_clients()
    {
        var session = folder.File("session");
        var (chain, key) = (folder.File("ann.pem"), folder.File("ann.key"));
        var first = await SessionAsync("-sess_out", session, "-cert", chain, "-cert_chain", chain, "-key", key);
        var second = await SessionAsync("-sess_in", session, "-cert", chain, "-cert_chain", chain, "-key", key);
        Assert.Contains("\"SSL_CLIENT_S_DN\": {\"type\": \"str\", \"value\": \"CN=ann\"}", first, StringComparison.Ordinal);
        Assert.Contains("Reused, TLSv1.3", second, StringComparison.Ordinal);
        Assert.Contains("\"SSL_CLIENT_S_DN\": {\"type\": \"str\", \"value\": \"CN=ann\"}", second, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_none_is_asked_for_nothing_is_said_and_nothing_can_be_forged()
    {
        await using var other = await ServerProcess.StartAsync(
            "environ", "--certfile", folder.File("shop.pem"), "--keyfile", folder.File("shop.key"));
        var port = other.Addresses[0].Split(':')[^1];
        var text = await FinishedProgram.OutputOfAsync(
            "curl", "-sSk", "-H", "SSL-Client-Verify: SUCCESS", "-H", "SSL_CLIENT_VERIFY: SUCCESS", $"https://127.0.0.1:{port}/");
        using var answer = JsonDocument.Parse(text);
        Assert.DoesNotContain(answer.RootElement.GetProperty("environ").EnumerateObject(),
            static entry => entry.Name.StartsWith("SSL", StringComparison.Ordinal));
    }

    private async Task<JsonElement> AskAsync(params string[] arguments)
    {
        var text = await FinishedProgram.OutputOfAsync(
            "curl", ["-sS", "--cacert", folder.File("ca.pem"), "--connect-to", $"shop.example:{Port}:127.0.0.1:{Port}", .. arguments, Url]);
        using var answer = JsonDocument.Parse(text);
        return answer.RootElement.GetProperty("environ").Clone();
    }

    private async Task<string> OpenSslAsync(params string[] arguments) =>
        (await FinishedProgram.OutputOfAsync("openssl", ["x509", "-in", folder.File("ann.pem"), "-noout", .. arguments])).Trim();

    private Task<string> SessionAsync(params string[] arguments) => FinishedProgram.OutputOfAsync(
        "sh",
        [
            "-c",
            "printf 'GET / HTTP/1.1\\r\\nHost: a\\r\\nConnection: close\\r\\n\\r\\n' | openssl s_client -ign_eof \"$@\"",
            "sh",
            "-connect", $"127.0.0.1:{Port}", "-servername", "shop.example", "-CAfile", folder.File("ca.pem"), .. arguments,
        ]);

    private static string? Value(JsonElement environ, string key) =>
        environ.TryGetProperty(key, out var entry) ? entry.GetProperty("value").GetString() : null;
}
