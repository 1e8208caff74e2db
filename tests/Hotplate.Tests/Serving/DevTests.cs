namespace Hotplate.Tests.Serving;

/// <summary><c>hotplate dev</c>: what was saved last answers, and while it is broken a browser here is told why.</summary>
public sealed class DevTests : IDisposable
{
    private const string Local = "Host: localhost";
    private static readonly string[] Browser = ["Accept: text/html,*/*;q=0.8", Local];
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_saved_change_is_what_the_next_request_gets()
    {
        folder.Write("app.py", App("'one'"));
        await using var server = await StartAsync();
        Assert.Equal("one", (await server.GetAsync("/")).Text);
        folder.Write("app.py", App("'two'"));
        await AnswersAsync(server, "two");
        await server.Errors.WaitForAsync("app.py has changed");
        await server.StopAsync();
    }

    [Theory]
    [InlineData("templates/page.html")]
    [InlineData("settings.toml")]
    [InlineData(".env")]
    [InlineData("shop/stock.py")]
    public async Task Templates_configuration_and_modules_count(string file)
    {
        folder.Write(file, "# one");
        folder.Write("app.py", $"loaded = open('{file}').read()\n" + App("loaded"));
        await using var server = await StartAsync();
        Assert.Equal("# one", (await server.GetAsync("/")).Text);
        folder.Write(file, "# two");
        await AnswersAsync(server, "# two");
    }

    [Theory]
    [InlineData("shop.wsgi")]
    [InlineData("./shop")]
    [InlineData("logging.py")]
    [InlineData("time.py")]
    public async Task A_script_is_watched_whatever_it_is_called(string script)
    {
        folder.Write(script, App("'one'"));
        await using var server = await (Command() with { Target = script }).StartAsync();
        Assert.Equal("one", (await server.GetAsync("/")).Text);
        folder.Write(script, App("'two'"));
        await AnswersAsync(server, "two");
    }

    [Fact]
    public async Task A_folder_that_is_made_later_is_watched_too()
    {
        folder.Write("app.py", "import os\nloaded = 'more' if os.path.exists('parts/one.py') else 'none'\n" + App("loaded"));
        await using var server = await StartAsync();
        Assert.Equal("none", (await server.GetAsync("/")).Text);
        folder.Write("parts/one.py", "");
        await AnswersAsync(server, "more");
    }

    [Fact]
    public async Task A_module_from_another_folder_is_watched_too()
    {
        using var library = new TemporaryFolder();
        library.Write("kitchen/__init__.py");
        library.Write("kitchen/plates/hot.py", "heat = 'warm'");
        folder.Write("app.py", "from kitchen.plates import hot\n" + App("hot.heat"));
        await using var server = await StartAsync("--pythonpath", library.Path);
        Assert.Equal("warm", (await server.GetAsync("/")).Text);
        library.Write("kitchen/plates/hot.py", "heat = 'very hot'");
        await AnswersAsync(server, "very hot");
    }

    [Fact]
    public async Task Data_caches_and_environments_do_not_count()
    {
        folder.Write("app.py", "import os\n" + App("str(os.getpid())"));
        folder.Write("node_modules/x/index.html");
        folder.Write(".venv/pyvenv.cfg");
        folder.Write("app.sqlite");
        await using var server = await StartAsync();
        var pid = (await server.GetAsync("/")).Text;
        foreach (var file in new[] { "app.sqlite", "log.txt", "node_modules/x/index.html", ".venv/lib.py", ".git/config.toml", "__pycache__/app.py", ".app.py.swp", "app.py~" })
        {
            folder.Write(file, "changed");
        }
        // What comes last is told last.
        folder.Write("last.py");
        await server.Errors.WaitForAsync("last.py has changed");
        Assert.Single(server.Errors.Lines, line => line.Contains("has changed", StringComparison.Ordinal));
        await Patience.UntilAsync(async () => (await server.GetAsync("/")).Text != pid, "another worker");
    }

    [Fact]
    public async Task Broken_code_is_told_in_the_browser_until_it_is_mended()
    {
        folder.Write("app.py", App("'one'"));
        await using var server = await StartAsync();
        folder.Write("app.py", "def app(:\n    <b>never</b>\n");
        await Patience.UntilAsync(async () => (await server.GetAsync("/", Browser)).Status == 500, "the page says so");
        var page = await server.GetAsync("/any/path", Browser);
        Assert.Equal((500, "text/html; charset=utf-8", "no-store"), (page.Status, page["Content-Type"], page["Cache-Control"]));
        Assert.Contains("SyntaxError", page.Text, StringComparison.Ordinal);
        Assert.Contains("def app(:", page.Text, StringComparison.Ordinal);
        folder.Write("app.py", "# mended\n" + App("'two'"));
        await AnswersAsync(server, "two");
        await server.StopAsync();
    }

