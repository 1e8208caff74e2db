namespace Hotplate.Tests.Serving;

/// <summary>What stands after <c>hotplate serve</c>, and which application it means.</summary>
public sealed class TargetTests
{
    [Theory]
    [InlineData("hello", "app:app", "Hello, World!")]
    [InlineData("application_name", "app", "application, an object")]
    [InlineData("application_name", "app:ByClass", "a class")]
    [InlineData("only_callable", "app", "quince")]
    [InlineData("two_callables", "app:south", "south")]
    [InlineData("wrong_attribute", "app:shop.wsgi", "nested")]
    [InlineData("decorated", "app:by_request", "by request")]
    [InlineData("decorated", "app:more", "more")]
    [InlineData("decorated", "app:Service", "an object")]
    [InlineData("decorated", "found", "found")]
    [InlineData("hello", "app.py", "Hello, World!")]
    [InlineData("hello", "./app.py:app", "Hello, World!")]
    [InlineData("hello", "../only_callable/app.py", "quince")]
    [InlineData("package", "shop.web.wsgi:app", "shop.web.wsgi uses shop.stock: 3 plates")]
    [InlineData("package", "shop/web/wsgi.py", "shop.web.wsgi uses shop.stock: 3 plates")]
    public async Task It_finds_the_application(string app, string target, string body)
    {
        await using var server = await new ServerCommand(app) { Target = target }.StartAsync();
        Assert.Equal(body, (await server.GetAsync("/")).Text);
    }

    [Fact]
    public async Task An_application_may_be_in_a_zip_file()
    {
        using var folder = new TemporaryFolder();
        using (var zip = System.IO.Compression.ZipFile.Open(folder.File("site.pyz"), System.IO.Compression.ZipArchiveMode.Create))
        {
            using var module = new StreamWriter(zip.CreateEntry("zipped.py").Open());
            module.Write("def app(environ, start_response):\n    start_response('200 OK', [])\n    return [__file__.encode()]\n");
        }
        var command = new ServerCommand("") { Directory = folder.Path, Target = "zipped:app", Flags = ["--pythonpath", "site.pyz"] };
        await using var server = await command.StartAsync();
        Assert.Equal(folder.File("site.pyz/zipped.py"), (await server.GetAsync("/")).Text);
    }

    [Theory]
    [InlineData("hello.wsgi", "application of hello_wsgi, 3 plates")]
    [InlineData("./hello.wsgi", "application of hello_wsgi, 3 plates")]
    [InlineData("hello.wsgi:app", "app of hello_wsgi, 3 plates")]
    [InlineData("hello.wsgi:answer('any')", "any of hello_wsgi, 3 plates")]
    [InlineData("./hello", "application of hello_application, 3 plates")]
    [InlineData("./stock", "application of stock_application, 3 plates")]
    [InlineData("./shop.wsgi", "application of shop_wsgi, 3 plates")]
    [InlineData("shop.wsgi", "a module")]
    public async Task A_file_whose_name_does_not_end_in_py_is_a_script(string target, string body)
    {
        using var folder = new TemporaryFolder();
        // The worker is given an absolute path, with a colon in it here.
        foreach (var name in new[] { "hello.wsgi", "hello", "stock", "shop.wsgi" })
        {
            folder.Write($"a:b/{name}", """
                #!/usr/bin/env python3
                import stock

                def answer(word):
                    def run(environ, start_response):
                        start_response("200 OK", [])
                        return [f"{word} of {__name__}, {stock.PLATES} plates".encode()]
                    return run

                app, application = answer("app"), answer("application")
                """);
        }
        folder.Write("a:b/stock.py", "PLATES = 3\n");
        folder.Write("a:b/hello.py", "from shop.wsgi import app\n");
        folder.Write("a:b/shop/wsgi.py", "def app(environ, start_response):\n    start_response('200 OK', [])\n    return [b'a module']\n");
        await using var server = await new ServerCommand("") { Target = target, Directory = folder.File("a:b") }.StartAsync();
        Assert.Equal(body, (await server.GetAsync("/")).Text);
        await server.StopAsync();
        Assert.Empty(Directory.EnumerateFiles(folder.File("a:b"), "hello.*.pyc", SearchOption.AllDirectories));
    }

    [Theory]
    [InlineData("logging.py", "logging", "off")]
    [InlineData("logging.py:app", "logging", "on")]
    [InlineData("logging", "logging", "auto")]
    [InlineData("platform.py", "platform", "off")]
    [InlineData("platform:app", "platform", "on")]
    [InlineData("code.py", "code", "off")]
    [InlineData("code:app", "code", "on")]
    [InlineData("calendar.py:app", "calendar", "off")]
    [InlineData("time.py", "time", "off")]
    [InlineData("time:app", "time", "on")]
    [InlineData("os.py", "os", "auto")]
    [InlineData("json.py", "json", "off")]
    [InlineData("__main__.py", "__main__", "off")]
    [InlineData("tests/wsgi/logging.py", "tests.wsgi.logging", "off")]
    [InlineData("plain/logging.py", "plain.logging", "off")]
    [InlineData("signal/pages.py", "signal.pages", "off")]
    [InlineData("signal.pages:app", "signal.pages", "on")]
    public async Task A_file_may_be_called_like_a_module_of_Pythons(string target, string name, string preload)
    {
        using var folder = new TemporaryFolder();
        WriteNamesakes(folder);
        await using var server = await new ServerCommand("") { Target = target, Directory = folder.Path, Flags = ["--preload", preload] }.StartAsync();
        Assert.Equal(name, (await server.GetAsync("/")).Text);
        server.Signal(ServerProcess.SIGKILL, server.Workers[0]);
        Assert.Equal(name, (await server.GetAsync("/")).Text);
        await server.StopAsync();
    }

