namespace Hotplate.Tests.Serving;

/// <summary>A server that is started from a hotplate.toml: docs/file.md.</summary>
public sealed class SettingsFileTests : IDisposable
{
    private const string App = """
        import os
        import till


        def app(environ, start_response):
            start_response('200 OK', [])
            return [f"{till.NAME} {os.environ['KIND']} {environ['wsgi.multithread']} {os.getcwd()}".encode()]

        """;

    private readonly TemporaryFolder folder = new();

    public SettingsFileTests()
    {
        folder.Write("site/shop.py", App);
        folder.Write("site/lib/till.py", "NAME = 'till'\n");
        folder.Write("site/hotplate.toml", """
            target = "shop:app"
            bind = ["127.0.0.1:0", "unix:shop.sock"]
            workers = 1
            threads = 1
            pythonpath = "lib"
            env = ["KIND=of the file"]
            """);
    }

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task The_file_of_the_folder_is_all_that_is_needed()
    {
        await using var server = await Command("site").StartAsync();
        Assert.Equal($"till of the file False {folder.File("site")}", (await server.GetAsync("/")).Text);
        Assert.True(File.Exists(folder.File("site/shop.sock")));
    }

    [Fact]
    public async Task One_that_is_named_has_its_paths_from_where_it_is()
    {
        await using var server = await (Command("") with { Flags = ["-c", "site/hotplate.toml"] }).StartAsync();
        Assert.Equal($"till of the file False {folder.File("site")}", (await server.GetAsync("/")).Text);
    }

    [Fact]
    public async Task A_flag_and_a_variable_win_over_it()
    {
        var environment = new Dictionary<string, string>(StringComparer.Ordinal) { ["HOTPLATE_THREADS"] = "2" };
        await using var server = await (Command("site") with { Flags = ["-e", "KIND=of the flag"], Environment = environment }).StartAsync();
        Assert.Equal($"till of the flag True {folder.File("site")}", (await server.GetAsync("/")).Text);
    }

    [Fact]
    public async Task With_a_mistake_in_it_nothing_is_started()
    {
        folder.Write("site/hotplate.toml", "target = \"shop:app\"\nworkrs = 1\ntimeout = \"soon\"\n");
        await using var server = await Command("site").LaunchAsync();
        Assert.Equal(2, await server.ExitAsync());
        Assert.Contains("hotplate.toml:2:1 workrs", server.Errors.Text, StringComparison.Ordinal);
        Assert.Contains("hotplate.toml:3:11 timeout = soon", server.Errors.Text, StringComparison.Ordinal);
    }

    private ServerCommand Command(string place) =>
        new("") { Target = "", IsBare = true, Binds = 2, Directory = folder.File(place) };
}
