using System.Text.Json;

namespace Hotplate.Tests.Serving;

/// <summary>How requests ended is counted and logged once, whatever they ended as.</summary>
public sealed class EndedRequestTests
{
    [Fact]
    public async Task A_cut_answer_is_logged_as_what_cut_it()
    {
        using var folder = new TemporaryFolder();
        await using var server = await ServerProcess.StartAsync("cut", "--timeout", "2", "--metrics", "127.0.0.1:0", "--access-logfile", folder.File("access.log"), "--access-log-format", "json");
        foreach (var then in (string[])["raise", "hang", "short"])
        {
            Assert.Equal(200, (await server.GetAsync($"/?n=10&then={then}")).Status);
        }
        using (var bereft = await server.ConnectAsync())
        {
            await bereft.RequestAsync("GET", $"/?n=10&then=exit&until={folder.File("go")}", []);
            var answer = await bereft.ReadHeadAsync();
            await bereft.ReadPieceAsync(answer);
            folder.Write("go");
            Assert.Null(await bereft.ReadPieceAsync(answer));
        }
        using (var leaving = await server.ConnectAsync())
        {
            await leaving.RequestAsync("GET", "/?n=10&then=hang&until=nothing", []);
            await leaving.ReadPieceAsync(await leaving.ReadHeadAsync());
            leaving.Reset();
        }
        Assert.Equal("well", (await server.GetAsync("/")).Text);
        var line = await server.Errors.WaitForAsync("Metrics at: ");
        using var http = new HttpClient();
        var address = line[(line.IndexOf("http", StringComparison.Ordinal))..].Split(' ')[0];
        string? page = null;
        await Patience.UntilAsync(
            async () => (page = await http.GetStringAsync(new Uri(address), CancellationToken.None)).Contains("reason=\"client_left\"} 1\n", StringComparison.Ordinal), "all were counted");
        foreach (var sample in (string[])["reason=\"app_failed\"} 2", "reason=\"worker_died\"} 1", "reason=\"timed_out\"} 1", "code=\"2xx\"} 1", "code=\"5xx\"} 4", "code=\"4xx\"} 0"])
        {
            Assert.Contains(sample + "\n", page!, StringComparison.Ordinal);
        }
        await server.StopAsync();
        var lines = (await File.ReadAllLinesAsync(folder.File("access.log"), CancellationToken.None)).Select(static one => JsonSerializer.Deserialize<JsonElement>(one)).ToList();
        Assert.Equal([200, 499, 500, 500, 502, 504], lines.Select(Status).Order());
        Assert.All(
            lines.Where(static one => Status(one) >= 500),
            static one => Assert.Equal(10, one.GetProperty("http.response.body.size").GetInt64()));
        Assert.Equal(
            ["app_failed", "app_failed", "client_left", "timed_out", "worker_died"],
            lines.Where(static one => Status(one) != 200).Select(static one => one.GetProperty("error.type").GetString())
                .Order(StringComparer.Ordinal));
    }

    private static int Status(JsonElement line) => line.GetProperty("http.response.status_code").GetInt32();
}
