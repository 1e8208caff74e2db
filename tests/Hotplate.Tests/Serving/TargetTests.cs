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
}
