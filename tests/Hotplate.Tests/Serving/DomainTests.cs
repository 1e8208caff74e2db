using System.Globalization;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using Hotplate.Tests.Fixtures;

namespace Hotplate.Tests.Serving;

/// <summary><c>--domain</c> with an authority: pebble.</summary>
[Trait("needs", "pebble curl openssl")]
public sealed class DomainTests : IDisposable
{
    private const string Domain = "shop.example";
    private readonly TemporaryFolder folder = new();

    private string Kept => folder.File("kept");

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_certificate_is_got_by_http_and_served_though_half_the_nonces_are_refused()
    {
        using var pebble = await Pebble.StartAsync(folder, badNonces: 50);
        await using var server = await StartAsync(pebble);
        await server.Errors.WaitForAsync($"a certificate for {Domain} was got from Pebble Intermediate CA");

        Assert.Contains("issuer=CN = Pebble Intermediate CA", await ShownAsync(server), StringComparison.Ordinal);
        Assert.Matches($"(?m)^{Domain} +Pebble Intermediate CA .* good$", await CertificatesAsync());
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(Kept, Domain + ".pem")));
        var port = Port(server, 0);
        var (led, _) = await HttpAsync(server, "/a?b=c");
        Assert.Contains("308 Permanent Redirect", led, StringComparison.Ordinal);
        Assert.Contains($"Location: https://{Domain}:{port}/a?b=c", led, StringComparison.Ordinal);
        Assert.Contains("404 Not Found", (await HttpAsync(server, "/.well-known/acme-challenge/none")).Head, StringComparison.Ordinal);
        await server.StopAsync();
    }

    [Fact]
    public async Task Without_port_80_the_name_is_proved_on_the_port_of_TLS()
    {
        using var pebble = await Pebble.StartAsync(folder);
        await using var server = await StartAsync(pebble, "--http-port", "off");
        await server.Errors.WaitForAsync($"a certificate for {Domain} was got");
    }

    [Fact]
    public async Task A_wildcard_is_proved_in_the_DNS_by_the_users_program()
    {
        using var pebble = await Pebble.StartAsync(folder);
        var program = folder.WriteProgram("dns.sh");
        await File.WriteAllTextAsync(
            program,
            $"#!/bin/sh\nif [ \"$1\" = add ]; then printf %s \"$3\" >'{folder.File("dns")}'/\"$2\"; else rm "
                + $"'{folder.File("dns")}'/\"$2\"; fi\n",
            TestContext.Current.CancellationToken);
        await using var server = await StartAsync(pebble, "--domain", "*.shop.example", "--acme-dns-command", program);
        await server.Errors.WaitForAsync("a certificate for *.shop.example was got");
        Assert.Empty(Directory.GetFiles(folder.File("dns")));
    }

    [Fact]
    public async Task An_authority_that_knows_its_users_is_told_who_asks()
    {
        using var pebble = await Pebble.StartAsync(folder, eab: true);
        var secret = folder.Write("secret", "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W\n");
        await using var server = await StartAsync(pebble, "--acme-eab-kid", "kid-1", "--acme-eab-key-file", secret);
        await server.Errors.WaitForAsync($"a certificate for {Domain} was got");
    }

    [Fact]
    public async Task While_the_authority_is_not_there_a_certificate_that_says_so_is_shown()
    {
        await using var server = await StartAsync("https://127.0.0.1:9/dir", folder.Write("none.pem"));
        await server.Errors.WaitForAsync($"HP321  no certificate for {Domain}: ");
        Assert.Contains("temporary, signed by no authority yet", await ShownAsync(server), StringComparison.Ordinal);
        Assert.Matches($"(?m)^{Domain} +- .*none, 1 failed$", await CertificatesAsync());
    }

    [Fact]
    public async Task Whether_there_is_one_is_told_to_those_who_look_after_the_server()
    {
        await using (var server = await ServeAsync("https://127.0.0.1:9/dir", folder.Write("none.pem"), "--metrics", "127.0.0.1:0"))
        {
            await server.Errors.WaitForAsync($"HP321  no certificate for {Domain}: ");
            Assert.Equal("no certificate is valid\n503", await ReadyAsync(server));
            var metrics = await MetricsAsync(server);
            Assert.Contains($"hotplate_certificate_failures{{name=\"{Domain}\"}} 1\n", metrics, StringComparison.Ordinal);
            Assert.DoesNotContain("hotplate_certificate_expires_seconds{", metrics, StringComparison.Ordinal);
            await server.StopAsync();
        }
        Directory.Delete(Kept, recursive: true);
        using var pebble = await Pebble.StartAsync(folder);
        await using (var server = await StartAsync(pebble, "--metrics", "127.0.0.1:0"))
        {
            await server.Errors.WaitForAsync($"a certificate for {Domain} was got");
            Assert.Equal("ready\n200", await ReadyAsync(server));
            var metrics = await MetricsAsync(server);
            Assert.Contains($"hotplate_certificate_failures{{name=\"{Domain}\"}} 0\n", metrics, StringComparison.Ordinal);
            var expires = Regex.Match(metrics, $"hotplate_certificate_expires_seconds{{name=\"{Domain}\"}} ([0-9]+)\n");
            var at = DateTimeOffset.FromUnixTimeSeconds(long.Parse(expires.Groups[1].Value, CultureInfo.InvariantCulture));
            Assert.True(at > DateTimeOffset.UtcNow);
        }
    }

    [Fact]
    public async Task An_order_that_was_under_way_at_a_kill_is_taken_up_and_none_is_made_anew()
    {
        using var pebble = await Pebble.StartAsync(folder);
        await using (var killed = await LaunchAsync(pebble.Directory, pebble.Trust))
        {
            // Nobody is led to it yet, so that the proof waits.
            await Patience.UntilAsync(
                () => File.Exists(Path.Combine(Kept, Domain + ".order"))
                    && File.ReadAllText(Path.Combine(Kept, Domain + ".order")).Contains("my-order", StringComparison.Ordinal),
                "an order was made");
            killed.Signal(ServerProcess.SIGKILL);
            await killed.ExitAsync();
        }
        await using var server = await StartAsync(pebble);
        await server.Errors.WaitForAsync($"a certificate for {Domain} was got");
        Assert.Equal(1, pebble.Asked("/order-plz"));
    }

    [Fact]
    public async Task Two_servers_that_share_a_folder_order_once_and_a_restart_orders_nothing()
    {
        using var pebble = await Pebble.StartAsync(folder);
        await using (var first = await StartAsync(pebble))
        {
            await using var second = await ServeAsync(pebble.Directory, pebble.Trust);
            await first.Errors.WaitForAsync($"a certificate for {Domain} was got");
            await Patience.UntilAsync(
                async () => (await ShownAsync(second)).Contains("Pebble Intermediate CA", StringComparison.Ordinal),
                    "the second has it too");
            await second.StopAsync();
            await first.StopAsync();
        }
        await using var third = await StartAsync(pebble);
        Assert.Contains("Pebble Intermediate CA", await ShownAsync(third), StringComparison.Ordinal);
        Assert.Equal(1, pebble.Asked("/order-plz"));
    }

    private async Task<ServerProcess> StartAsync(Pebble pebble, params string[] flags)
    {
        var server = await ServeAsync(pebble.Directory, pebble.Trust, flags);
        pebble.Tls.LeadTo(Port(server, 0));
        if (server.Addresses.Count > 1)
        {
            pebble.Http.LeadTo(Port(server, 1));
        }
        return server;
    }

    private Task<ServerProcess> StartAsync(string authority, string trust) => ServeAsync(authority, trust);

    private async Task<ServerProcess> ServeAsync(string authority, string trust, params string[] flags)
    {
        var server = await LaunchAsync(authority, trust, flags);
        await server.ListeningAsync(flags.Contains("off") ? 1 : 2);
        return server;
    }

    private async Task<ServerProcess> LaunchAsync(string authority, string trust, params string[] flags)
    {
        string[] usual = ["--https-port", "127.0.0.1:0", "--acme-server", authority, "--acme-folder", Kept, "-w", "1", "--python",
            Pythons.Usual];
        string[] name = flags.Contains("--domain") ? [] : ["--domain", Domain];
        string[] http = flags.Contains("--http-port") ? [] : ["--http-port", "127.0.0.1:0"];
        return await new ServerCommand("hello")
        {
            Flags = [.. usual, .. name, .. http, .. flags],
            IsBare = true,
            Environment = new Dictionary<string, string> { ["SSL_CERT_FILE"] = trust },
        }.LaunchAsync();
    }

    private static Task<string> ReadyAsync(ServerProcess server) =>
        FinishedProgram.OutputOfAsync("curl", "-sk", "-w", "%{http_code}", $"https://127.0.0.1:{Port(server, 0)}/readyz");

    private static async Task<string> MetricsAsync(ServerProcess server)
    {
        var line = await server.Errors.WaitForAsync("Metrics at: ");
        return await FinishedProgram.OutputOfAsync("curl", "-s", line[line.IndexOf("http://", StringComparison.Ordinal)..]);
    }

    private static int Port(ServerProcess server, int bind) =>
        int.Parse(server.Addresses[bind].Split(':')[^1], CultureInfo.InvariantCulture);

    private static Task<string> ShownAsync(ServerProcess server) => FinishedProgram.OutputOfAsync(
        "sh",
        "-c",
        $"openssl s_client -connect 127.0.0.1:{Port(server, 0)} -servername {Domain} </dev/null 2>/dev/null | openssl x509 -noout -issuer "
            + "-subject");

    private async Task<string> CertificatesAsync() =>
        await FinishedProgram.OutputOfAsync(await BuiltFront.PathAsync(), "certificates", "--acme-folder", Kept);

    private static async Task<(string Head, string Body)> HttpAsync(ServerProcess server, string path)
    {
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", Port(server, 1));
        await using var stream = client.GetStream();
        await stream.WriteAsync(System.Text.Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: {Domain}\r\nConnection: close\r\n\r\n"));
        var answer = (await new StreamReader(stream).ReadToEndAsync()).Split("\r\n\r\n", 2);
        return (answer[0], answer[^1]);
    }
}
