namespace Hotplate.Tests.Serving;

/// <summary>Answers that fail when they have begun: what the application gave arrives, and the end says that it is not all.</summary>
public sealed class CutAnswerTests(CutAnswerTests.Cut app) : IClassFixture<CutAnswerTests.Cut>
{
    public sealed class Cut() : Served(new ServerCommand("cut") { Flags = ["-b", "127.0.0.1:0", "-b", "h2c:127.0.0.1:0", "--timeout", "2"], Binds = 2 });

    public static TheoryData<string, int> Ways()
    {
        var ways = new TheoryData<string, int>();
        foreach (var then in (string[])["raise", "hang", "short", "write", "file"])
        {
            ways.Add(then, 1);
            ways.Add(then, 1000);
            ways.Add(then, 300_000);
        }
        return ways;
    }

    [Theory, MemberData(nameof(Ways))]
    public async Task Everything_given_before_arrives_and_a_FIN_ends_it(string then, int size)
    {
        using var client = await app.Server.ConnectAsync();
        await client.RequestAsync("GET", $"/?n={size}&then={then}", []);
        var answer = await client.ReadAsync();
        Assert.Equal((200, size, false), (answer.Status, answer.Body.Count(static one => one == 'z'), answer.IsComplete));
        Assert.Equal("", await client.ReadToEndAsync());
        Assert.False(client.WasReset);
    }

    [Fact]
    public async Task A_client_that_reads_late_gets_all_of_it_too()
    {
        const int Size = 5_000_000;
        using var client = await RawClient.ConnectAsync(app.Server.EndPoint(), receiveBuffer: 4096);
        await client.RequestAsync("GET", $"/?n={Size}&then=raise", []);
        var answer = await client.ReadHeadAsync();
        // The failure is known before the rest is read.
        await app.Server.Errors.WaitForAsync("cut on purpose");
        var came = 0;
        while (await client.ReadPieceAsync(answer) is { } piece)
        {
            came += piece.Length;
        }
        Assert.Equal((Size, false, false), (came, answer.IsComplete, client.WasReset));
    }

    [Theory, MemberData(nameof(Ways))]
    public async Task Over_HTTP_2_the_stream_alone_is_reset_behind_its_data(string then, int size)
    {
        using var client = await RawHttp2.ConnectAsync(app.Server.EndPoint(1));
        await client.SendAsync(RawHttp2.Get(1, $"/?n={size}&then={then}"));
        Assert.True(await client.EndAsync(1));
        Assert.Equal((200, size, 2), (client.StatusOf(1), client.BodyOf(1).Length, client.ResetOf(1)));
        await client.SendAsync(RawHttp2.Get(3, "/"));
        Assert.True(await client.EndAsync(3));
        Assert.Equal("well"u8.ToArray(), client.BodyOf(3));
    }

    [Theory, InlineData(1), InlineData(1000)]
    public async Task A_worker_that_is_killed_ends_it_in_the_same_way(int size)
    {
        var go = $"killed-{size}";
        using var client = await app.Server.ConnectAsync();
        await client.RequestAsync("GET", $"/?n={size}&then=exit&until={app.Folder.File(go)}", []);
        using var stream = await RawHttp2.ConnectAsync(app.Server.EndPoint(1));
        await stream.SendAsync(RawHttp2.Get(1, $"/?n={size}&then=exit&until={app.Folder.File(go)}"));
        var answer = await client.ReadHeadAsync();
        Assert.Equal(size, (await client.ReadPieceAsync(answer))!.Length);
        Assert.True(await stream.UntilAsync((type, _, _) => type == RawHttp2.Data && stream.BodyOf(1).Length == size));
        app.Folder.Write(go);
        Assert.Null(await client.ReadPieceAsync(answer));
        Assert.Equal((200, false, false), (answer.Status, answer.IsComplete, client.WasReset));
        Assert.True(await stream.EndAsync(1));
        Assert.Equal(2, stream.ResetOf(1));
    }

    public static TheoryData<string, string, int> Deaths()
    {
        var deaths = new TheoryData<string, string, int>();
        foreach (var then in (string[])["exit", "kill", "crash"])
        {
            deaths.Add(then, "yield", 1);
            deaths.Add(then, "yield", 100_000);
            deaths.Add(then, "write", 1);
            deaths.Add(then, "write", 300_000);
        }
        return deaths;
    }

    [Theory, MemberData(nameof(Deaths))]
    public async Task What_was_given_just_before_the_worker_dies_arrives(string then, string by, int size)
    {
        var path = $"/?n={size}&then={then}&by={by}";
        using var client = await app.Server.ConnectAsync();
        await client.RequestAsync("GET", path, []);
        var answer = await client.ReadAsync();
        Assert.Equal((200, size, false), (answer.Status, answer.Body.Count(static one => one == 'z'), answer.IsComplete));
        Assert.Equal("", await client.ReadToEndAsync());
        Assert.False(client.WasReset);
        using var stream = await RawHttp2.ConnectAsync(app.Server.EndPoint(1));
        await stream.SendAsync(RawHttp2.Get(1, path));
        Assert.True(await stream.EndAsync(1));
        Assert.Equal((200, size, 2), (stream.StatusOf(1), stream.BodyOf(1).Length, stream.ResetOf(1)));
    }

    [Fact]
    public async Task What_was_logged_just_before_the_worker_dies_is_logged()
    {
        Assert.False((await app.Server.GetAsync("/?n=1&then=kill&by=write&say=these")).IsComplete);
        await app.Server.Errors.WaitForAsync("the last words are these");
    }

    [Fact]
    public async Task An_answer_that_only_the_end_of_the_connection_ends_is_reset()
    {
        using var client = await app.Server.ConnectAsync();
        await client.SendAsync("GET /?n=1000&then=raise HTTP/1.0\r\n\r\n");
        var came = await client.ReadToEndAsync();
        Assert.Equal((1000, true), (came[(came.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..].Length, client.WasReset));
    }

    [Fact]
    public async Task One_of_HTTP_1_0_with_a_length_ends_by_FIN()
    {
        using var client = await app.Server.ConnectAsync();
        await client.SendAsync("GET /?n=1000&then=short HTTP/1.0\r\n\r\n");
        var answer = await client.ReadAsync();
        Assert.Equal((1000, false, false), (answer.Body.Length, answer.IsComplete, client.WasReset));
    }

    [Fact]
    public async Task Where_nothing_was_given_the_client_gets_a_page()
    {
        var answer = await app.Server.GetAsync("/?n=0&then=short");
        Assert.True(answer.IsComplete);
        answer = await app.Server.GetAsync("/?n=0&then=raise");
        Assert.Equal((500, true), (answer.Status, answer.IsComplete));
    }
}
