using System.Globalization;

namespace Hotplate.Tests.Serving;

/// <summary>Many clients at once, some of whom leave at the worst moment.</summary>
public sealed class TrafficTests
{
    private const int Clients = 16;
    private const int Rounds = 40;

    [Theory]
    [InlineData("--buffer-requests", "on")]
    [InlineData("--buffer-requests", "off")]
    [InlineData("--spool-threshold", "4K")]
    [InlineData("--threads", "1")]
    public async Task No_answer_is_anothers_and_nothing_is_left_open(string flag, string value)
    {
        using var folder = new TemporaryFolder();
        await using var server = await ServerProcess.StartAsync("echo", "-w", "2", "--control", folder.File("control"), flag, value);
        // One that still loads has fewer descriptors than it will have.
        await server.ServedByAsync(2, folder.File("control"));
        var workers = server.Workers.Order().ToList();
        await TalkAsync(server, seed: 0);
        var before = Descriptors(server);
        await Task.WhenAll(Enumerable.Range(1, Clients).Select(seed => TalkAsync(server, seed)));
        Assert.Equal(workers, server.Workers.Order());
        try
        {
            await Patience.UntilAsync(
                () => Descriptors(server).Zip(before).All(pair => pair.First <= pair.Second),
                "sockets, pipes and spool files are closed again");
        }
        finally
        {
            TestContext.Current.SendDiagnosticMessage(
                "front, zygote, workers: {0} before, {1} now", string.Join(' ', before), string.Join(' ', Descriptors(server)));
        }
        await server.StopAsync();
    }

    [Fact]
    public async Task The_same_with_greenlets()
    {
        await using var server = await new ServerCommand("gevent_patched") { Needs = ["gevent"], Flags = ["-w", "2"] }.StartAsync();
        await Task.WhenAll(Enumerable.Range(1, Clients).Select(async seed =>
        {
            var random = new Random(seed);
            for (var round = 0; round < Rounds; round++)
            {
                var size = random.Next(100_000);
                Assert.Equal(size.ToString(CultureInfo.InvariantCulture), (await server.SendAsync("POST", "/echo", new byte[size])).Text);
                using var leaving = await server.ConnectAsync();
                await leaving.RequestAsync("GET", "/stream?n=100&gap=0.001", []);
                await leaving.ReadHeadAsync();
                leaving.Reset();
            }
        }));
        await server.StopAsync();
    }

    private static async Task TalkAsync(ServerProcess server, int seed)
    {
        var random = new Random(seed);
        var client = await server.ConnectAsync();
        for (var round = 0; round < Rounds; round++)
        {
            var body = new byte[random.Next(4) == 0 ? random.Next(400_000) : random.Next(5_000)];
            random.NextBytes(body);
            switch (random.Next(6))
            {
                case 0:
                    // Leaves within its own body.
                    await client.RequestAsync("POST", "/?how=read", [$"Content-Length: {body.Length + 1}"], body);
                    client = await ReplaceAsync(server, client);
                    break;
                case 1:
                    // Leaves within the answer, or before it.
                    await client.RequestAsync("POST", "/?how=late&n=1000", [$"Content-Length: {body.Length}"], body);
                    if (random.Next(2) == 0)
                    {
                        await client.ReadHeadAsync();
                    }
                    client = await ReplaceAsync(server, client);
                    break;
                case 2:
                    await client.RequestAsync("POST", "/?how=readn&n=10000", ["Transfer-Encoding: chunked"]);
                    foreach (var chunk in body.Chunk(1 + random.Next(50_000)))
                    {
                        await client.SendAsync(chunk.Length.ToString("x", CultureInfo.InvariantCulture) + "\r\n");
                        await client.SendAsync(chunk);
                        await client.SendAsync("\r\n");
                    }
                    await client.SendAsync("0\r\n\r\n");
                    await AssertAnswerAsync(client, body);
                    break;
                case 3:
                    await client.RequestAsync("POST", $"/?how=late&n={1 + random.Next(20_000)}", [$"Content-Length: {body.Length}"], body);
                    await AssertAnswerAsync(client, body);
                    break;
                default:
                    await client.RequestAsync("POST", "/?how=read", [$"Content-Length: {body.Length}"], body);
                    await AssertAnswerAsync(client, body);
                    break;
            }
        }
        client.Dispose();
    }

    private static async Task AssertAnswerAsync(RawClient client, byte[] body)
    {
        var answer = await client.ReadAsync();
        Assert.True(answer is { Status: 200, IsComplete: true } && body.AsSpan().SequenceEqual(answer.Body),
            $"{answer.Status}, {answer.Body.Length} bytes for {body.Length}, complete: {answer.IsComplete}");
    }

    private static async Task<RawClient> ReplaceAsync(ServerProcess server, RawClient client)
    {
        client.Reset();
        return await server.ConnectAsync();
    }

    // Libraries that are loaded late, and the few files a worker's own judge of its threads keeps, are not the clients'.
    private static List<int> Descriptors(ServerProcess server) =>
        [.. server.Workers.Order().Prepend(server.Zygote).Prepend(server.Pid).Select(pid => Directory.GetFiles($"/proc/{pid}/fd").Count(IsOfClients))];

    private static bool IsOfClients(string descriptor)
    {
        try
        {
            var target = new FileInfo(descriptor).LinkTarget ?? "";
            return target.StartsWith("socket:", StringComparison.Ordinal) || target.StartsWith("pipe:", StringComparison.Ordinal) || target.Contains("(deleted)", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false;
        }
    }
}
