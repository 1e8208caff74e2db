using System.Diagnostics;
using System.Net.Sockets;

namespace Hotplate.Tests.Serving;

/// <summary>Behind the proxies that people have, as they are set up by default.</summary>
[Trait("needs", "nginx haproxy")]
public sealed class BehindProxiesTests
{
    private const int Others = 10;

    [Theory, InlineData("POST"), InlineData("PUT"), InlineData("GET")]
    public async Task Nginx_passes_a_request_without_a_body_on_in_HTTP_1_0_and_it_is_answered(string method)
    {
        using var folder = new TemporaryFolder();
        await using var server = await ServerProcess.StartAsync("environ");
        var settings = $$"""
            daemon off; master_process off; pid {{folder.File("pid")}}; error_log {{folder.File("errors")}};
            events { }
            http {
                access_log off; client_body_temp_path {{folder.File("1")}}; proxy_temp_path {{folder.File("2")}};
                fastcgi_temp_path {{folder.File("3")}}; uwsgi_temp_path {{folder.File("4")}}; scgi_temp_path {{folder.File("5")}};
                server { listen unix:{{folder.File("socket")}}; location / { proxy_pass {{server.Addresses[0]}}; } }
            }
            """;
        using var proxy = Start("nginx", "-c", folder.Write("nginx.conf", settings));
        using var client = await ConnectAsync(proxy, folder.File("socket"));
        await client.RequestAsync(method, "/", ["Connection: close"]);
        var answer = await client.ReadAsync();
        Assert.Equal(200, answer.Status);
        var environ = answer.Json.GetProperty("environ");
        Assert.Equal(method, environ.GetProperty("REQUEST_METHOD").GetProperty("value").GetString());
        proxy.Kill();
    }

    [Fact]
    public async Task A_large_cookie_of_one_costs_nobody_else_on_HAProxys_connection_an_answer()
    {
        using var folder = new TemporaryFolder();
        await using var server = await ServerProcess.StartAsync("slow", "-b", "h2c:127.0.0.1:0");
        var settings = $"""
            defaults
                mode http
                timeout connect 1m
                timeout client 10m
                timeout server 10m
                http-reuse always
            frontend clients
                bind unix@{folder.File("socket")}
                default_backend hotplate
            backend hotplate
                server one {new Uri(server.Addresses[0]).Authority} proto h2

            """;
        using var proxy = Start("haproxy", "-db", "-f", folder.Write("haproxy.cfg", settings));
        List<RawClient> others = [];
        for (var i = 0; i < Others; i++)
        {
            others.Add(await ConnectAsync(proxy, folder.File("socket")));
            await others[i].RequestAsync("GET", "/sleep?s=1", ["Connection: close"]);
        }
        using var large = await ConnectAsync(proxy, folder.File("socket"));
        await large.RequestAsync("GET", "/", [$"Cookie: s={new string('a', 9000)}", "Connection: close"]);
        Assert.Equal(431, (await large.ReadAsync()).Status);
        foreach (var other in others)
        {
            Assert.Equal(200, (await other.ReadAsync()).Status);
            other.Dispose();
        }
        proxy.Kill();
    }

    private static Process Start(string name, params string[] arguments)
    {
        var program = $"/usr/sbin/{name}";
        Assert.SkipUnless(File.Exists(program), $"{name} is not installed");
        return Process.Start(new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardError = true, RedirectStandardOutput = true })!;
    }

    /// <summary>Waits until the proxy listens.</summary>
    private static async Task<RawClient> ConnectAsync(Process proxy, string socket)
    {
        RawClient? client = null;
        await Patience.UntilAsync(
            async () =>
            {
                Assert.False(proxy.HasExited, "the proxy ended");
                try
                {
                    client = await RawClient.ConnectAsync(new UnixDomainSocketEndPoint(socket));
                    return true;
                }
                catch (SocketException)
                {
                    return false;
                }
            },
            "the proxy listens");
        return client!;
    }
}
