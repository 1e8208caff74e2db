using System.Security.Cryptography;
using Hotplate.Tests.Fixtures;

namespace Hotplate.Tests.Serving;

/// <summary>Bodies of all sizes go to the application and come back as they are, many at a time, whichever way they travel.</summary>
[Trait("starts", "processes")]
public class LargeBodyTests
{
    private static readonly int[] s_sizes =
        [0, 1, 16_383, 16_384, 16_385, 65_535, 65_536, 65_537, 100_000, 131_072, 262_143, 262_144, 262_145, 1_048_576, 3_000_001];

    [Theory]
    [InlineData("2")]
    [InlineData("1", "--threads", "1")]
    [InlineData("1", "--buffer-requests", "off")]
    public async Task What_is_sent_comes_back(string workers, params string[] flags)
    {
        await using var server = await new ServerCommand("echo") { Flags = ["-w", workers, .. flags] }.StartAsync();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(async client =>
        {
            var random = new Random(client);
            foreach (var size in s_sizes.OrderBy(_ => random.Next()).ToArray())
            {
                var body = new byte[size];
                random.NextBytes(body);
                var answer = await server.SendAsync("POST", "/", body);
                Assert.Equal(200, answer.Status);
                Assert.Equal(Convert.ToHexString(SHA256.HashData(body)), Convert.ToHexString(SHA256.HashData(answer.Body)));
            }
        }));
        await server.StopAsync();
    }

    [Fact]
    public async Task They_are_whole_though_workers_are_killed()
    {
        await using var server = await new ServerCommand("echo") { Flags = ["-w", "2"] }.StartAsync();
        using var over = new CancellationTokenSource();
        var clients = Enumerable.Range(0, 6).Select(async client =>
        {
            var random = new Random(client);
            var asked = 0;
            while (!over.IsCancellationRequested)
            {
                var body = new byte[random.Next(10_000, 260_000)];
                random.NextBytes(body);
                var answer = await server.SendAsync("PUT", "/", body);
                Assert.Equal(200, answer.Status);
                Assert.True(body.AsSpan().SequenceEqual(answer.Body));
                asked++;
            }
            return asked;
        }).ToArray();
        for (var kill = 0; kill < 5; kill++)
        {
            var killed = server.Workers[kill % 2];
            server.Signal(ServerProcess.SIGKILL, killed);
            await Patience.UntilAsync(() => server.Workers is { Count: 2 } now && !now.Contains(killed), "another is there");
        }
        await over.CancelAsync();
        Assert.All(await Task.WhenAll(clients), static asked => Assert.True(asked > 0));
        await server.StopAsync();
    }
}
