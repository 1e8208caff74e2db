using System.Text.Json;

namespace Hotplate.Tests.Serving;

/// <summary>Flags that no other class here is about.</summary>
public sealed class FlagTests
{
    [Fact]
    public async Task Env_reaches_the_application_and_only_it()
    {
        await using var server = await ServerProcess.StartAsync("process", "-e", "PLATE=warm", "--env", "EMPTY=", "-e", "EQUALS=a=b");
        var environment = (await server.GetAsync("/")).Json.GetProperty("environ");
        Assert.Equal(("warm", "", "a=b"), (Text(environment, "PLATE"), Text(environment, "EMPTY"), Text(environment, "EQUALS")));
    }

    [Theory]
    [InlineData("serve", "hotplate/0.1.0")]
    [InlineData("serve", "mine", "-e", "SERVER_SOFTWARE=mine")]
    [InlineData("dev", null)]
    [InlineData("dev", "hotplate/0.1.0", "-b", "0.0.0.0:0")]
    public async Task The_environment_says_that_this_is_a_server_unless_only_its_developer_is_served(string verb, string? software, params string[] flags)
    {
        await using var server = await new ServerCommand("process") { Verb = verb, Flags = flags, Environment = new Dictionary<string, string> { ["SERVER_SOFTWARE"] = "inherited" } }.StartAsync();
        // What web.py and others look at, to decide whether clients may see source and local variables.
        Assert.Equal(software, (await server.GetAsync("/")).Json.GetProperty("environ").TryGetProperty("SERVER_SOFTWARE", out var value) ? value.GetString() : null);
    }

    [Fact]
    public async Task Python_is_the_interpreter()
    {
        var python = Pythons.Supported[^1];
        await using var server = await ServerProcess.StartAsync("process", "--python", python.Path);
        Assert.Equal(python.Version.ToString(), Text((await server.GetAsync("/")).Json, "version"));
    }

    [Fact]
    public async Task Venv_is_the_environment()
    {
        var venv = await Pythons.VenvAsync(Pythons.Usual);
        await using var server = await ServerProcess.StartAsync("process", "--venv", venv);
        Assert.Equal(venv, Text((await server.GetAsync("/")).Json, "prefix"));
    }

    [Fact]
    public async Task A_venv_beside_the_application_is_found()
    {
        var venv = await Pythons.VenvAsync(Pythons.Usual);
        using var folder = new TemporaryFolder();
        File.Copy(Path.Combine(ServerCommand.FolderOf("process"), "app.py"), folder.File("app.py"));
        Directory.CreateSymbolicLink(folder.File(".venv"), venv);
        await using var server = await new ServerCommand("") { Directory = folder.Path, Flags = ["--venv", folder.File(".venv")] }.StartAsync();
        Assert.Equal(folder.File(".venv"), Text((await server.GetAsync("/")).Json, "prefix"));
    }

    [Fact]
    public async Task Workers_is_how_many_there_are()
    {
        await using var server = await ServerProcess.StartAsync("hello", "--workers", "4");
        await Patience.UntilAsync(() => server.Workers.Count == 4, "four workers");
        Assert.Contains("Ready: 4 workers", await server.Errors.WaitForAsync("Ready: "), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1")]
    [InlineData("2")]
    public async Task Threads_is_how_many_requests_run_at_once_in_a_worker(string threads)
    {
        await using var server = await ServerProcess.StartAsync("slow", "--threads", threads);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => server.GetAsync("/sleep?s=0.1")));
        Assert.Equal(threads, (await server.GetAsync("/peak")).Json.GetProperty("peak").GetRawText());
    }

    [Theory]
    [InlineData("--limit-request-line", "100", 414)]
    [InlineData("--limit-request-line", "2000", 200)]
    public async Task Limit_request_line(string flag, string limit, int status)
    {
        await using var server = await ServerProcess.StartAsync("hello", flag, limit);
        Assert.Equal(status, (await server.GetAsync("/" + new string('a', 150))).Status);
    }

    [Theory]
    [InlineData("5", 431)]
    [InlineData("50", 200)]
    public async Task Limit_request_fields(string limit, int status)
    {
        await using var server = await ServerProcess.StartAsync("hello", "--limit-request-fields", limit);
        Assert.Equal(status, (await server.GetAsync("/", [.. Enumerable.Range(0, 10).Select(number => $"X-{number}: 1")])).Status);
    }

    [Theory]
    [InlineData("--limit-request-field_size", "100", 431)]
    [InlineData("--limit-request-field-size", "500", 200)]
    public async Task Limit_request_field_size(string flag, string limit, int status)
    {
        await using var server = await ServerProcess.StartAsync("hello", flag, limit);
        Assert.Equal(status, (await server.GetAsync("/", "X-A: " + new string('a', 200))).Status);
    }

    [Fact]
    public async Task Keep_alive_ends_an_idle_connection()
    {
        await using var server = await ServerProcess.StartAsync("hello", "--keep-alive", "1");
        using var client = await server.ConnectAsync();
        await client.RequestAsync("GET", "/", []);
        Assert.Equal(200, (await client.ReadAsync()).Status);
        Assert.Equal("", await client.ReadToEndAsync());
    }

    [Fact]
    public async Task Head_timeout_ends_a_request_that_never_gets_written()
    {
        await using var server = await ServerProcess.StartAsync("hello", "--head-timeout", "1");
        using var client = await server.ConnectAsync();
        await client.SendAsync("GET / HTTP/1.1\r\nHost: a\r\nX-Slow: ");
        var answer = await client.ReadAsync();
        Assert.True(answer.Status is 408 or 0, $"{answer.Status}");
        Assert.Equal("", await client.ReadToEndAsync());
    }

    [Fact]
    public async Task Log_level_debug_tells_more()
    {
        await using var server = await ServerProcess.StartAsync("hello", "--log-level", "debug");
        await server.GetAsync("/");
        await server.Errors.WaitForAsync("[DEBUG]");
    }

    [Fact]
    public async Task A_fair_queue_and_a_large_one_serve_all_the_same()
    {
        await using var server = await ServerProcess.StartAsync("slow", "--fair-queue", "10", "--max-queue", "1000", "--ready-work", "2ms");
        var answers = await Task.WhenAll(Enumerable.Range(0, 60).Select(number => server.GetAsync(number % 10 == 0 ? "/burn?ms=20" : "/")));
        Assert.All(answers, answer => Assert.Equal(200, answer.Status));
    }

    [Fact]
    public async Task A_full_queue_is_a_503_with_Retry_After()
    {
        await using var server = await ServerProcess.StartAsync("slow", "--threads", "1", "--max-queue", "0");
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => server.GetAsync("/sleep?s=0.3")));
        Assert.Contains(answers, answer => answer.Status == 200);
        var refused = answers.Where(answer => answer.Status == 503).ToList();
        Assert.NotEmpty(refused);
        Assert.All(refused, answer => Assert.NotNull(answer["Retry-After"]));
    }

    private static string? Text(JsonElement of, string name) => of.GetProperty(name).GetString();
}