    [Fact]
    public async Task What_is_broken_from_the_start_is_told_and_mended_the_same_way()
    {
        folder.Write("app.py", "import nowhere_to_be_found\nprint('<script>alert(1)</script>')");
        await using var server = await StartAsync();
        var page = await server.GetAsync("/", Browser);
        Assert.Contains("nowhere_to_be_found", page.Text, StringComparison.Ordinal);
        folder.Write("app.py", "raise RuntimeError('<script>alert(1)</script>')");
        await Patience.UntilAsync(async () => (await server.GetAsync("/", Browser)).Text.Contains("RuntimeError", StringComparison.Ordinal), "the other mistake");
        page = await server.GetAsync("/", Browser);
        Assert.DoesNotContain("<script>alert", page.Text, StringComparison.Ordinal);
        Assert.Contains("&lt;script&gt;alert(1)", page.Text, StringComparison.Ordinal);
        Assert.StartsWith("HP204", (await server.GetAsync("/", Local)).Text, StringComparison.Ordinal);
        folder.Write("app.py", App("'well'"));
        await AnswersAsync(server, "well");
    }

    [Theory]
    [InlineData("X-Forwarded-For: 203.0.113.7")]
    [InlineData("Forwarded: for=203.0.113.7")]
    [InlineData("Host: evil.example")]
    public async Task Whoever_may_be_elsewhere_gets_a_plain_page(string field)
    {
        folder.Write("app.py", "raise RuntimeError('a secret of the house')");
        await using var server = await StartAsync();
        var page = await server.GetAsync("/", field.StartsWith("Host", StringComparison.Ordinal) ? [field] : [.. Browser, field]);
        Assert.Equal(503, page.Status);
        Assert.DoesNotContain("secret", page.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_load_that_hangs_is_given_up_for_the_next_save()
    {
        folder.Write("app.py", App("'one'"));
        await using var server = await StartAsync();
        folder.Write("app.py", "print('hanging', flush=True)\nimport time\ntime.sleep(3600)");
        await server.Output.WaitForAsync("hanging");
        folder.Write("app.py", "# mended\n" + App("'two'"));
        Assert.Equal("two", (await server.GetAsync("/")).Text);
    }

    [Fact]
    public async Task The_first_load_too()
    {
        folder.Write("app.py", "print('hanging', flush=True)\nimport time\ntime.sleep(3600)");
        await using var server = await StartAsync();
        await server.Output.WaitForAsync("hanging");
        folder.Write("app.py", App("'one'"));
        Assert.Equal("one", (await server.GetAsync("/")).Text);
    }

    [Fact]
    public async Task A_file_that_is_written_at_every_import_does_not_load_for_ever()
    {
        folder.Write("app.py", "open('made.toml', 'w').write('x = 1')\n" + App("'one'"));
        await using var server = await StartAsync();
        folder.Write("app.py", "open('made.toml', 'w').write('x = 1')\n" + App("'two'"));
        await AnswersAsync(server, "two");
    }

    [Fact]
    public async Task One_worker_short_access_lines_and_one_port_for_this_machine_alone()
    {
        folder.Write("app.py", App("str(environ['wsgi.multiprocess'])"));
        await using var server = await (Command() with { IsBare = true, Environment = Variables(("PORT", "0"), ("WEB_CONCURRENCY", "3")), Flags = ["--python", Pythons.Usual] }).StartAsync();
        Assert.StartsWith("http://127.0.0.1:", server.Addresses[0], StringComparison.Ordinal);
        Assert.Equal("False", (await server.GetAsync("/plates")).Text);
        Assert.Matches(@"^\d\d:\d\d:\d\d GET /plates 200 \d+\.\d ms$", await server.Output.WaitForAsync("GET /plates"));
        Assert.Single(server.Workers);
    }

    [Fact]
    public async Task Flasks_debugger_answers_and_its_reloader_stays_off()
    {
        folder.Write("app.py", """
            import os
            from flask import Flask

            app = Flask(__name__)
            app.run(debug=True, port=1)  # does nothing here, as with flask run

            @app.get("/")
            def index():
                return f"{app.debug} {os.getpid()}"

            @app.get("/error")
            def error():
                plate = 17
                raise ValueError("too hot")
            """);
        await using var server = await (Command() with { Needs = ["flask"] }).StartAsync();
        Assert.StartsWith("True ", (await server.GetAsync("/")).Text, StringComparison.Ordinal);
        var page = await server.GetAsync("/error", Browser);
        Assert.Equal(500, page.Status);
        Assert.Contains("EVALEX = true", page.Text, StringComparison.Ordinal);
        Assert.Contains("ValueError: too hot", page.Text, StringComparison.Ordinal);
        Assert.Equal(200, (await server.GetAsync("/?__debugger__=yes&cmd=resource&f=debugger.js")).Status);
        await server.Errors.WaitForAsync("Debugger PIN");
        Assert.Single(server.Workers);
    }

    [Fact]
    public async Task Debug_mode_stays_off_when_it_is_said_or_others_can_reach_it()
    {
        folder.Write("app.py", "from flask import Flask\napp = Flask(__name__)\napp.add_url_rule('/', view_func=lambda: str(app.debug))");
        await using (var off = await (Command("-e", "FLASK_DEBUG=0") with { Needs = ["flask"] }).StartAsync())
        {
            Assert.Equal("False", (await off.GetAsync("/")).Text);
        }
        await using var open = await (Command("-b", "0.0.0.0:0") with { Needs = ["flask"] }).StartAsync();
        await open.Errors.WaitForAsync("open to other machines");
        Assert.Equal("False", (await open.GetAsync("/")).Text);
    }

    [Fact]
    public async Task With_https_localhost_has_a_certificate_that_an_authority_of_the_users_own_signs()
    {
        folder.Write("app.py", App("environ['wsgi.url_scheme']"));
        var kept = folder.File("kept/dev");
        var authority = Path.Combine(kept, "authority.pem");
        await using (var server = await SecureAsync())
        {
            await server.Errors.WaitForAsync("which is new");
            foreach (var host in new[] { "localhost", "127.0.0.1" })
            {
                var port = new Uri(server.Addresses[0]).Port;
                Assert.Equal("https", await FinishedProgram.OutputOfAsync("curl", "-s", "--cacert", authority, $"https://{host}:{port}/"));
            }
            await server.StopAsync();
        }
        Assert.All(Directory.GetFiles(kept), static file =>
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file)));
        var before = await File.ReadAllTextAsync(authority, CancellationToken.None);
        await using (var again = await SecureAsync())
        {
            Assert.DoesNotContain("which is new", again.Errors.Text, StringComparison.Ordinal);
            Assert.Equal(before, await File.ReadAllTextAsync(authority, CancellationToken.None));
        }
        // Who trusts it trusts nothing else with it.
        var forged = folder.File("forged");
        await FinishedProgram.OutputOfAsync(
            "sh",
            "-c",
            $"openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout {forged}.key -out {forged}.pem "
                + $"-subj /CN=bank.example -addext subjectAltName=DNS:bank.example -CA {authority} -CAkey {kept}/authority.key 2>&1");
        var verdict = await FinishedProgram.RunAsync("openssl", ["verify", "-CAfile", authority, forged + ".pem"]);
        Assert.Contains("permitted subtree violation", verdict.Output + verdict.Errors, StringComparison.Ordinal);
        verdict = await FinishedProgram.RunAsync("openssl", ["verify", "-CAfile", authority, Path.Combine(kept, "localhost.pem")]);
        Assert.Equal(0, verdict.ExitCode);

        Task<ServerProcess> SecureAsync() =>
            (Command("--https") with { Environment = Variables(("STATE_DIRECTORY", folder.File("kept"))) }).StartAsync();
    }

    private static string App(string body) => $$"""
        def app(environ, start_response):
            start_response("200 OK", [("Content-Type", "text/plain")])
            return [({{body}}).encode()]

        """;

    private static Dictionary<string, string> Variables(params (string Name, string Value)[] variables) =>
        variables.ToDictionary(variable => variable.Name, variable => variable.Value, StringComparer.Ordinal);

    private static Task AnswersAsync(ServerProcess server, string text) =>
        Patience.UntilAsync(async () => (await server.GetAsync("/")).Text == text, $"the answer is {text}");

    private ServerCommand Command(params string[] flags) => new("") { Verb = "dev", Directory = folder.Path, Flags = flags };

    private Task<ServerProcess> StartAsync(params string[] flags) => Command(flags).StartAsync();
}
