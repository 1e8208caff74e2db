using System.Text.Json;

namespace Hotplate.Tests.Serving;

/// <summary>A line for every request, where and how the user wants it.</summary>
public sealed class AccessLogTests
{
    [Fact]
    public async Task Combined_on_stdout()
    {
        await using var server = await ServerProcess.StartAsync("hello", "--access-logfile", "-");
        await server.GetAsync("/a%20b?c=d", "Referer: http://plate.test/", "User-Agent: a \"quoted\" agent");
        var line = await server.Output.WaitForAsync("GET /a");
        Assert.Matches(@"^127\.0\.0\.1 - - \[\d\d/\w{3}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}\] ""GET /a%20b\?c=d HTTP/1\.1"" 200 13 ""http://plate\.test/"" ""a \\""quoted\\"" agent""$", line);
    }

    [Fact]
    public async Task JSON_in_a_file()
    {
        using var folder = new TemporaryFolder();
        await using var server = await ServerProcess.StartAsync("environ", "--access-logfile", folder.File("access.log"), "--access-log-format", "json");
        var pid = (await server.GetAsync("/x")).Json.GetProperty("pid").GetInt32();
        var refused = await server.GetAsync("/%zz", "X-Request-Id: bad-one");
        await server.StopAsync();
        var lines = (await File.ReadAllLinesAsync(folder.File("access.log"), CancellationToken.None)).Select(line => JsonSerializer.Deserialize<JsonElement>(line)).ToList();
        Assert.Equal(2, lines.Count);
        Assert.Equal(("GET", "/x", 200), (lines[0].GetProperty("method").GetString(), lines[0].GetProperty("target").GetString(), lines[0].GetProperty("status").GetInt32()));
        Assert.Equal(("127.0.0.1", "HTTP/1.1", pid), (lines[0].GetProperty("remote").GetString(), lines[0].GetProperty("protocol").GetString(), lines[0].GetProperty("worker").GetInt32()));
        Assert.True(lines[0].GetProperty("bytes").GetInt64() > 100);
        Assert.True(lines[0].GetProperty("total_us").GetInt64() >= lines[0].GetProperty("app_us").GetInt64());
        Assert.Equal(refused.Body.Length, lines[1].GetProperty("bytes").GetInt64());
        Assert.Equal(("bad-one", 400), (lines[1].GetProperty("request_id").GetString(), lines[1].GetProperty("status").GetInt32()));
    }

    [Fact]
    public async Task None_unless_asked_for()
    {
        await using var server = await ServerProcess.StartAsync("hello");
        await server.GetAsync("/seen");
        await server.StopAsync();
        Assert.DoesNotContain("/seen", server.Output.Text + server.Errors.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_one_of_a_thousand_requests_is_there()
    {
        using var folder = new TemporaryFolder();
        await using var server = await ServerProcess.StartAsync("hello", "--access-logfile", folder.File("access.log"));
        await Task.WhenAll(Enumerable.Range(0, 10).Select(async connection =>
        {
            using var client = await server.ConnectAsync();
            for (var number = 0; number < 100; number++)
            {
                await client.RequestAsync("GET", $"/{connection}-{number}", []);
                await client.ReadAsync();
            }
        }));
        await server.StopAsync();
        var lines = await File.ReadAllLinesAsync(folder.File("access.log"), CancellationToken.None);
        Assert.Equal(1000, lines.Select(line => line.Split('"')[1]).Distinct().Count());
    }
}
