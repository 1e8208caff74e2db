namespace Hotplate.Tests.Serving;

/// <summary>What a client gets when the application gives no answer.</summary>
public sealed class ErrorPageTests(ErrorPageTests.Mounted app) : IClassFixture<ErrorPageTests.Mounted>
{
    public sealed class Mounted() : Served("exc_info", "--mount", "/shop");

    [Theory]
    [InlineData("/outside", 404)]
    [InlineData("/shop/raise", 500)]
    public async Task A_page_in_HTML_with_the_request_id(string path, int status)
    {
        var answer = await app.Server.GetAsync(path, "Accept: text/html,application/xhtml+xml,*/*;q=0.8");
        Assert.Equal(status, answer.Status);
        Assert.StartsWith("text/html", answer["Content-Type"], StringComparison.Ordinal);
        Assert.Contains(answer["X-Request-Id"]!, answer.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pages_of_the_users_own_also_for_what_the_parser_refuses()
    {
        using var folder = new TemporaryFolder();
        folder.Write("4xx.html", "ours: {{status}} {{request_id}}");
        folder.Write("500.html", "broken: {{title}}");
        await using var server = await ServerProcess.StartAsync("exc_info", "--mount", "/shop", "--error-pages", folder.Path);
        var answer = await server.GetAsync("/outside");
        Assert.Equal($"ours: 404 {answer["X-Request-Id"]}", answer.Text);
        Assert.Equal("broken: Internal Server Error", (await server.GetAsync("/shop/raise")).Text);
        using var client = await server.ConnectAsync();
        await client.SendAsync("GET / HTTP/1.1\r\nHost: a\r\nBad Field: x\r\n\r\n");
        Assert.StartsWith("ours: 400 ", (await client.ReadAsync()).Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/outside", 404)]
    [InlineData("/shop/raise", 500)]
    public async Task JSON_for_who_asks_for_JSON(string path, int status)
    {
        var answer = await app.Server.GetAsync(path, "Accept: application/json");
        Assert.Equal(status, answer.Status);
        Assert.Equal("application/json", answer["Content-Type"]);
        Assert.Equal(status, answer.Json.GetProperty("status").GetInt32());
        Assert.Equal(answer["X-Request-Id"], answer.Json.GetProperty("request_id").GetString());
    }

    [Fact]
    public async Task The_id_leads_to_the_log()
    {
        var answer = await app.Server.GetAsync("/shop/raise");
        await app.Server.Errors.WaitForAsync(answer["X-Request-Id"]!);
    }

    [Fact]
    public async Task Every_request_has_an_id_of_its_own() =>
        Assert.NotEqual((await app.Server.GetAsync("/outside"))["X-Request-Id"], (await app.Server.GetAsync("/outside"))["X-Request-Id"]);

    [Fact]
    public async Task HEAD_gets_its_head_only()
    {
        using var client = await app.Server.ConnectAsync();
        await client.RequestAsync("HEAD", "/outside", []);
        Assert.Equal(404, (await client.ReadAsync("HEAD")).Status);
        await client.RequestAsync("GET", "/shop/hello", []);
        Assert.Equal("hello", (await client.ReadAsync()).Text);
    }

    [Fact]
    public async Task The_applications_own_error_pages_are_its_own()
    {
        var answer = await app.Server.GetAsync("/shop/before");
        Assert.Equal((500, "replaced"), (answer.Status, answer.Text));
    }

    [Fact]
    public async Task Nobody_is_told_what_the_server_is_made_of()
    {
        var answer = await app.Server.GetAsync("/outside");
        Assert.DoesNotContain(answer.Fields, field => field.Name.Equals("X-Powered-By", StringComparison.OrdinalIgnoreCase));
        Assert.DoesNotContain("Kestrel", string.Join('\n', answer.Fields) + answer.Text, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("Python", answer.Text, StringComparison.OrdinalIgnoreCase);
    }
}
