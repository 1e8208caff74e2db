using System.Net;
using System.Text.Json;

namespace Hotplate.Tests.Serving;

/// <summary>One client cannot take all there is.</summary>
public sealed class ClientLimitTests
{
    [Fact]
    public async Task A_client_with_too_many_requests_in_hand_gets_429_and_nobody_else_does()
    {
        using var folder = new TemporaryFolder();
        await using var server = await ServerProcess.StartAsync("streaming", "--max-client-requests", "2");
        const string greedy = "X-Forwarded-For: 192.0.2.1";
        using var first = await server.ConnectAsync();
        using var second = await server.ConnectAsync();
        foreach (var client in new[] { first, second })
        {
            await client.RequestAsync("GET", $"/?n=2&until={folder.File("go")}", [greedy]);
            await client.ReadPieceAsync(await client.ReadHeadAsync());
        }
        var refused = await server.GetAsync("/?n=1", greedy);
        Assert.Equal((429, "1"), (refused.Status, refused["Retry-After"]));
        Assert.Equal(200, (await server.GetAsync("/?n=1", "X-Forwarded-For: 192.0.2.2")).Status);
        Assert.Equal(200, (await server.GetAsync("/?n=1")).Status);
        folder.Write("go");
        await Patience.UntilAsync(async () => (await server.GetAsync("/?n=1", greedy)).Status == 200, "its turn again");
    }

    [Fact]
    public async Task A_client_that_leaves_or_is_refused_is_not_counted_any_more()
    {
        await using var server = await ServerProcess.StartAsync("streaming", "--max-client-requests", "1", "--max-body-size", "10");
        const string client = "X-Forwarded-For: 192.0.2.1";
        for (var i = 0; i < 3; i++)
        {
            using (var leaving = await server.ConnectAsync())
            {
                await leaving.RequestAsync("GET", "/endless", [client]);
                await leaving.ReadPieceAsync(await leaving.ReadHeadAsync());
            }
            await Patience.UntilAsync(async () => (await server.GetAsync("/?n=1", client)).Status == 200, "its turn again");
            Assert.Equal(413, (await server.SendAsync("POST", "/?n=1", new byte[100], client)).Status);
        }
    }

    [Fact]
    public async Task Whoever_is_not_a_trusted_proxy_is_a_client_itself()
    {
        using var folder = new TemporaryFolder();
        await using var server = await ServerProcess.StartAsync("streaming", "--max-client-requests", "1", "--forwarded-allow-ips", "192.0.2.0/24");
        using var first = await server.ConnectAsync();
        await first.RequestAsync("GET", $"/?n=2&until={folder.File("go")}", []);
        await first.ReadPieceAsync(await first.ReadHeadAsync());
        Assert.Equal(429, (await server.GetAsync("/?n=1", "X-Forwarded-For: 198.51.100.1")).Status);
        folder.Write("go");
    }

    [Fact]
    public async Task A_connection_of_HTTP_2_has_so_many_streams_at_a_time()
    {
        await using var server = await ServerProcess.StartAsync("slow", "-b", "h2c:127.0.0.1:0", "--http2-max-concurrent-streams", "3");
        using var http = new Http2Client(server.Addresses[0]);
        var answers = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => http.GetAsync("/sleep?s=0.05")));
        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.OK, answer.StatusCode));
        using var peak = await http.GetAsync("/peak");
        Assert.InRange(JsonSerializer.Deserialize<JsonElement>(await Http2Client.BodyOfAsync(peak)).GetProperty("peak").GetInt32(), 1, 3);
    }
}
