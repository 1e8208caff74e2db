using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Hotplate.Tests.Serving;

/// <summary>The fragments for nginx, Apache and HAProxy that docs/deploy shows: the programs take them, and requests through them are right.</summary>
[Trait("needs", "nginx haproxy apache2")]
public sealed partial class DocumentedProxyTests
{
    private const int Requests = 200;

    /// <summary>What a client may write to be taken for somebody else.</summary>
    private static readonly (string Name, string Value)[] s_forged =
    [
        ("X-Forwarded-For", "192.0.2.7"), ("X-Forwarded-Proto", "gopher"), ("X-Forwarded-Host", "evil.example"), ("X-Forwarded-Port", "31337"),
        ("X-Forwarded-Prefix", "/evil"), ("X-Request-Id", "forged"),
    ];

    [Fact]
    public async Task Nginx()
    {
        var program = ProxyProgram.Find("nginx");
        using var folder = new TemporaryFolder();
        using var proxy = new ProxyProgram(new TemporaryFolder());
        await using var server = await ServerAsync();
        var fragments = DocumentedPage.Of("docs/deploy/nginx.md").Blocks("nginx").ToList();
        folder.Write("static/style.css", "body {}");
        var site = fragments[0].Replace("127.0.0.1:8000", new Uri(server.Addresses[0]).Authority, StringComparison.Ordinal)
            .Replace("listen 80;", $"listen 127.0.0.1:{proxy.Port};", StringComparison.Ordinal)
            .Replace("listen 443 ", $"listen 127.0.0.1:{proxy.TlsPort} ", StringComparison.Ordinal)
            .Replace("location / { proxy_pass", fragments[1].Replace("/srv/shop/static", folder.File("static"), StringComparison.Ordinal) + "location / { proxy_pass", StringComparison.Ordinal);
        var file = folder.Write("nginx.conf", $$"""
            user {{Environment.UserName}}; daemon off; master_process off; pid {{folder.File("pid")}}; error_log {{folder.File("errors")}};
            events { }
            http {
                access_log off; client_body_temp_path {{folder.File("1")}}; proxy_temp_path {{folder.File("2")}};
                fastcgi_temp_path {{folder.File("3")}}; uwsgi_temp_path {{folder.File("4")}}; scgi_temp_path {{folder.File("5")}};
                {{Certified(site, proxy)}}
            }
            """);
        await ProxyProgram.CheckAsync(program, "-t", "-q", "-c", file);
        await proxy.StartAsync(program, "-c", file);
        using var browser = proxy.Browser();
        Assert.Equal("body {}", await browser.GetStringAsync("https://shop.example/static/style.css", TestContext.Current.CancellationToken));
        await RequestsAreRightAsync(browser);
    }

    [Fact]
    public async Task The_first_half_of_nginx_while_there_is_no_certificate()
    {
        var program = ProxyProgram.Find("nginx");
        using var folder = new TemporaryFolder();
        // What the page calls the first server: to the empty line before the second.
        var fragment = DocumentedPage.Of("docs/deploy/nginx.md").Blocks("nginx").First();
        var site = fragment[fragment.IndexOf("server {\n    listen 80;", StringComparison.Ordinal)..].Split("\n\n")[0];
        await ProxyProgram.CheckAsync(program, "-t", "-q", "-c", folder.Write("nginx.conf", $"pid {folder.File("pid")};\nevents {{ }}\nhttp {{ access_log off;\n{site}\n}}\n"));
    }

