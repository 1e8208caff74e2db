using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Hotplate.Tests.Gateway;

/// <summary>wsgi.input gives the request body, whole and in order, whichever way it is sent and read.</summary>
public sealed class RequestBodyTests(RequestBodyTests.Echo app) : IClassFixture<RequestBodyTests.Echo>
{
    private const int Small = 1000;
    private const int Frame = 65536;
    private const int Large = 5 << 20;

    public sealed class Echo() : Served("echo");

    public static TheoryData<string> Readings { get; } =
    [
        "read", "readn&n=1000", "readn&n=100000", "exact", "readline", "readline&n=100", "readlines", "readlines&n=100", "iterate", "zero", "mixed",
        "late&n=1000",
    ];

    public static MatrixTheoryData<string, int> ReadingsOfSizes { get; } = new(Readings.Select(row => row.Data), [Small, Frame]);

    [Theory]
    [MemberData(nameof(ReadingsOfSizes))]
    public async Task Every_reading_gets_a_body_of_known_length(string how, int size) => await EchoesAsync(how, Lines(size), chunk: 0);

    [Theory]
    [MemberData(nameof(ReadingsOfSizes))]
    public async Task Every_reading_gets_a_chunked_body(string how, int size) =>
        await EchoesAsync(how.Replace("exact", "read", StringComparison.Ordinal), Lines(size), chunk: 777);

