using Hotplate.Tests.Fixtures;

namespace Hotplate.Tests.Serving;

/// <summary>TLS as curl and OpenSSL see it, with an application behind it.</summary>
[Trait("needs", "curl openssl")]
public sealed class TlsTests : IAsyncLifetime
{
    private readonly TestAuthority authority = new();
    private readonly TemporaryFolder folder = new();
    private ServerProcess? server;

    private string Url => $"https://shop.example:{Port}";

    private string Port => server!.Addresses[0].Split(':')[^1];

    public async ValueTask InitializeAsync()
    {
        var (certificate, key) = authority.Write(folder.Path, "shop", "shop.example");
        folder.Write("ca.pem", authority.RootPem);
        server = await ServerProcess.StartAsync("environ", "--certfile", certificate, "--keyfile", key);
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
    [InlineData("--http1.1", "1.1")]
    [InlineData("--http2", "2")]
    public async Task The_application_is_told_that_it_is_https(string flag, string version)
    {
        Assert.Equal($"https {version}", await CurlAsync(flag, "-w", " %{http_version}", $"{Url}/?key=wsgi.url_scheme"));
        Assert.Equal("on", await CurlAsync(flag, $"{Url}/?key=HTTPS"));
        Assert.Equal(Port, await CurlAsync(flag, $"{Url}/?key=SERVER_PORT"));
    }

    [Theory]
    [InlineData("-tls1_2")]
    [InlineData("-tls1_3")]
    public async Task A_session_is_resumed(string version)
    {
        var session = folder.File("session");
        var first = await OpenSslAsync(version, "-sess_out", session);
        Assert.Contains("New, TLSv1.", first, StringComparison.Ordinal);
        Assert.Contains("Verify return code: 0 (ok)", first, StringComparison.Ordinal);
        Assert.Contains("Reused, TLSv1.", await OpenSslAsync(version, "-sess_in", session), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Older_versions_are_refused()
    {
        var ended = await FinishedProgram.RunAsync(
            "sh", "-c", $"openssl s_client -connect 127.0.0.1:{Port} -tls1_1 -cipher ALL:@SECLEVEL=0 </dev/null");
        Assert.NotEqual(0, ended.ExitCode);
    }

    [Fact]
    public async Task A_renewed_certificate_is_taken_without_a_restart()
    {
        authority.Write(folder.Path, "shop", "shop.example", "second.example");
        await server!.Errors.WaitForAsync("shop.pem has changed: the new certificate is used");
        Assert.Equal("on", await CurlAsync("--connect-to", $"second.example:{Port}:127.0.0.1:{Port}",
            $"https://second.example:{Port}/?key=HTTPS"));
    }

    [Fact]
    public async Task A_check_looks_at_the_files_too()
    {
        var ended = await FinishedProgram.RunAsync(
            await BuiltFront.PathAsync(), "check", "app:app", "--chdir", ServerCommand.FolderOf("environ"), "--python", Pythons.Usual, "-b",
                "127.0.0.1:0", "--certfile", folder.File("none.pem"));
        Assert.Equal(1, ended.ExitCode);
        Assert.Contains($"HP310  --certfile {folder.File("none.pem")}: there is no such file.", ended.Output + ended.Errors,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_certificate_that_cannot_be_used_ends_the_start()
    {
        var (certificate, _) = authority.Write(folder.Path, "other", "other.example");
        string[] flags = ["--certfile", certificate, "--keyfile", folder.File("shop.key")];
        await using var failed = await new ServerCommand("environ") { Flags = flags }.LaunchAsync();
        Assert.Equal(1, await failed.ExitAsync());
        await failed.Errors.WaitForAsync("that key does not belong to the certificate");
    }

    [Fact]
    public async Task A_client_that_leaves_in_the_middle_of_the_handshake_is_no_error()
    {
        await using var other = await ServerProcess.StartAsync(
            "environ", "--certfile", folder.File("shop.pem"), "--keyfile", folder.File("shop.key"), "--log-level", "debug");
        using (var client = await other.ConnectAsync())
        {
            await client.SendAsync("\x16\x03\x01\x02\0");
            client.Reset();
        }
        await other.Errors.WaitForAsync("no TLS was agreed on");
        await other.StopAsync();
        Assert.DoesNotContain("[ERROR]", other.Errors.Text, StringComparison.Ordinal);
    }

    private Task<string> CurlAsync(params string[] arguments) => FinishedProgram.OutputOfAsync(
        "curl", ["-sS", "--cacert", folder.File("ca.pem"), "--connect-to", $"shop.example:{Port}:127.0.0.1:{Port}", .. arguments]);

    /// <summary>A request is sent and its answer awaited: with TLS 1.3 the ticket comes with it.</summary>
    private Task<string> OpenSslAsync(params string[] arguments) => FinishedProgram.OutputOfAsync(
        "sh",
        "-c",
        "printf 'GET /livez HTTP/1.1\\r\\nHost: a\\r\\nConnection: close\\r\\n\\r\\n' | openssl s_client -ign_eof \"$@\"",
        "sh",
        "-connect",
        $"127.0.0.1:{Port}",
        "-servername",
        "shop.example",
        "-CAfile",
        folder.File("ca.pem"),
        arguments[0],
        arguments[1],
        arguments[2]);
}
