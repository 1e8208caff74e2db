using System.Text;

namespace Hotplate.Tests.Gateway;

/// <summary>A piece that the application yields is on its way to the client before the next one is made.</summary>
public sealed class StreamingTests(StreamingTests.Streaming app) : IClassFixture<StreamingTests.Streaming>
{
    public sealed class Streaming() : Served("streaming");

    [Theory]
    [InlineData("/?n=2", "piece 1\n")]
    [InlineData("/?n=2&length=1", "piece 1\n")]
    [InlineData("/?n=2&blank=1", "piece 1\n")]
    [InlineData("/events?n=2", "id: 1\ndata: event 1\n\n")]
    public async Task The_first_piece_does_not_wait_for_the_second(string path, string first)
    {
        using var client = await app.Server.ConnectAsync();
        var go = Guid.NewGuid().ToString("N");
        await client.RequestAsync("GET", $"{path}&until={app.Folder.File(go)}", []);
        var head = await client.ReadHeadAsync();
        var text = "";
        while (text.Length < first.Length)
        {
            text += Encoding.ASCII.GetString((await client.ReadPieceAsync(head))!);
        }
        Assert.Equal(first, text);
        app.Folder.Write(go, "");
        Assert.NotNull(await client.ReadPieceAsync(head));
    }

    [Theory]
    [InlineData("/?n=5&gap=0.02", Framing.Chunked)]
    [InlineData("/?n=5&gap=0.02&blank=1", Framing.Chunked)]
    [InlineData("/?n=5&gap=0.02&length=1", Framing.Length)]
    public async Task A_stream_is_whole_and_its_end_is_told(string path, object framing)
    {
        var answer = await app.Server.GetAsync(path);
        Assert.Equal(string.Concat(Enumerable.Range(1, 5).Select(number => $"piece {number}\n")), answer.Text);
        Assert.Equal((framing, true), ((object)answer.Framing, answer.IsComplete));
    }

    [Fact]
    public async Task A_hundred_thousand_pieces_come_in_order()
    {
        var answer = await app.Server.GetAsync("/numbers?n=100000");
        Assert.Equal(string.Concat(Enumerable.Range(0, 100_000).Select(number => $"{number}\n")), answer.Text);
    }

    [Fact]
    public async Task Streams_on_one_connection_follow_each_other()
    {
        using var client = await app.Server.ConnectAsync();
        for (var i = 0; i < 3; i++)
        {
            await client.RequestAsync("GET", "/?n=3&gap=0", []);
            Assert.Equal("piece 1\npiece 2\npiece 3\n", (await client.ReadAsync()).Text);
        }
    }

    [Fact]
    public async Task Twenty_streams_at_once_do_not_mix()
    {
        await Task.WhenAll(Enumerable.Range(1, 20).Select(async count =>
        {
            var answer = await app.Server.GetAsync($"/?n={count}&gap=0.01");
            Assert.Equal(string.Concat(Enumerable.Range(1, count).Select(number => $"piece {number}\n")), answer.Text);
        }));
    }

    [Fact]
    public async Task To_HTTP_1_0_a_stream_ends_with_the_connection()
    {
        using var client = await app.Server.ConnectAsync();
        await client.SendAsync("GET /?n=3&gap=0.1 HTTP/1.0\r\n\r\n");
        var answer = await client.ReadAsync();
        Assert.Equal((Framing.UntilClose, "piece 1\npiece 2\npiece 3\n"), (answer.Framing, answer.Text));
    }

    [Fact]
    public async Task A_client_that_leaves_ends_the_stream()
    {
        using var client = await app.Server.ConnectAsync();
        await client.RequestAsync("GET", "/endless?gap=0.01&id=left", []);
        await client.ReadPieceAsync(await client.ReadHeadAsync());
        Assert.EndsWith("open", (await app.Server.GetAsync("/made?id=left")).Text, StringComparison.Ordinal);
        client.Reset();
        await Patience.UntilAsync(async () => (await app.Server.GetAsync("/made?id=left")).Text.EndsWith("closed", StringComparison.Ordinal), "the stream was closed");
    }

    [Fact]
    public async Task An_endless_stream_to_a_client_that_does_not_read_stops_being_made()
    {
        using var client = await RawClient.ConnectAsync(app.Server.EndPoint(), receiveBuffer: 4096);
        await client.RequestAsync("GET", "/endless?gap=0&size=65536&id=unread", []);
        await client.ReadHeadAsync();
        var before = -1;
        await Patience.UntilAsync(
            async () =>
            {
                // It stands still once all that may wait for this client is full.
                await Task.Delay(500, CancellationToken.None);
                var (last, words) = (before, (await app.Server.GetAsync("/made?id=unread")).Text.Split(' '));
                before = int.Parse(words[0], System.Globalization.CultureInfo.InvariantCulture);
                return before > 0 && before == last;
            },
            "the application stopped making pieces");
        client.Reset();
        await Patience.UntilAsync(async () => (await app.Server.GetAsync("/made?id=unread")).Text.EndsWith("closed", StringComparison.Ordinal), "the stream was closed");
    }
}
