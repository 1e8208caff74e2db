namespace Hotplate.Tests.Serving;

/// <summary><c>--paste site.ini</c>: the application that a PasteDeploy file describes.</summary>
[Trait("needs", "python3-pastedeploy")]
public sealed class PasteTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public PasteTests()
    {
        folder.Write("shop.py", """
            import logging

            def main(global_conf, **settings):
                def app(environ, start_response):
                    logging.getLogger("shop").info("asked for %s", environ["PATH_INFO"])
                    start_response("200 OK", [])
                    return [f"{settings['greeting']} {global_conf['here']} {environ['SCRIPT_NAME']}".encode()]
                return app

            def admin(global_conf):
                def app(environ, start_response):
                    start_response("200 OK", [])
                    return [b"admin"]
                return app

            def broken(global_conf):
                raise RuntimeError("no database")

            class Upper:
                def __init__(self, app, global_conf):
                    self.app = app
                def __call__(self, environ, start_response):
                    return [part.upper() for part in self.app(environ, start_response)]
            """);
        folder.Write("site.ini", """
            [app:main]
            paste.app_factory = shop:main
            greeting = hello from
            filter-with = upper

            [app:admin]
            paste.app_factory = shop:admin

            [app:broken]
            paste.app_factory = shop:broken

            [filter:upper]
            paste.filter_factory = shop:upper_factory

            [loggers]
            keys = root

            [handlers]
            keys = stderr

            [formatters]
            keys = words

            [logger_root]
            level = INFO
            handlers = stderr

            [handler_stderr]
            class = StreamHandler
            args = (sys.stderr,)
            formatter = words

            [formatter_words]
            format = in words of the ini: %(message)s
            """);
        File.AppendAllText(folder.File("shop.py"), "\ndef upper_factory(global_conf):\n    return lambda app: Upper(app, global_conf)\n");
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Its_main_application_is_served_with_its_filters_and_its_logging()
    {
        await using var server = await StartAsync("--paste", "site.ini", "--mount", "/shop");
        Assert.Equal($"hello from {folder.Path} /shop".ToUpperInvariant(), (await server.GetAsync("/shop/x")).Text);
        await server.Errors.WaitForAsync(line => line.Contains("in words of the ini: asked for /x", StringComparison.Ordinal), 1, "the ini's logging");
        folder.Write("site.ini", "[app:main]\npaste.app_factory = shop:admin\n");
        server.Signal(ServerProcess.SIGHUP);
        await server.Errors.WaitForAsync(line => line.Contains("generation 2 serves", StringComparison.Ordinal), 1, "the reload");
        Assert.Equal("admin", (await server.GetAsync("/shop")).Text);
        await server.StopAsync();
    }

    [Fact]
    public async Task A_name_behind_the_file_chooses_another()
    {
        await using var server = await StartAsync("--paster", "site.ini#admin", "--preload");
        Assert.Equal("admin", (await server.GetAsync("/")).Text);
    }

    [Fact]
    public async Task The_configuration_of_gunicorn_may_name_it()
    {
        folder.Write("gunicorn.conf.py", "paste = 'site.ini#admin'\n");
        await using var server = await StartAsync();
        Assert.Equal("admin", (await server.GetAsync("/")).Text);
    }

    [Theory]
    [InlineData("none.ini", 1, "HP129  --paste none.ini: there is no file ")]
    [InlineData("site.ini#nobody", 4, "HP217  ")]
    [InlineData("site.ini#broken", 4, "RuntimeError: no database")]
    public async Task What_is_wrong_with_it_is_told(string paste, int code, string words)
    {
        await using var server = await Command("--paste", paste).LaunchAsync();
        Assert.Equal(code, await server.ExitAsync());
        Assert.Contains(words, server.Errors.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_application_is_served_at_a_time()
    {
        await using var server = await (Command("--paste", "site.ini") with { Target = "shop:app" }).LaunchAsync();
        Assert.Equal(2, await server.ExitAsync());
        Assert.Contains("HP104  --paste", server.Errors.Text, StringComparison.Ordinal);
    }

    private ServerCommand Command(params string[] flags) => new("") { Target = "", Directory = folder.Path, Needs = ["paste"], Flags = flags };

    private Task<ServerProcess> StartAsync(params string[] flags) => Command(flags).StartAsync();
}