    [Theory]
    [InlineData("read")]
    [InlineData("readline")]
    [InlineData("iterate")]
    [InlineData("late&n=65536")]
    public async Task A_body_beyond_memory_is_read_from_disk(string how)
    {
        await EchoesAsync(how, Lines(Large), chunk: 0);
        await EchoesAsync(how, Lines(Large), chunk: 60_000);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4095)]
    [InlineData(16384)]
    [InlineData(65535)]
    [InlineData(65537)]
    [InlineData(1048576)]
    [InlineData(1048577)]
    public async Task Sizes_near_a_limit_are_whole(int size)
    {
        var body = RandomNumberGenerator.GetBytes(size);
        var answer = await app.Server.SendAsync("POST", "/?how=sha", body);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(body)), answer.Text);
    }

    [Fact]
    public async Task A_body_of_fifty_megabytes_is_whole()
    {
        var body = RandomNumberGenerator.GetBytes(50 << 20);
        var answer = await app.Server.SendAsync("POST", "/?how=sha", body);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(body)), answer.Text);
    }

    [Theory]
    [InlineData("read")]
    [InlineData("readline")]
    [InlineData("iterate")]
    public async Task An_empty_body_is_empty(string how)
    {
        var answer = await app.Server.SendAsync("POST", $"/?how={how}", []);
        Assert.Equal((200, "", "b''"), (answer.Status, answer.Text, answer["X-After"]));
    }

    [Fact]
    public async Task A_request_without_body_reads_as_empty_and_does_not_wait()
    {
        var answer = await app.Server.GetAsync("/?how=read");
        Assert.Equal((200, "", "b''"), (answer.Status, answer.Text, answer["X-After"]));
    }

    [Fact]
    public async Task Reading_past_the_end_gives_nothing_even_when_the_connection_goes_on()
    {
        using var client = await app.Server.ConnectAsync();
        await client.SendAsync("POST /?how=read HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nfirstPOST /?how=read HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nsecond");
        var answers = new[] { await client.ReadAsync(), await client.ReadAsync() };
        Assert.Equal(["first", "second"], answers.Select(answer => answer.Text));
        Assert.All(answers, answer => Assert.Equal("b''", answer["X-After"]));
    }

    [Theory]
    [InlineData("none", Small)]
    [InlineData("part&n=10", Small)]
    [InlineData("none", Large)]
    [InlineData("part&n=10", Large)]
    public async Task What_is_left_unread_does_not_harm_the_next_request(string how, int size)
    {
        using var client = await app.Server.ConnectAsync();
        foreach (var word in new[] { "one", "two" })
        {
            await client.RequestAsync("POST", $"/?how={how}", [$"Content-Length: {size}"], Lines(size));
            Assert.Equal(200, (await client.ReadAsync()).Status);
            await client.RequestAsync("POST", "/?how=read", [$"Content-Length: {word.Length}"], Encoding.ASCII.GetBytes(word));
            Assert.Equal(word, (await client.ReadAsync()).Text);
        }
    }

    [Fact]
    public async Task Pieces_are_bytes_and_nothing_else() =>
        Assert.Equal("True", (await app.Server.SendAsync("POST", "/?how=readline", Lines(Small)))["X-Bytes-Only"]);

    [Fact]
    public async Task A_chunked_body_comes_with_its_length_or_with_input_terminated()
    {
        using var client = await app.Server.ConnectAsync();
        await SendChunkedAsync(client, "read", Lines(Small), 100);
        var answer = await client.ReadAsync();
        Assert.Equal("True", answer["X-Terminated"]);
        Assert.True(answer["X-Content-Length"] is "absent" or "1000", answer["X-Content-Length"]);
    }

    [Fact]
    public async Task Chunks_of_every_size_and_trailers_are_taken()
    {
        using var client = await app.Server.ConnectAsync();
        await client.SendAsync("POST /?how=read HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
        await client.SendAsync("1\r\na\r\n2\r\nbc\r\n00A\r\n0123456789\r\n0\r\nX-Trailer: 1\r\n\r\n");
        Assert.Equal("abc0123456789", (await client.ReadAsync()).Text);
        await client.RequestAsync("GET", "/", []);
        Assert.Equal(200, (await client.ReadAsync()).Status);
    }

    [Fact]
    public async Task A_body_that_trickles_in_is_whole()
    {
        using var client = await app.Server.ConnectAsync();
        await client.SendAsync("POST /?how=read HTTP/1.1\r\nHost: a\r\nContent-Length: 50\r\n\r\n");
        foreach (var letter in Lines(50))
        {
            await client.SendAsync(new[] { letter });
            await Task.Yield();
        }
        Assert.Equal(Lines(50), (await client.ReadAsync()).Body);
    }

    [Theory]
    [InlineData("Content-Length: 100\r\n\r\nshort")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n5\r\nshort\r\n")]
    public async Task A_client_that_leaves_within_its_body_harms_nobody(string rest)
    {
        using (var client = await app.Server.ConnectAsync())
        {
            await client.SendAsync("POST /?how=read HTTP/1.1\r\nHost: a\r\n" + rest);
            client.FinishSending();
            var said = await client.ReadToEndAsync();
            Assert.False(said.StartsWith("HTTP/1.1 200", StringComparison.Ordinal), said);
        }
        Assert.Equal("next", (await app.Server.SendAsync("POST", "/?how=read", "next"u8.ToArray())).Text);
    }

    [Fact]
    public async Task Forty_bodies_at_once_do_not_mix()
    {
        await Task.WhenAll(Enumerable.Range(0, 40).Select(async number =>
        {
            var body = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat($"{number:d4}", 20_000)));
            var answer = await app.Server.SendAsync("POST", "/?how=readn&n=5000", body);
            Assert.True(body.AsSpan().SequenceEqual(answer.Body), $"body {number} is another's, or broken");
        }));
    }

    private async Task EchoesAsync(string how, byte[] body, int chunk)
    {
        using var client = await app.Server.ConnectAsync();
        if (chunk > 0)
        {
            await SendChunkedAsync(client, how, body, chunk);
        }
        else
        {
            await client.RequestAsync("POST", $"/?how={how}", [$"Content-Length: {body.Length}"], body);
        }
        var answer = await client.ReadAsync();
        Assert.Equal((200, true), (answer.Status, answer.IsComplete));
        Assert.True(body.AsSpan().SequenceEqual(answer.Body), $"{how}: {answer.Body.Length} bytes came back of {body.Length}, or they differ");
    }

    private static async Task SendChunkedAsync(RawClient client, string how, byte[] body, int size)
    {
        await client.RequestAsync("POST", $"/?how={how}", ["Transfer-Encoding: chunked"]);
        foreach (var chunk in body.Chunk(size))
        {
            await client.SendAsync(chunk.Length.ToString("x", CultureInfo.InvariantCulture) + "\r\n");
            await client.SendAsync(chunk);
            await client.SendAsync("\r\n");
        }
        await client.SendAsync("0\r\n\r\n");
    }

    /// <summary>Lines of different lengths, some empty, the last without an end.</summary>
    private static byte[] Lines(int size)
    {
        var text = new StringBuilder(size + 300);
        for (var number = 0; text.Length < size; number++)
        {
            text.Append(new string((char)('a' + (number % 26)), number * 7 % 130)).Append('\n');
        }
        return Encoding.ASCII.GetBytes(text.ToString(0, size));
    }
}
