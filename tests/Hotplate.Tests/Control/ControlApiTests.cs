using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Hotplate.Tests.Control;

/// <summary>The control API over HTTP: what docs/openapi.json promises, through a server with two applications.</summary>
public sealed class ControlApiTests : IDisposable
{
    private const string File = """
        bind = "127.0.0.1:0"
        workers = 1
        [apps.one]
        target = "app:app"
        [apps.two]
        target = "app:app"
        [[routes]]
        path = "/one/*"
        app = "one"
        [[routes]]
        path = "/two/*"
        app = "two"
        """;

    private readonly TemporaryFolder folder = new();

    public ControlApiTests() => folder.Write("app.py", """
        import os, time
        def app(environ, start_response):
            if environ["QUERY_STRING"] == "slow":
                time.sleep(30)
            start_response("200 OK", [])
            return [f"{os.getpid()} {os.environ.get('COLOUR', '')}".encode()]
        """);

    private string Socket => folder.File("control");

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task It_tells_what_the_commands_tell()
    {
        await using var server = await StartAsync();
        using var http = ControlConnection.To(Socket);
        var status = await JsonAsync(http, "/v1/status");
        Assert.Equal(server.Pid, (int)status["pid"]!);
        Assert.Equal(["one", "two"], status["apps"]!.AsArray().Select(static app => (string)app!["app"]!));
        Assert.True(JsonNode.DeepEquals((await JsonAsync(http, "/v1/apps/two"))["target"], (await JsonAsync(http, "/v1/apps"))[1]!["target"]));
        Assert.Empty((await JsonAsync(http, "/v1/requests")).AsArray());
        Assert.Equal(2, (await JsonAsync(http, "/v1/stacks")).AsArray().Count);
        var routing = await JsonAsync(http, "/v1/routes?url=/two/a");
        Assert.Equal("application two", (string)routing["action"]!);
        Assert.Empty(routing["limits"]!.AsArray());
        Assert.Equal("taken", (string)routing["routes"]!.AsArray().Single(static route => (string)route!["path"]! == "/two/*")!["verdict"]!);
        await server.StopAsync();
    }

    [Fact]
    public async Task It_does_what_the_commands_do()
    {
        await using var server = await StartAsync();
        using var http = ControlConnection.To(Socket);
        var before = (await server.GetAsync("/one")).Text;
        Assert.Equal("generation 2 serves", (string)(await SendAsync(http, "POST", "/v1/apps/one/reload"))["message"]!);
        Assert.NotEqual(before, (await server.GetAsync("/one")).Text);
        Assert.StartsWith("two is paused", (string)(await SendAsync(http, "POST", "/v1/apps/two/pause"))["message"]!, StringComparison.Ordinal);
        var waiting = server.GetAsync("/two");
        await Patience.UntilAsync(async () => (int)(await JsonAsync(http, "/v1/apps/two"))["waiting"]! == 1, "one waits");
        Assert.Equal("two serves again: 1 request waited", (string)(await SendAsync(http, "POST", "/v1/apps/two/resume"))["message"]!);
        Assert.Equal(200, (await waiting).Status);
        Assert.Equal("one is to have 2 workers, and had 1", (string)(await SendAsync(http, "POST", "/v1/apps/one/scale", """{"workers": 2}"""))["message"]!);
        await Patience.UntilAsync(
            async () => (await JsonAsync(http, "/v1/apps/one"))["generations"]![0]!["workers"]!.AsArray().Count(
                static worker => (string)worker!["state"]! == "ready") == 2, "there are two");
        var slow = server.GetAsync("/one?slow");
        JsonNode? id = null;
        await Patience.UntilAsync(async () => (id = (await JsonAsync(http, "/v1/requests")).AsArray().FirstOrDefault()?["id"]) is not null, "it runs");
        Assert.Contains("was ended", (string)(await SendAsync(http, "DELETE", $"/v1/requests/{id}"))["message"]!, StringComparison.Ordinal);
        Assert.Equal(503, (await slow).Status);
        Assert.Equal($"process {server.Pid} stops", (string)(await SendAsync(http, "POST", "/v1/stop"))["message"]!);
        Assert.Equal(0, await server.ExitAsync());
    }

