using System.Text.Json;
using Hotplate.Cli;
using Hotplate.Settings;
using Hotplate.Tests.Control;

namespace Hotplate.Tests.Cli;

/// <summary>What reads and writes hotplate.toml beside the server: config, init, schema.</summary>
[Trait("starts", "processes")]
public sealed class FileVerbTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public FileVerbTests() => folder.Write(
        "shop.py", "def app(environ, start_response):\n    start_response('200 OK', [])\n    return [b'served']\n");

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Config_tells_programs_each_value_and_its_source()
    {
        folder.Write("hotplate.toml", "target = \"shop:app\"\nworkers = 3\n");
        var said = JsonDocument.Parse(await OutputAsync("config", "--json", "--threads", "7")).RootElement;
        Assert.Equal(("3", "hotplate.toml:2"), Member("workers"));
        Assert.Equal(("7", "flag --threads"), Member("threads"));
        Assert.Equal(("2048", "default"), Member("backlog"));
        Assert.Equal(("shop:app", "hotplate.toml:1"), Member("target"));

        (string?, string?) Member(string name) =>
            (said.GetProperty(name).GetProperty("value").GetString(), said.GetProperty(name).GetProperty("source").GetString());
    }

    [Fact]
    public async Task What_config_writes_as_a_file_comes_to_the_same()
    {
        var flags = new[] { "-b", "127.0.0.1:8001", "-b", "unix:/tmp/a\"b.sock", "-w", "3", "--umask", "027", "--timeout", "1m", "-e", "TOKEN=s3cret" };
        var written = await OutputAsync(["config", "shop:app", "--toml", .. flags]);
        Assert.DoesNotContain("s3cret", written, StringComparison.Ordinal);
        var before = Values(await OutputAsync(["config", "shop:app", "--json", .. flags]));
        folder.Write("hotplate.toml", written);
        var after = Values(await OutputAsync("config", "--json"));
        Assert.Equal(before.Where(static one => one.Key is not ("env" or "config")), after.Where(static one => one.Key is not ("env" or "config")));
    }

    [Fact]
    public async Task Init_writes_what_it_found_and_serve_takes_it()
    {
        folder.Write(".env", "A=b\n");
        var said = await OutputAsync("init", "shop:app", "-w", "1", "-b", "127.0.0.1:0");
        Assert.Contains("shop:app", said, StringComparison.Ordinal);
        Assert.Contains(".env", said, StringComparison.Ordinal);
        var file = await File.ReadAllTextAsync(folder.File("hotplate.toml"), TestContext.Current.CancellationToken);
        Assert.Contains("target = \"shop:app\"\nworkers = 1\nbind = \"127.0.0.1:0\"\n", file, StringComparison.Ordinal);
        Assert.Contains("env-file = \".env\"\n", file, StringComparison.Ordinal);
        await using var server = await new ServerCommand("") { Target = "", IsBare = true, Directory = folder.Path }.StartAsync();
        Assert.Equal("served", (await server.GetAsync("/")).Text);

        var again = await RunAsync("init", "shop:app");
        Assert.Equal(1, again.ExitCode);
        Assert.Contains("it is there already", again.Errors, StringComparison.Ordinal);
        Assert.Equal(file, await File.ReadAllTextAsync(folder.File("hotplate.toml"), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Init_where_there_is_no_application_writes_nothing()
    {
        File.Delete(folder.File("shop.py"));
        Assert.Equal(2, (await RunAsync("init")).ExitCode);
        Assert.False(File.Exists(folder.File("hotplate.toml")));
    }

    [Fact]
    public void The_schema_has_each_key_with_its_meaning()
    {
        var schema = JsonDocument.Parse(SchemaText.Make()).RootElement;
        Assert.False(schema.GetProperty("additionalProperties").GetBoolean());
        var keys = schema.GetProperty("properties").EnumerateObject().ToList();
        var names = SettingTable.All.Select(static one => one.Name).Where(static name => name != "config");
        Assert.Equal([.. names.Prepend("target"), "apps", "routes", "limits"], keys.Select(static one => one.Name));
        Assert.All(keys, static key => Assert.NotEmpty(key.Value.GetProperty("description").GetString()!));
        var preload = schema.GetProperty("properties").GetProperty("preload").GetProperty("enum").EnumerateArray().ToList();
        Assert.Contains(preload, static one => one.ValueKind == JsonValueKind.True);
        Assert.Equal("array", schema.GetProperty("properties").GetProperty("bind").GetProperty("anyOf")[1].GetProperty("type").GetString());
        var app = schema.GetProperty("properties").GetProperty("apps").GetProperty("additionalProperties").GetProperty("properties");
        Assert.True(app.TryGetProperty("workers", out _) && !app.TryGetProperty("bind", out _));
        var limit = schema.GetProperty("properties").GetProperty("limits").GetProperty("items");
        Assert.Equal("rate", limit.GetProperty("required")[0].GetString());
        Assert.True(limit.GetProperty("properties").TryGetProperty("path", out _));
        var route = schema.GetProperty("properties").GetProperty("routes").GetProperty("items").GetProperty("properties");
        Assert.True(route.TryGetProperty("redirect", out _) && !route.TryGetProperty("rate", out _));
    }

    [Fact]
    public async Task Config_tells_the_limits_of_the_file()
    {
        const string limit = "[[limits]]\npath = \"/login\"\nrate = \"5/m\"\n";
        folder.Write("hotplate.toml", "target = \"shop:app\"\nrate-limit = \"20/s,burst=40\"\n" + limit);
        var said = JsonDocument.Parse(await OutputAsync("config", "--json")).RootElement;
        Assert.Equal("20/s,burst=40", said.GetProperty("rate-limit").GetProperty("value").GetString());
        var told = said.GetProperty("limits")[0];
        Assert.Equal(
            ("5/m by client", "hotplate.toml:3:3"), (told.GetProperty("value").GetString(), told.GetProperty("source").GetString()));
        Assert.Contains("*     /login  5/m by client  hotplate.toml:3:3\n", await OutputAsync("config"), StringComparison.Ordinal);
        Assert.Contains(limit, await OutputAsync("config", "--toml"), StringComparison.Ordinal);
    }

    private static Dictionary<string, string?> Values(string json) =>
        JsonDocument.Parse(json).RootElement.EnumerateObject()
            .ToDictionary(static one => one.Name, static one => one.Value.GetProperty("value").GetString());

    private async Task<string> OutputAsync(params string[] arguments)
    {
        var said = await RunAsync(arguments);
        Assert.True(said.ExitCode == 0, said.Output + said.Errors);
        return said.Output;
    }

    private async Task<FinishedProgram> RunAsync(params string[] arguments)
    {
        string[] all = [await BuiltFront.PathAsync(), .. arguments, "--python", Pythons.Usual];
        return await FinishedProgram.RunAsync("bash", ["-c", "cd \"$1\" && shift && exec \"$@\" </dev/null", "bash", folder.Path, .. all]);
    }
}
