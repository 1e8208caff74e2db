using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;

namespace Hotplate.Tests.Serving;

/// <summary>nginx, Apache and HAProxy take what is generated for them, and pass requests on with everything that a client said of itself replaced.</summary>
[Trait("needs", "nginx apache2 haproxy")]
public sealed class GeneratedProxyTests : IDisposable
{
    private const int Requests = 200;
    private static readonly IPAddress s_client = IPAddress.Parse("127.0.0.2");
    private readonly TemporaryFolder _folder = new();
    private Process? _proxy;

    public GeneratedProxyTests() => File.SetUnixFileMode(_folder.Path, (UnixFileMode)0b111_101_101);

    public static TheoryData<string, string> Cases
    {
        get
        {
            var cases = new TheoryData<string, string>();
            foreach (var proxy in new[] { "nginx", "apache", "haproxy" })
            {
                cases.Add(proxy, "port");
                cases.Add(proxy, "socket");
                cases.Add(proxy, "mount");
            }
            cases.Add("haproxy", "h2c");
            return cases;
        }
    }

    public void Dispose()
    {
        if (_proxy is { HasExited: false })
        {
            _proxy.Kill(entireProcessTree: true);
            _proxy.WaitForExit();
        }
        _proxy?.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task It_is_right_and_two_hundred_requests_go_through_it(string proxy, string way)
    {
        string[] flags = way == "mount" ? ["--mount", "/shop"] : [];
        var bind = way switch { "socket" => $"unix:{_folder.File("hot plate.sock")}?mode=666", "h2c" => "h2c:127.0.0.1:0", _ => "127.0.0.1:0" };
        await using var server = await new ServerCommand("environ") { Flags = ["-b", bind, "-w", "2", .. flags] }.StartAsync();
        bind = bind.Replace("127.0.0.1:0", new Uri(way == "socket" ? "http://x" : server.Addresses[0]).Authority, StringComparison.Ordinal);
        var text = await GeneratedFiles.WriteAsync(proxy, ServerCommand.FolderOf("environ"), _folder.File("made"), ["app:app", "--name", "shop", "-b", bind, .. flags]);
        var port = await StartAsync(proxy, text);
        using var client = Client(port);

        var path = way == "mount" ? "/shop/a%2Fb" : "/a%2Fb";
        await Parallel.ForEachAsync(Enumerable.Range(0, Requests), new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (number, _) =>
        {
            using var request = new HttpRequestMessage(number % 2 == 0 ? HttpMethod.Get : HttpMethod.Post, path);
            request.Headers.Host = $"shop.example:{port}";
            foreach (var (name, value) in new[] { ("For", "192.0.2.9"), ("Proto", "https"), ("Host", "evil.example"), ("Port", "1"), ("Prefix", "/evil") })
            {
                request.Headers.Add("X-Forwarded-" + name, value);
            }
            request.Content = number % 2 == 0 ? null : new ByteArrayContent(new byte[number * 100]);
            using var answer = await client.SendAsync(request, CancellationToken.None);
            var told = await answer.Content.ReadAsStringAsync(CancellationToken.None);
            Assert.True(answer.StatusCode == HttpStatusCode.OK, $"{answer.StatusCode}: {told}\n{server.Errors.Text}");
            var environ = JsonDocument.Parse(told).RootElement.GetProperty("environ");
            Assert.Equal(
                ("127.0.0.2", "http", $"shop.example:{port}", port.ToString(), way == "mount" ? "/shop" : "", "/a/b"),
                (Value("REMOTE_ADDR"), Value("wsgi.url_scheme"), Value("HTTP_HOST"), Value("SERVER_PORT"), Value("SCRIPT_NAME"), Value("PATH_INFO")));
            Assert.Equal(number % 2 == 0 ? "" : (number * 100).ToString(), environ.TryGetProperty("CONTENT_LENGTH", out var length) ? length.GetProperty("value").GetString() : "");

            string? Value(string key) => environ.GetProperty(key).GetProperty("value").GetString();
        });
    }

    private static HttpClient Client(int port) => new(new SocketsHttpHandler
    {
        ConnectCallback = async (context, cancel) =>
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(new IPEndPoint(s_client, 0));
            await socket.ConnectAsync(IPAddress.Loopback, port, cancel);
            return new NetworkStream(socket, ownsSocket: true);
        },
    })
    {
        BaseAddress = new Uri($"http://127.0.0.1:{port}"),
        Timeout = Patience.Limit,
    };

