using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Hotplate.Tests.Control;
using Hotplate.Tests.House;

namespace Hotplate.Tests.Serving;

/// <summary>
/// The whole server of docs/configuration.md, from its file as it stands there: Flask and Django in virtual environments of their own, one
/// that is broken, files, a redirect, two sites, a share, one that sleeps. All of it is killed, reloaded, paused, led elsewhere and taken
/// away
/// while clients walk through it, and no request fails but those of what was taken away.
/// </summary>
public sealed partial class SceneTests : IDisposable
{
    private const string Shop = "shop.example.org";
    private const string Office = "office.example.org";
    private readonly TemporaryFolder folder = new();

    /// <summary>What a client asks for, and what it must get.</summary>
    private readonly List<Visit> visits = [];
    private Task<int>[] clients = [];

    public SceneTests()
    {
        foreach (var app in new[] { "shop", "shop-next", "admin", "reports", "archive", "media" })
        {
            Directory.CreateDirectory(folder.File(app));
        }
        foreach (var app in new[] { "shop", "shop-next" })
        {
            folder.Write($"{app}/shop.py", $$"""
                import sys
                import flask

                app = flask.Flask(__name__)


                @app.route("/", methods=["GET", "POST"])
                def start():
                    return f"{{app}} {sys.prefix} {flask.request.get_data(as_text=True)}"
                """);
        }
        Directory.CreateDirectory(folder.File("admin/office"));
        folder.Write("admin/office/wsgi.py", """
            import sys

            from django.conf import settings
            from django.core.wsgi import get_wsgi_application
            from django.http import HttpResponse
            from django.urls import path

            settings.configure(ALLOWED_HOSTS=["*"], ROOT_URLCONF=__name__, SECRET_KEY="not one")
            urlpatterns = [path("", lambda request: HttpResponse(f"admin {sys.prefix} {request.path}"))]
            application = get_wsgi_application()
            """);
        folder.Write("reports/reports.py", "import not_installed\n");
        folder.Write("archive/archive.py", """
            def app(environ, start_response):
                start_response("200 OK", [("Content-Type", "text/plain")])
                return [("archive " + environ["SCRIPT_NAME"] + environ["PATH_INFO"]).encode()]
            """);
        folder.Write("media/logo.svg", "<svg/>");
        visits.Add(new Visit(Shop, "/", 200, $"^shop(-next)? {Regex.Escape(folder.Path)}/shop(-next)?/.venv $"));
        visits.Add(new Visit("www." + Shop, "/", 200, "^shop"));
        visits.Add(new Visit(Shop, "/", 200, "^shop(-next)? .* a=1$") { Body = "a=1" });
        visits.Add(new Visit(Shop, "/media/logo.svg", 200, "^<svg/>$"));
        visits.Add(new Visit(Shop, "/old/page?x=1", 301, "") { Location = "/new/page" });
        visits.Add(new Visit(Office, "/admin/", 200, $"^admin {Regex.Escape(folder.Path)}/admin/.venv /admin/$"));
        visits.Add(new Visit(Office, "/reports/", 503, ""));
        visits.Add(new Visit(Office, "/archive/2019", 200, "^archive /archive/2019$"));
        visits.Add(new Visit("nowhere.example.org", "/", 404, ""));
    }

    private string Socket => folder.File("control");

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Clients_notice_nothing_of_what_is_done_to_it()
    {
        foreach (var app in new[] { "shop", "shop-next", "admin" })
        {
            // What is installed with the system's Python is seen in it; the environment is its own all the same.
            await FinishedProgram.OutputOfAsync(
                Pythons.Usual, "-m", "venv", "--without-pip", "--system-site-packages", folder.File($"{app}/.venv"));
        }
        folder.Write("hotplate.toml", Shown().Replace("/srv/", folder.Path + "/", StringComparison.Ordinal)
            .Replace("0.0.0.0:8000", "127.0.0.1:0", StringComparison.Ordinal).Replace("\"15m\"", "\"1s\"", StringComparison.Ordinal));
        await using var server = await new ServerCommand("")
        {
            Directory = folder.Path,
            Target = "",
            IsBare = true,
            FindsPython = true,
            Flags = ["--control", Socket],
        }.StartAsync();
        await server.Errors.WaitForAsync("reports does not run");
        using var over = new CancellationTokenSource();
        clients = [.. Enumerable.Range(0, 4).Select(number => Task.Run(() => WalkAsync(server, number, over.Token)))];
        try
        {
            await DoAllAsync(server);
        }
        finally
        {
            await over.CancelAsync();
        }
        Assert.All(await Task.WhenAll(clients), static walked => Assert.True(walked > 0));
        await server.StopAsync();
    }