    [Fact]
    public async Task In_every_Python()
    {
        using var folder = new TemporaryFolder();
        WriteNamesakes(folder);
        foreach (var (python, name) in Pythons.Supported.SelectMany(static python => new[] { "logging", "os", "signal.pages" }.Select(name => (python.Path, name))))
        {
            await using var server = await new ServerCommand("") { Target = $"{name}:app", Directory = folder.Path, Flags = ["--python", python] }.StartAsync();
            Assert.Equal(name, (await server.GetAsync("/")).Text);
        }
    }

    [Fact]
    public async Task Pythons_own_module_is_there_for_everybody_else()
    {
        using var folder = new TemporaryFolder();
        folder.Write("logging.py", """
            import logging
            from flask import Flask
            app = Flask(__name__)

            @app.route("/")
            def index():
                logging.getLogger("plates").error("said by logging")
                return "by Flask"
            """);
        await using var server = await new ServerCommand("") { Target = "logging.py", Directory = folder.Path }.StartAsync();
        Assert.Equal("by Flask", (await server.GetAsync("/")).Text);
        await server.Errors.WaitForAsync("said by logging");
    }

    [Theory]
    [InlineData("logging:ap", "HP202", "'logging' has no attribute 'ap'")]
    [InlineData("signal.page:app", "HP201", "No module named 'signal.page'")]
    public async Task What_is_wrong_with_such_a_file_is_told_by_the_name_that_the_user_gave(string target, string code, string words)
    {
        using var folder = new TemporaryFolder();
        WriteNamesakes(folder);
        await using var server = await new ServerCommand("") { Target = target, Directory = folder.Path }.LaunchAsync();
        Assert.Equal(4, await server.ExitAsync());
        Assert.Contains($"{code}  {words}", server.Errors.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("app:create_app()", """{"name": "x", "debug": false, "made": 1, "kinds": ["str", "bool"]}""")]
    [InlineData("""app:create_app("shop", debug=True)""", """{"name": "shop", "debug": true, "made": 1, "kinds": ["str", "bool"]}""")]
    [InlineData("""app:create_app(name=("a", 1), debug=None)""", """{"name": ["a", 1], "debug": null, "made": 1, "kinds": ["tuple", "NoneType"]}""")]
    public async Task A_factory_is_called_once_with_its_literal_arguments(string target, string body)
    {
        await using var server = await new ServerCommand("factory") { Target = target }.StartAsync();
        Assert.Equal(body, (await server.GetAsync("/")).Text);
        Assert.Equal(body, (await server.GetAsync("/")).Text);
    }

    [Fact]
    public async Task The_applications_own_modules_are_found_whatever_ours_are_called()
    {
        await using var server = await ServerProcess.StartAsync("shadowing");
        Assert.All((await server.GetAsync("/")).Json.EnumerateObject(), module => Assert.Equal("the application", module.Value.GetString()));
    }

    [Fact]
    public async Task The_folder_of_chdir_is_where_it_is_looked_for()
    {
        using var elsewhere = new TemporaryFolder();
        await using var server = await new ServerCommand("hello") { Directory = elsewhere.Path, Flags = ["--chdir", ServerCommand.FolderOf("process")] }.StartAsync();
        var process = (await server.GetAsync("/")).Json;
        Assert.Equal(ServerCommand.FolderOf("process"), process.GetProperty("cwd").GetString());
        Assert.Equal(ServerCommand.FolderOf("process"), process.GetProperty("path")[0].GetString());
    }

    [Fact]
    public async Task The_folders_of_pythonpath_come_after_the_applications()
    {
        using var folder = new TemporaryFolder();
        folder.Write("one/extra.py", "WORD = 'from one'\n");
        folder.Write("two/extra.py", "WORD = 'from two'\n");
        folder.Write("two/more.py", "WORD = 'more from two'\n");
        folder.Write("app/app.py", """
            import extra, more
            def app(environ, start_response):
                start_response("200 OK", [])
                return [f"{extra.WORD}, {more.WORD}".encode()]
            """);
        await using var server = await new ServerCommand("")
        {
            Directory = folder.File("app"),
            Flags = ["--pythonpath", $"{folder.File("one")},{folder.File("two")}"],
        }.StartAsync();
        Assert.Equal("from one, more from two", (await server.GetAsync("/")).Text);
    }

    /// <summary>Files that are called like modules of Python's: imported by every Python at its start, by us, built in, or by nobody yet.</summary>
    internal static void WriteNamesakes(TemporaryFolder folder)
    {
        folder.Write("tests/__init__.py");
        folder.Write("tests/wsgi/__init__.py");
        folder.Write("signal/__init__.py");
        folder.Write("signal/names.py", "PAGES = 'signal.pages'\n");
        string[] files = ["logging", "platform", "code", "calendar", "time", "os", "json", "__main__", "tests/wsgi/logging", "plain/logging"];
        foreach (var file in files)
        {
            folder.Write($"{file}.py", App($"b'{file.Replace('/', '.')}'"));
        }
        folder.Write("signal/pages.py", "from .names import PAGES\n" + App("PAGES.encode()"));
    }

    private static string App(string body) =>
        $"def app(environ, start_response):\n    start_response('200 OK', [])\n    return [{body}]\n";
}