    /// <summary>Checks what was generated, with the port and what surrounds it as the machine's packages have it, and starts the proxy.</summary>
    /// <returns>Its port.</returns>
    private async Task<int> StartAsync(string proxy, string text)
    {
        for (var i = 0; ; i++)
        {
            var port = FreePorts.Take();
            var (program, check, run) = proxy switch { "nginx" => Nginx(text, port), "apache" => Apache(text, port), _ => Haproxy(text, port) };
            Assert.SkipUnless(File.Exists(program), $"{program} is not installed");
            await FinishedProgram.OutputOfAsync(program, check);
            _proxy = Process.Start(new ProcessStartInfo(program, run) { UseShellExecute = false, RedirectStandardError = true, RedirectStandardOutput = true })!;
            // Another may have taken the port meanwhile.
            if (await ListensAsync(port) || i == 3)
            {
                return port;
            }
        }
    }

    private (string Program, string[] Check, string[] Run) Nginx(string text, int port)
    {
        _folder.Write("site.conf", text.With("    listen 80;\n    listen [::]:80;\n", $"    listen 127.0.0.1:{port};\n"));
        var conf = _folder.Write("nginx.conf", $$"""
            daemon off; master_process off; pid {{_folder.File("pid")}}; error_log {{_folder.File("errors")}};
            events { }
            http {
                access_log off; client_body_temp_path {{_folder.File("1")}}; proxy_temp_path {{_folder.File("2")}};
                fastcgi_temp_path {{_folder.File("3")}}; uwsgi_temp_path {{_folder.File("4")}}; scgi_temp_path {{_folder.File("5")}};
                include {{_folder.File("site.conf")}};
            }
            """);
        return ("/usr/sbin/nginx", ["-t", "-e", _folder.File("errors"), "-c", conf], ["-e", _folder.File("errors"), "-c", conf]);
    }

    private (string Program, string[] Check, string[] Run) Apache(string text, int port)
    {
        const string modules = "/usr/lib/apache2/modules";
        string[] loaded = ["mpm_event", "authz_core", "headers", "proxy", "proxy_http"];
        _folder.Write("site.conf", text.With("<VirtualHost *:80>", $"<VirtualHost *:{port}>"));
        var conf = _folder.Write("apache2.conf", $"""
            ServerRoot {_folder.Path}
            DefaultRuntimeDir {_folder.Path}
            PidFile {_folder.File("pid")}
            ErrorLog {_folder.File("errors")}
            ServerName localhost
            Listen 127.0.0.1:{port}
            User nobody
            Group nogroup
            {string.Concat(loaded.Select(static name => $"LoadModule {name}_module {modules}/mod_{name}.so\n"))}
            Include {_folder.File("site.conf")}

            """);
        // What apachectl configtest runs.
        return ("/usr/sbin/apache2", ["-t", "-f", conf], ["-D", "FOREGROUND", "-f", conf]);
    }

    private (string Program, string[] Check, string[] Run) Haproxy(string text, int port)
    {
        text = text.With("    bind :80\n", $"    bind 127.0.0.1:{port}\n");
        text = Environment.UserName == "root" ? text : text.With("    user haproxy\n    group haproxy\n", "");
        var conf = _folder.Write("haproxy.cfg", text);
        return ("/usr/sbin/haproxy", ["-c", "-f", conf], ["-db", "-f", conf]);
    }

    private async Task<bool> ListensAsync(int port)
    {
        var listens = false;
        await Patience.UntilAsync(
            async () =>
            {
                using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                try
                {
                    await socket.ConnectAsync(IPAddress.Loopback, port);
                    listens = !_proxy!.HasExited;
                    return true;
                }
                catch (SocketException)
                {
                    return _proxy!.HasExited;
                }
            },
            "the proxy listens or has ended");
        return listens;
    }
}
