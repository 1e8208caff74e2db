using System.Text.Json;

namespace Hotplate.Tests.Serving;

/// <summary><c>hotplate serve</c> without a target finds the application, says which and why, and asks when it cannot know.</summary>
public sealed class FoundApplicationTests : IDisposable
{
    private const string Hello = """
        import os
        def app(environ, start_response):
            start_response("200 OK", [])
            return [f"{__name__} {environ['SCRIPT_NAME']} {os.environ.get('WORD', '')}".encode()]

        """;

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Serve_takes_what_is_there_and_says_why()
    {
        folder.Write("wsgi.py", Hello);
        folder.Write("app.py", "raise RuntimeError('nobody imports this to find out')\napp = Flask()\n");
        await using var server = await StartAsync(new ServerCommand("") { Flags = ["--env", "A=b"] });
        Assert.StartsWith("wsgi ", (await server.GetAsync("/")).Text, StringComparison.Ordinal);
        Assert.Contains(
            $"hotplate: no target was given, so wsgi in {folder.Path} is taken (wsgi.py: it defines \"app\"). By its name: hotplate serve wsgi", server.Errors.Text, StringComparison.Ordinal);
        await server.StopAsync();
    }

    [Fact]
    public async Task Dev_finds_it_too()
    {
        folder.Write(".flaskenv", "FLASK_APP='shop:create_app'\n");
        folder.Write("shop/__init__.py", Hello + "def create_app():\n    return app\n");
        await using var server = await StartAsync(new ServerCommand("") { Verb = "dev" });
        Assert.StartsWith("shop ", (await server.GetAsync("/")).Text, StringComparison.Ordinal);
        Assert.Contains("(.flaskenv: FLASK_APP=shop:create_app). By its name: hotplate dev 'shop:create_app()'", server.Errors.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_Django_project_is_served_as_its_settings_say()
    {
        folder.Write("manage.py", "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'site_of_mine.settings')\n");
        folder.Write("site_of_mine/__init__.py");
        folder.Write("site_of_mine/settings.py", "WSGI_APPLICATION = 'site_of_mine.server.app'\n");
        folder.Write("site_of_mine/server.py", Hello);
        await using var server = await StartAsync(new ServerCommand(""));
        Assert.StartsWith("site_of_mine.server ", (await server.GetAsync("/")).Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("serve")]
    [InlineData("check")]
    [InlineData("config")]
    public async Task Of_several_it_takes_none_and_lists_the_commands(string verb)
    {
        folder.Write("app.py", "from flask import Flask\napp = Flask(__name__)\n");
        folder.Write("main.py", "from flask import Flask\ndef create_app(): pass\n");
        var (code, said) = await RunAsync(verb);
        Assert.Equal(2, code);
        Assert.Contains("HP127", said, StringComparison.Ordinal);
        Assert.Matches($"\n  hotplate {verb} app +app.py: it defines \"app\"\n  hotplate {verb} 'main:create_app\\(\\)'   main.py: it has the factory create_app\n", said);
    }

    [Fact]
    public async Task Where_there_is_none_it_says_where_it_looked_and_what_to_do()
    {
        folder.Write("main.py", "from fastapi import FastAPI\napp = FastAPI()\n");
        var (code, said) = await RunAsync("serve");
        Assert.Equal(2, code);
        Assert.Contains($"HP126  hotplate serve: no application was found in {folder.Path}. Name it: hotplate serve shop:app", said, StringComparison.Ordinal);
        Assert.Contains("passenger_wsgi.py", said, StringComparison.Ordinal);
        Assert.Contains("main.py makes an application with FastAPI, which speaks ASGI", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_and_config_say_what_they_took()
    {
        folder.Write("pyproject.toml", "[tool.hotplate]\ntarget = \"shop:app\"\n");
        folder.Write("shop.py", Hello);
        var (code, said) = await RunAsync("check");
        Assert.True(code == 0, said);
        Assert.Contains("(pyproject.toml: target in [tool.hotplate]). By its name: hotplate check shop:app\nNo problems. shop:app in", said, StringComparison.Ordinal);
        (code, said) = await RunAsync("config");
        Assert.Equal(0, code);
        Assert.Matches(@"(?m)^target\s+shop:app\s+pyproject.toml: target in \[tool.hotplate\]$", said);
        (_, said) = await RunAsync("check", "--json");
        Assert.Equal("pyproject.toml: target in [tool.hotplate]", JsonDocument.Parse(said).RootElement.GetProperty("found_by").GetString());
    }

    [Fact]
    public async Task What_FLASK_APP_names_and_is_not_there_is_told_with_the_variable()
    {
        var (code, said) = await RunAsync("serve", new Dictionary<string, string> { ["FLASK_APP"] = "src/shop" });
        Assert.Equal(1, code);
        Assert.Contains("HP116  src/shop.py (FLASK_APP=src/shop): there is no file", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SCRIPT_NAME_is_where_it_is_mounted()
    {
        folder.Write("app.py", Hello);
        await using var server = await StartAsync(new ServerCommand("") { Environment = new Dictionary<string, string> { ["SCRIPT_NAME"] = "/shop" } });
        Assert.Equal("app /shop ", (await server.GetAsync("/shop/x")).Text);
        Assert.Equal(404, (await server.GetAsync("/x")).Status);
        await using var other = await StartAsync(new ServerCommand("") { Flags = ["-e", "SCRIPT_NAME=/till"], Environment = new Dictionary<string, string> { ["SCRIPT_NAME"] = "/shop" } });
        Assert.Equal("app /till ", (await other.GetAsync("/till")).Text);
    }

    [Fact]
    public async Task Variables_of_a_file_are_read_again_at_a_reload_and_a_broken_file_changes_nothing()
    {
        folder.Write("app.py", Hello);
        folder.Write(".env", "# the shop's\nexport WORD='from the file'\nOTHER=1\n");
        var control = folder.File("control");
        await using var server = await StartAsync(new ServerCommand("")
        {
            Flags = ["--env-file", ".env", "--control", control],
            Environment = new Dictionary<string, string> { ["WORD"] = "from outside" },
        });
        Assert.Equal("app  from the file", (await server.GetAsync("/")).Text);

        folder.Write(".env", "WORD=anew\n");
        Assert.Equal(0, (await FinishedProgram.RunAsync(await BuiltFront.PathAsync(), "reload", "--control", control)).ExitCode);
        Assert.Equal("app  anew", (await server.GetAsync("/")).Text);

        folder.Write(".env", "WORD=lost\nWORD 2\n");
        var reload = await FinishedProgram.RunAsync(await BuiltFront.PathAsync(), "reload", "--control", control);
        Assert.NotEqual(0, reload.ExitCode);
        Assert.Contains($"HP125  --env-file: {folder.File(".env")}:2: NAME=VALUE is needed here", reload.Errors, StringComparison.Ordinal);
        Assert.Equal("app  anew", (await server.GetAsync("/")).Text);
        await server.StopAsync();
    }

    [Fact]
    public async Task A_variable_given_by_a_flag_wins_over_the_file_and_a_later_file_over_an_earlier()
    {
        folder.Write("app.py", Hello);
        folder.Write("one.env", "WORD=one\n");
        folder.Write("two.env", "WORD=two\n");
        await using var server = await StartAsync(new ServerCommand("") { Flags = ["--env-file", "one.env", "--env-file", "two.env"] });
        Assert.Equal("app  two", (await server.GetAsync("/")).Text);
        await using var other = await StartAsync(new ServerCommand("") { Flags = ["-e", "WORD=three", "--env-file", "one.env"] });
        Assert.Equal("app  three", (await other.GetAsync("/")).Text);
    }

    [Fact]
    public async Task A_file_of_variables_that_cannot_be_read_is_told_before_anything_starts()
    {
        folder.Write("app.py", Hello);
        folder.Write(".env", "A=b\n\nB='\n");
        var (code, said) = await RunAsync("serve", "--env-file", ".env", "--env-file", "none.env");
        Assert.Equal(1, code);
        Assert.Contains($"HP125  --env-file .env: {folder.File(".env")}:3: the value that begins here has no closing '", said, StringComparison.Ordinal);
        Assert.Contains($"HP125  --env-file none.env: there is no file {folder.File("none.env")}", said, StringComparison.Ordinal);
    }

    private Task<ServerProcess> StartAsync(ServerCommand command) => (command with { Target = "", Directory = folder.Path }).StartAsync();

    private Task<(int Code, string Said)> RunAsync(string verb, params string[] flags) => RunAsync(verb, new Dictionary<string, string>(), flags);

    private async Task<(int Code, string Said)> RunAsync(string verb, Dictionary<string, string> environment, params string[] flags)
    {
        var front = await BuiltFront.PathAsync();
        await using var ended = ServerProcess.Launch(front, [verb, .. flags, "--python", Pythons.Usual, "-b", "127.0.0.1:0"], folder.Path, environment);
        var code = await ended.ExitAsync();
        return (code, ended.Output.Text + "\n" + ended.Errors.Text + "\n");
    }
}