    private async Task DoAllAsync(ServerProcess server)
    {
        using var http = ControlConnection.To(Socket);
        foreach (var app in new[] { "shop", "shop-next", "admin" })
        {
            // Killed.
            var pid = await WorkerAsync(http, app);
            server.Signal(ServerProcess.SIGKILL, pid);
            await UntilAsync(async () => await WorkerAsync(http, app) is > 0 and var now && now != pid, $"{app} has another worker");
            // Reloaded.
            Assert.StartsWith("generation 2 serves", await SendAsync(http, "POST", $"/v1/apps/{app}/reload"), StringComparison.Ordinal);
            // Paused, until somebody waits.
            Assert.StartsWith($"{app} is paused", await SendAsync(http, "POST", $"/v1/apps/{app}/pause"), StringComparison.Ordinal);
            await UntilAsync(async () => (int)(await JsonAsync(http, $"/v1/apps/{app}"))["waiting"]! > 0, $"somebody waits for {app}");
            Assert.StartsWith($"{app} serves again", await SendAsync(http, "POST", $"/v1/apps/{app}/resume"), StringComparison.Ordinal);
        }
        // Led elsewhere: the share of the next version grows, and a new path leads to the files.
        Assert.Equal("routes: changed", await SendAsync(http, "PUT", "/v1/config/routes/0/app", """{"shop": 20, "shop-next": 80}"""));
        Assert.Equal("routes: changed", await SendAsync(
            http, "POST", "/v1/config/routes", $$"""{"host": "{{Office}}", "path": "/files/*", "static": "{{folder.File("media")}}"}"""));
        lock (visits)
        {
            visits.Add(new Visit(Office, "/files/logo.svg", 200, "^<svg/>$"));
        }
        // It sleeps when nobody asks for it, and is woken.
        lock (visits)
        {
            visits.RemoveAll(static visit => visit.Path.StartsWith("/archive", StringComparison.Ordinal));
        }
        await UntilAsync(async () => (string)(await JsonAsync(http, "/v1/apps/archive"))["state"]! == "asleep", "the archive sleeps");
        Assert.Equal(200, (await server.GetAsync("/archive/1", $"Host: {Office}")).Status);
        // Mended, by a change alone: what is broken is tried again.
        folder.Write("reports/reports.py", await File.ReadAllTextAsync(folder.File("archive/archive.py"), CancellationToken.None));
        lock (visits)
        {
            visits.RemoveAll(static visit => visit.Path.StartsWith("/reports", StringComparison.Ordinal));
        }
        Assert.Contains("serves", await SendAsync(http, "POST", "/v1/apps/reports/reload"), StringComparison.Ordinal);
        lock (visits)
        {
            visits.Add(new Visit(Office, "/reports/", 200, "^archive /reports/$"));
        }
        // Taken away, with its route: its own requests get 404 from then on, and nobody else's anything.
        lock (visits)
        {
            visits.RemoveAll(static visit => visit.Path.StartsWith("/admin", StringComparison.Ordinal));
            visits.Add(new Visit(Office, "/admin/", 0, ""));
        }
        await SendAsync(http, "PATCH", "/v1/config", WithoutAdmin(await JsonAsync(http, "/v1/config")));
        lock (visits)
        {
            visits.RemoveAll(static visit => visit.Status == 0);
            visits.Add(new Visit(Office, "/admin/", 404, ""));
        }
        var apps = (await JsonAsync(http, "/v1/apps")).AsArray().Select(static app => (string)app!["app"]!);
        Assert.Equal(["archive", "reports", "shop", "shop-next"], apps.Order(StringComparer.Ordinal));
    }