    [Fact]
    public async Task The_configuration_is_changed_by_path_as_a_whole_or_not_at_all()
    {
        await using var server = await StartAsync();
        using var http = ControlConnection.To(Socket);
        Assert.Equal("app:app", (string)(await JsonAsync(http, "/v1/config/apps/one/target"))!);
        var two = (await server.GetAsync("/two")).Text;

        Assert.Equal("one: changed, env", (string)(await SendAsync(http, "PUT", "/v1/config/apps/one/env", """{"COLOUR": "red"}"""))["message"]!);
        Assert.EndsWith(" red", (await server.GetAsync("/one")).Text, StringComparison.Ordinal);
        Assert.Equal(
            "routes: changed",
            (string)(await SendAsync(http, "POST", "/v1/config/routes", """{"path": "/old", "redirect": "/one"}"""))["message"]!);
        Assert.Equal(302, (await server.GetAsync("/old")).Status);
        Assert.Equal("routes: changed", (string)(await SendAsync(http, "DELETE", "/v1/config/routes/2"))["message"]!);
        Assert.Equal(404, (await server.GetAsync("/old")).Status);
        var patch = """{"apps": {"one": {"env": {"COLOUR": "blue"}, "threads": 2}}}""";
        Assert.Equal("one: changed, env, threads", (string)(await SendAsync(http, "PATCH", "/v1/config", patch))["message"]!);
        Assert.EndsWith(" blue", (await server.GetAsync("/one")).Text, StringComparison.Ordinal);
        Assert.Equal(two, (await server.GetAsync("/two")).Text);

        // What is wrong changes nothing, and what is only tried neither.
        var before = await http.GetStringAsync("/v1/config", CancellationToken.None);
        var refused = await SendAsync(http, "PUT", "/v1/config/apps/one/threads", "\"many\"", HttpStatusCode.BadRequest);
        Assert.Contains("threads", (string)refused["message"]!, StringComparison.Ordinal);
        await SendAsync(http, "PUT", "/v1/config/apps/one/treads", "2", HttpStatusCode.BadRequest);
        await SendAsync(http, "PUT", "/v1/config", "[1]", HttpStatusCode.BadRequest);
        await SendAsync(http, "PUT", "/v1/config", "{", HttpStatusCode.BadRequest);
        await SendAsync(http, "PUT", "/v1/config/bind", "null", HttpStatusCode.BadRequest);
        await SendAsync(http, "DELETE", "/v1/config/apps/three", null, HttpStatusCode.NotFound);
        await SendAsync(http, "PUT", "/v1/config/apps/one/target", "\"nothing:app\"", HttpStatusCode.BadRequest);
        Assert.Equal("one: changed, threads", (string)(await SendAsync(http, "PUT", "/v1/config/apps/one/threads?dry_run=true", "5"))["message"]!);
        Assert.Equal(before, await http.GetStringAsync("/v1/config", CancellationToken.None));
        Assert.EndsWith(" blue", (await server.GetAsync("/one")).Text, StringComparison.Ordinal);

        // The file is what a new start and HUP read.
        Assert.Equal("one: changed, env, threads", (string)(await SendAsync(http, "POST", "/v1/apply"))["message"]!);
        Assert.EndsWith(" ", (await server.GetAsync("/one")).Text, StringComparison.Ordinal);
        await server.StopAsync();
    }

