namespace Hotplate.Tests.Serving;

/// <summary>What routes do, through a server: applications, shares, files, redirects, fixed answers, header fields.</summary>
public sealed class RouteServingTests : IDisposable
{
    private const string Apps = """
        bind = "127.0.0.1:0"
        [apps.one]
        chdir = "one"
        target = "app:app"
        [apps.two]
        chdir = "two"
        target = "app:app"

        """;

    private readonly TemporaryFolder folder = new();

    public RouteServingTests()
    {
        foreach (var name in new[] { "one", "two" })
        {
            Directory.CreateDirectory(folder.File(name));
            folder.Write(
                $"{name}/app.py",
                "def app(environ, start_response):\n    start_response('200 OK', [('X-Own', 'yes')])\n"
                    + $"    said = '{name} %s|%s %s' % (environ['SCRIPT_NAME'], environ['PATH_INFO'], environ.get('HTTP_X_WHO'))\n"
                    + "    return [said.encode('latin-1')]\n");
        }
        Directory.CreateDirectory(folder.File("files"));
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_request_goes_where_its_route_leads()
    {
        folder.Write("files/a.txt", "a file");
        folder.Write("files/index.html", "the index");
        await using var server = await StartAsync("""
            [[routes]]
            app = "one"
            [[routes]]
            path = "/two/*"
            mount = "/two"
            app = "two"
            request-headers = { set = { X-Who = "$host" } }
            response-headers = { set = { X-Answer = "edited" }, remove = ["X-Own"] }
            [[routes]]
            path = "/files/*"
            static = "files"
            [[routes]]
            path = "/both/*"
            static = "files"
            fallback = { app = "one" }
            [[routes]]
            path = "/old/*"
            redirect = "/new/$1"
            status = 301
            [[routes]]
            path = "/gone"
            return = 410
            [[routes]]
            path = "/work"
            maintenance = true
            """);
        Assert.Equal("one |/x None", (await server.GetAsync("/x")).Text);
        var two = await server.GetAsync("/two/x");
        Assert.Equal(("two /two|/x plate.test", "edited", null), (two.Text, two["X-Answer"], two["X-Own"]));
        Assert.Equal(("a file", "the index"), ((await server.GetAsync("/files/a.txt")).Text, (await server.GetAsync("/files/")).Text));
        Assert.Equal(404, (await server.GetAsync("/files/none")).Status);
        Assert.Equal(("a file", "one |/both/none None"), ((await server.GetAsync("/both/a.txt")).Text, (await server.GetAsync("/both/none")).Text));
        Assert.Equal(("301", "/new/a"), (await server.GetAsync("/old/a")) is var old ? ($"{old.Status}", old["Location"]!) : default);
        Assert.Equal((410, 503), ((await server.GetAsync("/gone")).Status, (await server.GetAsync("/work")).Status));
        await server.StopAsync();
    }

    [Fact]
    public async Task Whoever_was_dealt_to_an_application_stays_there()
    {
        await using var server = await StartAsync("[[routes]]\napp = { one = 50, two = 50 }\n");
        var first = await server.GetAsync("/");
        var cookie = first["Set-Cookie"]!.Split(';')[0];
        for (var i = 0; i < 8; i++)
        {
            var again = await server.GetAsync("/", $"Cookie: {cookie}");
            Assert.Equal((first.Text, null), (again.Text, again["Set-Cookie"]));
        }
        Assert.Equal(200, (await server.SendAsync("POST", "/", "body"u8.ToArray(), $"Cookie: {cookie}")).Status);
        await server.StopAsync();
    }

    [Fact]
    public async Task A_file_that_becomes_shorter_while_it_is_sent_ends_one_answer_and_nothing_else()
    {
        const long length = 256L << 20;
        await using (var large = File.Create(folder.File("files/large.bin")))
        {
            large.SetLength(length);
        }
        await using var server = await StartAsync("[[routes]]\npath = \"/files/*\"\nstatic = \"files\"\n[[routes]]\napp = \"one\"\n");
        using var client = await server.ConnectAsync();
        await client.RequestAsync("GET", "/files/large.bin", []);
        var answer = await client.ReadHeadAsync();
        Assert.Equal((200, $"{length}"), (answer.Status, answer["Content-Length"]));
        await using (var large = File.OpenWrite(folder.File("files/large.bin")))
        {
            large.SetLength(1);
        }
        var got = 0L;
        while (await client.ReadPieceAsync(answer) is { Length: > 0 } piece)
        {
            got += piece.Length;
        }
        Assert.True(got < length);
        Assert.Equal("one |/ None", (await server.GetAsync("/")).Text);
        Assert.DoesNotContain("NullReference", server.Errors.Text, StringComparison.Ordinal);
        await server.Errors.WaitForAsync("/files/large.bin");
        await server.StopAsync();
    }

    private Task<ServerProcess> StartAsync(string routes)
    {
        folder.Write("hotplate.toml", Apps + routes);
        return new ServerCommand("")
        {
            Directory = folder.Path,
            Target = "",
            IsBare = true,
            Flags = ["--control", folder.File("control"), "--log-level", "debug"],
        }.StartAsync();
    }
}