    /// <summary>Waits, as long as all clients get what they must.</summary>
    private Task UntilAsync(Func<Task<bool>> condition, string what) => Patience.UntilAsync(
        async () =>
        {
            foreach (var client in clients.Where(static client => client.IsFaulted))
            {
                await client;
            }
            return await condition();
        },
        what);

    /// <summary>Asks for all of it, over and over, each time on a connection of its own.</summary>
    private async Task<int> WalkAsync(ServerProcess server, int number, CancellationToken over)
    {
        var random = new Random(number);
        var walked = 0;
        while (!over.IsCancellationRequested)
        {
            Visit visit;
            lock (visits)
            {
                visit = visits[random.Next(visits.Count)];
            }
            var body = visit.Body is null ? null : Encoding.ASCII.GetBytes(visit.Body);
            var answer = await server.SendAsync(body is null ? "GET" : "POST", visit.Path, body, $"Host: {visit.Host}");
            bool stands;
            lock (visits)
            {
                // While it was asked for, what it must get may have changed.
                stands = visit.Status != 0 && visits.Contains(visit);
            }
            if (stands)
            {
                Assert.True(visit.Fits(answer), $"{visit}: {answer.Status} {answer.Text}");
            }
            Assert.True(answer.IsComplete, $"{visit}: cut");
            walked++;
        }
        return walked;
    }

    private static string WithoutAdmin(JsonNode config)
    {
        var routes = new JsonArray([.. config["routes"]!.AsArray().Where(static route => route!["app"]?.ToString() != "admin").Select(
            static route => route!.DeepClone())]);
        return new JsonObject { ["apps"] = new JsonObject { ["admin"] = null }, ["routes"] = routes }.ToJsonString();
    }

    private static async Task<int> WorkerAsync(HttpClient http, string app)
    {
        var generations = (await JsonAsync(http, $"/v1/apps/{app}"))["generations"]!.AsArray();
        var ready = generations.Count == 0 ? null : generations[0]!["workers"]!.AsArray().FirstOrDefault(
            static worker => (string)worker!["state"]! == "ready");
        return ready is null ? 0 : (int)ready["pid"]!;
    }

    private static async Task<JsonNode> JsonAsync(HttpClient http, string path) =>
        JsonNode.Parse(await http.GetStringAsync(path, CancellationToken.None))!;

    private static async Task<string> SendAsync(HttpClient http, string method, string path, string? json = null)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path)
        {
            Content = json is null ? null : new StringContent(json, Encoding.UTF8, "application/json"),
        };
        using var answer = await http.SendAsync(request, CancellationToken.None);
        var text = await answer.Content.ReadAsStringAsync(CancellationToken.None);
        Assert.True(answer.IsSuccessStatusCode, $"{method} {path}: {(int)answer.StatusCode} {text}");
        return (string)JsonNode.Parse(text)!["message"]!;
    }

    private static string Shown()
    {
        var page = File.ReadAllText(Path.Combine(Repository.Root, "docs/configuration.md"));
        var section = page[page.IndexOf("## A whole server on one page", StringComparison.Ordinal)..];
        return Toml().Match(section).Groups[1].Value;
    }

    [GeneratedRegex(@"^```toml\n(.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Toml();

    /// <param name="Status">0: whatever comes.</param>
    /// <param name="Text">What the body must look like.</param>
    private sealed record Visit(string Host, string Path, int Status, string Text)
    {
        internal string? Body { get; init; }

        internal string? Location { get; init; }

        internal bool Fits(RawResponse answer) => answer.Status == Status && (Text.Length == 0 || Regex.IsMatch(answer.Text, Text))
            && (Location is null || answer["Location"]!.EndsWith(Location, StringComparison.Ordinal));

        public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{(Body is null ? "GET" : "POST")} {Host}{Path}");
    }
}