    [Fact]
    public async Task Apache()
    {
        var program = ProxyProgram.Find("apache2");
        using var folder = new TemporaryFolder();
        using var proxy = new ProxyProgram(new TemporaryFolder());
        await using var server = await ServerAsync();
        var fragments = DocumentedPage.Of("docs/deploy/apache.md").Blocks("apache").ToList();
        folder.Write("static/style.css", "body {}");
        var modules = new[] { "mpm_event", "authz_core", "alias", "ssl", "proxy", "proxy_http", "headers" };
        var site = fragments[0].Replace("127.0.0.1:8000", new Uri(server.Addresses[0]).Authority, StringComparison.Ordinal)
            .Replace("*:80>", $"127.0.0.1:{proxy.Port}>", StringComparison.Ordinal)
            .Replace("*:443>", $"127.0.0.1:{proxy.TlsPort}>", StringComparison.Ordinal)
            .Replace("    ProxyPass  ", fragments[1].Replace("/srv/shop/static", folder.File("static"), StringComparison.Ordinal) + "    ProxyPass  ", StringComparison.Ordinal);
        var file = folder.Write("apache.conf", $"""
            ServerRoot {folder.Path}
            ServerName localhost
            DefaultRuntimeDir {folder.Path}
            PidFile {folder.File("pid")}
            ErrorLog {folder.File("errors")}
            {string.Join('\n', modules.Select(static name => $"LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so"))}
            Listen 127.0.0.1:{proxy.Port}
            Listen 127.0.0.1:{proxy.TlsPort}
            {Certified(site, proxy)}
            """);
        // Its processes are another user's when root starts it.
        await FinishedProgram.OutputOfAsync("chmod", "-R", "a+rX", folder.Path);
        await ProxyProgram.CheckAsync(program, "-t", "-f", file);
        await proxy.StartAsync(program, "-D", "FOREGROUND", "-f", file);
        using var browser = proxy.Browser();
        Assert.Equal("body {}", await browser.GetStringAsync("https://shop.example/static/style.css", TestContext.Current.CancellationToken));
        await RequestsAreRightAsync(browser);
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task HAProxy(bool http2)
    {
        var program = ProxyProgram.Find("haproxy");
        using var folder = new TemporaryFolder();
        using var proxy = new ProxyProgram(new TemporaryFolder());
        await using var server = await ServerAsync(http2 ? "h2c:127.0.0.1:0" : "127.0.0.1:0");
        var page = DocumentedPage.Of("docs/deploy/haproxy.md");
        var site = page.Blocks("haproxy").First();
        await ProxyProgram.CheckAsync(program, "-c", "-q", "-f", folder.Write("tcp.cfg", page.Blocks("haproxy").Last()));
        if (http2)
        {
            site = site.Replace("server one 127.0.0.1:8000 check inter 2s", Http2Line().Match(page.Text).Groups[1].Value, StringComparison.Ordinal);
        }
        site = site.Replace("127.0.0.1:8000", new Uri(server.Addresses[0]).Authority, StringComparison.Ordinal)
            .Replace("bind :80\n", $"bind 127.0.0.1:{proxy.Port}\n", StringComparison.Ordinal)
            .Replace("bind :443 ", $"bind 127.0.0.1:{proxy.TlsPort} ", StringComparison.Ordinal)
            // A machine with much to do may take longer than a site should.
            .Replace("timeout connect 5s", "timeout connect 10m\n    timeout check 10m", StringComparison.Ordinal)
            .Replace("/etc/haproxy/certs/shop.example.pem", proxy.Both, StringComparison.Ordinal);
        var file = folder.Write("haproxy.cfg", site);
        await ProxyProgram.CheckAsync(program, "-c", "-q", "-f", file);
        await proxy.StartAsync(program, "-db", "-f", file);
        using var browser = proxy.Browser();
        await RequestsAreRightAsync(browser);
    }

    private static Task<ServerProcess> ServerAsync(string bind = "127.0.0.1:0") => ServerProcess.StartAsync("environ", "-b", bind, "--forwarded-allow-ips", "127.0.0.1/32");

    private static string Certified(string site, ProxyProgram proxy) =>
        site.Replace("/etc/letsencrypt/live/shop.example/fullchain.pem", proxy.Certificate, StringComparison.Ordinal)
            .Replace("/etc/letsencrypt/live/shop.example/privkey.pem", proxy.Key, StringComparison.Ordinal);

    private static async Task RequestsAreRightAsync(HttpClient browser)
    {
        var stop = TestContext.Current.CancellationToken;
        using (var redirect = await browser.GetAsync("http://shop.example/a?b", stop))
        {
            Assert.Equal((HttpStatusCode.MovedPermanently, "https://shop.example/a?b"), (redirect.StatusCode, redirect.Headers.Location?.ToString()));
        }
        for (var i = 0; i < Requests; i++)
        {
            using var request = new HttpRequestMessage(i % 2 == 0 ? HttpMethod.Get : HttpMethod.Post, $"https://shop.example/a%2Fb?{i}");
            if (request.Method == HttpMethod.Post)
            {
                request.Content = new StringContent(new string('x', i * 100));
            }
            foreach (var (name, value) in s_forged)
            {
                request.Headers.Add(name, value);
            }
            using var answer = await browser.SendAsync(request, stop);
            var text = await answer.Content.ReadAsStringAsync(stop);
            Assert.True(answer.StatusCode == HttpStatusCode.OK, $"{i}: {answer.StatusCode} {text}");
            var environ = JsonDocument.Parse(text).RootElement.GetProperty("environ");
            // The proxy says on which port it listens, and the test has it on another than 443.
            Assert.Equal((ProxyProgram.Client, "https", "shop.example", ""), (Value("REMOTE_ADDR"), Value("wsgi.url_scheme"), Value("HTTP_HOST")?.Split(':')[0], Value("SCRIPT_NAME")));
            Assert.Equal(("/a/b", $"{i}"), (Value("PATH_INFO"), Value("QUERY_STRING")));
            Assert.NotEqual("31337", Value("SERVER_PORT"));
            Assert.NotEqual("forged", Value("hotplate.request_id"));

            string? Value(string name) => environ.GetProperty(name).GetProperty("value").GetString();
        }
    }

    [GeneratedRegex("`(server one 127.0.0.1:8000 proto h2[^`]*)`")]
    private static partial Regex Http2Line();
}
