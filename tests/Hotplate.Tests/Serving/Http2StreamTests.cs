using System.Buffers.Binary;

namespace Hotplate.Tests.Serving;

/// <summary>One stream's mistakes are its own: behind a proxy, the others of the connection are other people's.</summary>
public sealed class Http2StreamTests(Http2StreamTests.Slow app) : IClassFixture<Http2StreamTests.Slow>
{
    private const int ProtocolError = 1;

    public sealed class Slow() : Served("slow", "-b", "h2c:127.0.0.1:0");

    public static TheoryData<string, string, string, string, int> Refused() => new()
    {
        { "a large field", "/", "cookie", new string('a', 9_000), 431 },
        { "a larger field than a frame", "/", "cookie", new string('a', 60_000), 431 },
        { "a long path", "/?" + new string('a', 5_000), "x-a", "b", 414 },
        { "a longer path than a frame", "/?" + new string('a', 30_000), "x-a", "b", 414 },
        { "%00 in the path", "/%00", "x-a", "b", 400 },
        { "a broken escape", "/%zz", "x-a", "b", 400 },
        { "Keep-Alive", "/", "keep-alive", "timeout=5", 400 },
        { "Proxy-Connection", "/", "proxy-connection", "keep-alive", 400 },
        { "Transfer-Encoding", "/", "transfer-encoding", "chunked", 400 },
        { "Upgrade", "/", "upgrade", "websocket", 400 },
        { "a control character in a value", "/", "x-a", "b\u0001c", 400 },
    };

    [Theory, MemberData(nameof(Refused))]
    public async Task A_head_that_is_refused_ends_its_own_stream_alone(string what, string path, string name, string value, int status)
    {
        Assert.NotEqual("", what);
        using var client = await RawHttp2.ConnectAsync(app.Server.EndPoint());
        await client.SendAsync(RawHttp2.Get(1, "/sleep?s=0.3"));
        await client.SendAsync(RawHttp2.Get(3, path, (name, value)));
        Assert.True(await client.EndAsync(3));
        Assert.Equal(status, client.StatusOf(3));
        Assert.True(client.Frames.Any(static frame => frame.Stream == 1 && (frame.Flags & 1) != 0) || await client.EndAsync(1));
        Assert.Equal((200, null), (client.StatusOf(1), client.ResetOf(1)));
        Assert.DoesNotContain(client.Frames, static frame => frame.Type == RawHttp2.GoAway);
    }

    [Fact]
    public async Task Too_many_fields_are_431_and_the_parts_of_a_Cookie_are_one_field()
    {
        using var client = await RawHttp2.ConnectAsync(app.Server.EndPoint());
        await client.SendAsync(RawHttp2.Get(1, "/", [.. Enumerable.Range(0, 250).Select(static n => ($"x-{n}", "1"))]));
        Assert.True(await client.EndAsync(1));
        Assert.Equal(431, client.StatusOf(1));
        await client.SendAsync(RawHttp2.Get(3, "/", [.. Enumerable.Range(0, 250).Select(static n => ("cookie", $"c{n}=1"))]));
        Assert.True(await client.EndAsync(3));
        Assert.Equal(200, client.StatusOf(3));
    }

    [Fact]
    public async Task An_empty_authority_is_refused()
    {
        using var client = await RawHttp2.ConnectAsync(app.Server.EndPoint());
        await client.SendAsync(RawHttp2.Head(1, end: true, [(":method", "GET"), (":scheme", "http"), (":path", "/"), (":authority", "")]));
        Assert.True(await client.EndAsync(1));
        Assert.True(client.StatusOf(1) == 400 || client.ResetOf(1) == ProtocolError);
    }