    [Fact]
    public async Task Nobody_overwrites_what_another_has_changed_meanwhile()
    {
        await using var server = await StartAsync();
        using var http = ControlConnection.To(Socket);
        using var read = await http.GetAsync("/v1/config", CancellationToken.None);
        var tag = read.Headers.ETag!.ToString();
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(http, tag, "red")).StatusCode);
        Assert.Equal(HttpStatusCode.PreconditionFailed, (await SendAsync(http, tag, "blue")).StatusCode);
        Assert.EndsWith(" red", (await server.GetAsync("/one")).Text, StringComparison.Ordinal);
        var results = await Task.WhenAll(Enumerable.Range(0, 5).Select(number => SendAsync(http, null, $"c{number}")));
        Assert.All(results, static result => Assert.Equal(HttpStatusCode.OK, result.StatusCode));
        await server.StopAsync();

        static Task<HttpResponseMessage> SendAsync(HttpClient http, string? tag, string colour)
        {
            var request = new HttpRequestMessage(HttpMethod.Put, "/v1/config/apps/one/env/COLOUR")
            {
                Content = new StringContent($"\"{colour}\"", Encoding.UTF8, "application/json"),
            };
            if (tag is not null)
            {
                request.Headers.Add("If-Match", tag);
            }
            return http.SendAsync(request);
        }
    }

    [Theory]
    [InlineData("GET", "/", 404)]
    [InlineData("GET", "/v2/status", 404)]
    [InlineData("GET", "/v1/dance", 404)]
    [InlineData("POST", "/v1/status", 405)]
    [InlineData("GET", "/v1/stop", 405)]
    [InlineData("GET", "/v1/apps/one/reload", 405)]
    [InlineData("POST", "/v1/apps/three/reload", 404)]
    [InlineData("POST", "/v1/apps/one/dance", 404)]
    [InlineData("POST", "/v1/apps/one/scale", 400)]
    [InlineData("DELETE", "/v1/requests/nobody", 404)]
    [InlineData("GET", "/v1/routes", 400)]
    [InlineData("GET", "/v1/config/nothing", 404)]
    public async Task What_is_not_there_is_told_with_what_is(string method, string path, int status)
    {
        await using var server = await StartAsync();
        using var http = ControlConnection.To(Socket);
        var told = await SendAsync(http, method, path, null, (HttpStatusCode)status);
        Assert.NotEqual(0, (int)told["code"]!);
        Assert.StartsWith("HP4", (string)told["error"]!, StringComparison.Ordinal);
        Assert.True(((string)told["message"]!).Length > 20);
        Assert.Equal(0, (await ClientCommand.RunAsync("status", "--control", Socket)).ExitCode);
    }

    [Fact]
    public async Task The_document_names_every_path_and_member_that_there_is()
    {
        await using var server = await StartAsync();
        using var http = ControlConnection.To(Socket);
        var document = await JsonAsync(http, "/v1/openapi.json");
        foreach (var (path, operations) in document["paths"]!.AsObject())
        {
            foreach (var (method, operation) in operations!.AsObject().Where(static one => one.Key != "parameters"))
            {
                // Asked with another method than those it has, every path says which it has: the same ones.
                using var question = new HttpRequestMessage(HttpMethod.Options, path.Replace("{app}", "one", StringComparison.Ordinal));
                using var answer = await http.SendAsync(question, CancellationToken.None);
                Assert.Equal(HttpStatusCode.MethodNotAllowed, answer.StatusCode);
                Assert.Contains(method.ToUpperInvariant(), answer.Content.Headers.Allow);
                Assert.NotNull(operation!["summary"]);
            }
        }
        var schemas = document["components"]!["schemas"]!;
        Check(await JsonAsync(http, "/v1/status"), schemas["server"]!);
        foreach (var app in (await JsonAsync(http, "/v1/apps")).AsArray())
        {
            Check(app!, schemas["app"]!);
        }
        Check(await JsonAsync(http, "/v1/routes?url=/one"), schemas["routing"]!);
        await server.StopAsync();

        void Check(JsonNode value, JsonNode schema)
        {
            if ((string?)schema["$ref"] is { } reference)
            {
                schema = schemas[reference.Split('/')[^1]]!;
            }
            switch (value)
            {
                case JsonArray array:
                    array.ToList().ForEach(item => Check(item!, schema["items"]!));
                    break;
                case JsonObject members when schema["properties"] is JsonObject properties:
                    Assert.Empty(members.Select(static one => one.Key).Except(properties.Select(static one => one.Key)));
                    Assert.Empty(schema["required"]!.AsArray().Select(static one => (string)one!).Except(members.Select(static one => one.Key)));
                    members.ToList().ForEach(member => Check(member.Value!, properties[member.Key]!));
                    break;
                default:
                    Assert.True(schema["enum"] is not JsonArray words || words.Any(word => JsonNode.DeepEquals(word, value)), value.ToJsonString());
                    break;
            }
        }
    }

    [Fact]
    public async Task Curl_can_ask()
    {
        await using var server = await StartAsync();
        var text = await FinishedProgram.OutputOfAsync("curl", "-s", "--unix-socket", Socket, "http://hotplate/v1/config/routes/0/app");
        Assert.Equal("\"one\"\n", text);
    }

    [Fact]
    public async Task A_server_without_a_file_is_changed_too()
    {
        await using var server = await ServerProcess.StartAsync("hello", "--control", Socket, "--workers", "1");
        using var http = ControlConnection.To(Socket);
        Assert.Empty((await JsonAsync(http, "/v1/config")).AsObject());
        Assert.Contains("changed, threads", (string)(await SendAsync(http, "PUT", "/v1/config/threads", "2"))["message"]!, StringComparison.Ordinal);
        Assert.Equal(200, (await server.GetAsync("/")).Status);
        await server.StopAsync();
    }

    private async Task<ServerProcess> StartAsync()
    {
        folder.Write("hotplate.toml", File);
        return await new ServerCommand("") { Directory = folder.Path, Target = "", IsBare = true, Flags = ["--control", Socket] }.StartAsync();
    }

    private static async Task<JsonNode> JsonAsync(HttpClient http, string path) => JsonNode.Parse(await http.GetStringAsync(path))!;

    private static async Task<JsonNode> SendAsync(
        HttpClient http, string method, string path, string? body = null, HttpStatusCode status = HttpStatusCode.OK)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (body is not null)
        {
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        }
        using var answer = await http.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode == status, $"{method} {path}: {(int)answer.StatusCode} {text}");
        return JsonNode.Parse(text)!;
    }
}
