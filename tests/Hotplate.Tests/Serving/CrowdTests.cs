using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Hotplate.Tests.Serving;

/// <summary>Connections that hold memory or a place: the largest and oldest unfinished go, the others are served.</summary>
public sealed class CrowdTests
{
    [Fact]
    public async Task Unfinished_heads_beyond_the_budget_get_503_and_others_their_answer()
    {
        await using var server = await ServerProcess.StartAsync("hello", "--client-memory", "4M", "--max-connections", "100");
        using var established = await server.ConnectAsync();
        await established.RequestAsync("GET", "/", []);
        Assert.Equal(200, (await established.ReadAsync()).Status);

        // Each of these costs some 120 KB: what it sends, Kestrel's strings, blocks.
        var crowd = new List<RawClient>();
        for (var i = 0; i < 80; i++)
        {
            var client = await server.ConnectAsync();
            await client.SendAsync($"GET /?{i} HTTP/1.1\r\nHost: plate.test\r\n" + string.Concat(Enumerable.Repeat("X: " + new string('a', 6000) + "\r\n", 5)));
            crowd.Add(client);
        }
        var refused = await Task.WhenAny(crowd.Select(static client => client.ReadAsync()));
        var answer = await refused;
        Assert.Equal(503, answer.Status);
        Assert.Equal("5", answer["Retry-After"]);

        await established.RequestAsync("GET", "/", []);
        Assert.Equal(200, (await established.ReadAsync()).Status);
        Assert.Equal(200, (await server.GetAsync("/")).Status);
        await server.Errors.WaitForAsync("HP605");
        crowd.ForEach(static client => client.Dispose());
        await server.StopAsync();
    }

    [Fact]
    public async Task One_connection_more_than_may_be_ends_an_idle_one_that_never_asked()
    {
        await using var server = await ServerProcess.StartAsync("hello", "--max-connections", "3");
        using var established = await server.ConnectAsync();
        await established.RequestAsync("GET", "/", []);
        Assert.Equal(200, (await established.ReadAsync()).Status);
        using var silent = await server.ConnectAsync();
        using var other = await server.ConnectAsync();

        Assert.Equal(200, (await server.GetAsync("/")).Status);

        var ended = await Task.WhenAny(silent.ReadToEndAsync(), other.ReadToEndAsync());
        Assert.Empty(await ended);
        await established.RequestAsync("GET", "/", []);
        Assert.Equal(200, (await established.ReadAsync()).Status);
        await server.StopAsync();
    }

    [Fact]
    public async Task When_all_are_busy_the_one_that_comes_is_closed()
    {
        await using var server = await ServerProcess.StartAsync("slow", "--max-connections", "1", "--threads", "2", "--metrics", "127.0.0.1:0");
        using var busy = await server.ConnectAsync();
        await busy.RequestAsync("GET", "/sleep?s=600", []);
        await Patience.UntilAsync(async () => await MetricAsync(server, "hotplate_requests_in_flight") == 1, "the request runs");

        try
        {
            using var next = await server.ConnectAsync();
            Assert.Empty(await next.ReadToEndAsync());
        }
        catch (SocketException error) when (error.SocketErrorCode == SocketError.ConnectionReset)
        {
            // It was closed before this process looked whether it was open.
        }

        Assert.Equal(1, await MetricAsync(server, "hotplate_connections_refused_total"));
        busy.Reset();
        await Patience.UntilAsync(async () => await MetricAsync(server, "hotplate_connections") == 0, "its place is free");
        Assert.Equal(200, (await server.GetAsync("/")).Status);
    }

    [Fact]
    public async Task What_was_held_is_given_back()
    {
        await using var server = await ServerProcess.StartAsync("hello", "--metrics", "127.0.0.1:0");
        using (var client = await server.ConnectAsync())
        {
            await client.SendAsync("GET / HTTP/1.1\r\nHost: plate.test\r\n" + string.Concat(Enumerable.Repeat("X: " + new string('a', 6000) + "\r\n", 5)));
            await Patience.UntilAsync(async () => await MetricAsync(server, "hotplate_client_memory_bytes") > 100_000, "it is counted");
            Assert.Equal(1, await MetricAsync(server, "hotplate_connections"));
        }
        await Patience.UntilAsync(async () => await MetricAsync(server, "hotplate_client_memory_bytes") == 0, "it is given back");
        Assert.Equal(0, await MetricAsync(server, "hotplate_connections"));
    }

    [Fact]
    public async Task Heads_that_HTTP2_makes_out_of_a_few_bytes_are_counted_before_there_are_many()
    {
        // A heap of 96 MB, and 40 connections with 100 heads of 32 KB: four times as much, if nothing were in the way.
        await using var server = await new ServerCommand("hello")
        {
            Flags = ["--client-memory", "12M", "-b", "127.0.0.1:0", "-b", "h2c:127.0.0.1:0"],
            Binds = 2,
            Environment = new Dictionary<string, string> { ["DOTNET_GCHeapHardLimit"] = "0x6000000" },
        }.StartAsync();
        (string, string)[] head = [(":method", "POST"), (":scheme", "http"), (":path", "/"), (":authority", "plate.test")];
        var plain = RawHttp2.Head(1, end: false, head)[9..];
        // A literal that is kept: 0x40, its name and its value, each with its length before it (RFC 7541 §6.2.1); it is number 62 then.
        byte[] kept = [.. plain, 0x40, 3, .. "x-a"u8, 127, 0xA1, 0x1E, .. Enumerable.Repeat((byte)'a', 4000)];
        byte[] flood =
        [
            .. RawHttp2.Frame(RawHttp2.Headers, 4, 1, kept),
            .. Enumerable.Range(1, 99).SelectMany(number => RawHttp2.Frame(
                RawHttp2.Headers, 4, (2 * number) + 1, [.. plain, .. Enumerable.Repeat((byte)0xBE, 8)])),
        ];
        using var established = await server.ConnectAsync();
        var crowd = Enumerable.Range(0, 40).Select(async _ =>
        {
            using var client = await RawHttp2.ConnectAsync(server.EndPoint(1));
            await client.SendAsync(flood);
            await client.UntilAsync(static (_, _, _) => false);
        }).ToList();
        for (var i = 0; i < 50; i++)
        {
            await established.RequestAsync("GET", "/", []);
            Assert.Equal(200, (await established.ReadAsync()).Status);
        }
        Assert.True(server.IsRunning, server.Errors.Text);
        await server.StopAsync();
        await Task.WhenAll(crowd).ContinueWith(static _ => { }, TaskScheduler.Default);
    }

    private static async Task<double> MetricAsync(ServerProcess server, string name)
    {
        var line = await server.Errors.WaitForAsync("Metrics at: ");
        var address = new Uri(line[(line.IndexOf("http://", StringComparison.Ordinal))..]);
        using var client = await RawClient.ConnectAsync(IPEndPoint.Parse(address.Authority));
        await client.RequestAsync("GET", "/metrics", ["Connection: close"]);
        var text = (await client.ReadAsync()).Text;
        var found = text.Split('\n').First(line => line.StartsWith(name + "{", StringComparison.Ordinal));
        return double.Parse(found[(found.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture);
    }
}