    [Fact]
    public async Task A_Content_Length_in_the_trailers_is_refused()
    {
        using var client = await RawHttp2.ConnectAsync(app.Server.EndPoint());
        await client.SendAsync((byte[])
        [
            .. RawHttp2.Head(1, end: false, [(":method", "POST"), (":scheme", "http"), (":path", "/"), (":authority", "plate.test")]),
            .. RawHttp2.Frame(RawHttp2.Data, 0, 1, "hello"u8),
            .. RawHttp2.Head(1, end: true, [("content-length", "5")]),
        ]);
        Assert.True(await client.EndAsync(1));
        Assert.Equal(400, client.StatusOf(1));
    }

    [Fact]
    public async Task Extended_CONNECT_is_not_announced()
    {
        using var client = await RawHttp2.ConnectAsync(app.Server.EndPoint());
        await client.SendAsync(RawHttp2.Get(1, "/"));
        Assert.True(await client.EndAsync(1));
        var settings = client.Frames.First(static frame => frame.Type == RawHttp2.Settings && (frame.Flags & 1) == 0).Payload;
        var names = Enumerable.Range(0, settings.Length / 6).Select(at => BinaryPrimitives.ReadUInt16BigEndian(settings.AsSpan(6 * at))).ToList();
        Assert.Contains((ushort)3, names);
        Assert.DoesNotContain((ushort)8, names);
    }

    [Fact]
    public async Task A_stop_says_GOAWAY_at_once_answers_what_was_asked_and_warns_of_nothing()
    {
        using var folder = new TemporaryFolder();
        await using var server = await ServerProcess.StartAsync("streaming", "-b", "h2c:127.0.0.1:0");
        using var client = await RawHttp2.ConnectAsync(server.EndPoint());
        await client.SendAsync(RawHttp2.Get(1, $"/?n=2&until={folder.File("go")}"));
        Assert.True(await client.UntilAsync(static (type, _, _) => type == RawHttp2.Data));
        using var idle = await RawHttp2.ConnectAsync(server.EndPoint());
        await idle.SendAsync(RawHttp2.Get(1, "/?n=1"));
        Assert.True(await idle.EndAsync(1));
        server.Signal(ServerProcess.SIGTERM);
        Assert.True(await idle.UntilAsync(static (type, _, _) => type == RawHttp2.GoAway));
        Assert.False(await idle.UntilAsync(static (_, _, _) => false));
        Assert.True(await client.UntilAsync(static (type, _, _) => type == RawHttp2.GoAway));
        folder.Write("go");
        Assert.True(await client.EndAsync(1));
        Assert.Equal("piece 1\npiece 2\n"u8.ToArray(), client.BodyOf(1));
        Assert.Equal(0, await server.ExitAsync());
        Assert.DoesNotContain("WARNING", server.Errors.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_that_resets_what_it_asks_for_is_no_line_of_the_log()
    {
        await using var server = await ServerProcess.StartAsync("hello", "-b", "h2c:127.0.0.1:0");
        for (var connection = 0; connection < 5; connection++)
        {
            using var client = await RawHttp2.ConnectAsync(server.EndPoint());
            for (var stream = 1; stream < 10_000; stream += 2)
            {
                try
                {
                    await client.SendAsync((byte[])[.. RawHttp2.Get(stream, "/"), .. RawHttp2.Frame(RawHttp2.RstStream, 0, stream, [0, 0, 0, 8])]);
                }
                catch (IOException)
                {
                    // Kestrel has had enough of it.
                    break;
                }
            }
        }
        using var next = await RawHttp2.ConnectAsync(server.EndPoint());
        await next.SendAsync(RawHttp2.Get(1, "/"));
        Assert.True(await next.EndAsync(1));
        Assert.Equal(200, next.StatusOf(1));
        await server.StopAsync();
        Assert.DoesNotContain(server.Errors.Text.Split('\n'), static line => line.Contains("WARN", StringComparison.Ordinal) || line.Contains("ERROR", StringComparison.Ordinal) || line.Contains("CRITICAL", StringComparison.Ordinal) || line.Contains("Microsoft", StringComparison.Ordinal));
    }
}
