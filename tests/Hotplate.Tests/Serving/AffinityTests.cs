namespace Hotplate.Tests.Serving;

/// <summary>Requests that belong together go to one worker while it lives.</summary>
public sealed class AffinityTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public AffinityTests() => folder.Write("app.py", """
        import os, time
        def app(environ, start_response):
            if "slow" in environ["PATH_INFO"]:
                time.sleep(0.2)
            start_response("200 OK", [])
            return [b"%d" % os.getpid()]
        """);

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("query:sid", "?a=1&sid={0}", null)]
    [InlineData("cookie:session", "", "Cookie: a=b; session={0}")]
    public async Task Requests_with_one_key_are_answered_by_one_worker_wherever_they_come_from(string rule, string query, string? field)
    {
        await using var server = await StartAsync(rule, workers: 3);
        var workers = new HashSet<string>();
        for (var client = 1; client <= 12; client++)
        {
            var first = await AskAsync(client, client);
            workers.Add(first);
            for (var again = 0; again < 4; again++)
            {
                Assert.Equal(first, await AskAsync(client, client + (again * 50)));
            }
        }
        Assert.Equal(3, workers.Count);
        await server.StopAsync();

        async Task<string> AskAsync(int key, int address) => await AskFromAsync(
            server, address, "/" + string.Format(System.Globalization.CultureInfo.InvariantCulture, query, key),
            field is null ? [] : [string.Format(System.Globalization.CultureInfo.InvariantCulture, field, key)]);
    }

    [Fact]
    public async Task A_key_is_where_the_request_without_one_was()
    {
        await using var server = await StartAsync("query:sid", workers: 3);
        for (var client = 1; client <= 9; client++)
        {
            var opened = await AskFromAsync(server, client, "/", []);
            Assert.Equal(opened, await AskFromAsync(server, client, $"/?sid=s{client}", []));
            Assert.Equal(opened, await AskFromAsync(server, client + 100, $"/?sid=s{client}", []));
        }
        await server.StopAsync();
    }

    [Fact]
    public async Task They_wait_for_their_worker_though_others_are_idle_and_go_to_another_when_it_is_dead()
    {
        await using var server = await StartAsync("client", workers: 2, "--threads", "1");
        var all = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => AskFromAsync(server, 7, "/slow", [])));
        Assert.Single(all.Distinct());
        await FinishedProgram.OutputOfAsync("kill", "-9", all[0]);
        await server.Errors.WaitForAsync($"app worker {all[0]} exited");
        var others = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => AskFromAsync(server, 7, "/slow", [])));
        Assert.NotEqual(all[0], Assert.Single(others.Distinct()));
        await server.StopAsync();
    }

    [Fact]
    public async Task Socket_IO_polls_with_several_workers()
    {
        folder.Write("chat.py", """
            from flask import Flask
            from flask_socketio import SocketIO, emit
            app = Flask(__name__)
            server = SocketIO(app, async_mode="threading", allow_upgrades=False)
            @server.on("say")
            def say(text):
                emit("said", text)
            """);
        folder.Write("clients.py", """
            import http.client, json, sys, threading
            good = []
            def ask(connection, method, sid="", body=None):
                connection.request(method, "/socket.io/?EIO=4&transport=polling" + (f"&sid={sid}" if sid else ""), body)
                answer = connection.getresponse()
                return answer.status, answer.read().decode()
            def client(number):
                def fresh():
                    return http.client.HTTPConnection("127.0.0.1", int(sys.argv[1]), timeout=60, source_address=(f"127.0.1.{number}", 0))
                sid = json.loads(ask(fresh(), "GET")[1][1:])["sid"]
                assert ask(fresh(), "POST", sid, "40") == (200, "OK")
                assert ask(fresh(), "GET", sid)[1].startswith("40")
                for turn in range(5):
                    assert ask(fresh(), "POST", sid, f'42["say","{number}-{turn}"]') == (200, "OK")
                    status, text = ask(fresh(), "GET", sid)
                    assert text == f'42["said","{number}-{turn}"]', (status, text)
                good.append(number)
            threads = [threading.Thread(target=client, args=(number,)) for number in range(1, 21)]
            [thread.start() for thread in threads]
            [thread.join() for thread in threads]
            print(len(good))
            """);
        await using var server = await new ServerCommand("")
        {
            Directory = folder.Path,
            Target = "chat:app",
            Needs = ["flask_socketio"],
            Flags = ["--affinity", "query:sid", "--workers", "3"],
        }.StartAsync();
        Assert.Equal("20\n", await FinishedProgram.OutputOfAsync("/usr/bin/python3", folder.File("clients.py"), $"{PortOf(server)}"));
        Assert.DoesNotContain("HP213", server.Errors.Text, StringComparison.Ordinal);
        await server.StopAsync();
    }

    private async Task<ServerProcess> StartAsync(string rule, int workers, params string[] more)
    {
        var server = await new ServerCommand("")
        {
            Directory = folder.Path,
            Flags = ["--affinity", rule, "--workers", $"{workers}", "--control", folder.File("control"), .. more],
        }.StartAsync();
        await server.ServedByAsync(workers, folder.File("control"));
        return server;
    }

    private static int PortOf(ServerProcess server) => ((System.Net.IPEndPoint)server.EndPoint()).Port;

    /// <summary>From one of the addresses that this machine has.</summary>
    private static async Task<string> AskFromAsync(ServerProcess server, int address, string path, string[] fields)
    {
        using var http = new HttpClient(new SocketsHttpHandler
        {
            UseCookies = false,
            ConnectCallback = async (_, giveUp) =>
            {
                var socket = new System.Net.Sockets.Socket(System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Tcp);
                socket.Bind(new System.Net.IPEndPoint(System.Net.IPAddress.Parse($"127.0.2.{address}"), 0));
                await socket.ConnectAsync("127.0.0.1", PortOf(server), giveUp);
                return new System.Net.Sockets.NetworkStream(socket, ownsSocket: true);
            },
        });
        using var request = new HttpRequestMessage(HttpMethod.Get, $"http://127.0.0.1:{PortOf(server)}{path}");
        foreach (var field in fields)
        {
            request.Headers.TryAddWithoutValidation(field.Split(": ")[0], field.Split(": ")[1]);
        }
        using var answer = await http.SendAsync(request);
        Assert.Equal(System.Net.HttpStatusCode.OK, answer.StatusCode);
        return await answer.Content.ReadAsStringAsync();
    }
}
