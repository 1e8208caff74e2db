namespace Hotplate.Tests.Serving;

/// <summary>Connections that carry several requests, and how they end.</summary>
public sealed class ConnectionTests(ConnectionTests.Streaming app) : IClassFixture<ConnectionTests.Streaming>
{
    public sealed class Streaming() : Served("streaming");

    [Fact]
    public async Task Two_hundred_requests_go_over_one_connection()
    {
        using var client = await app.Server.ConnectAsync();
        for (var number = 1; number <= 200; number++)
        {
            await client.RequestAsync("GET", $"/?n={number % 7}&gap=0", []);
            Assert.Equal(number % 7, (await client.ReadAsync()).Text.Count(letter => letter == '\n'));
        }
    }

    [Fact]
    public async Task Pipelined_requests_are_answered_in_their_order()
    {
        using var client = await app.Server.ConnectAsync();
        // The first takes longest.
        await client.SendAsync(string.Concat(Enumerable.Range(1, 20).Select(number => $"GET /?n={number}&gap={(number == 1 ? "0" : "0.001")} HTTP/1.1\r\nHost: a\r\n\r\n")));
        for (var number = 1; number <= 20; number++)
        {
            Assert.Equal(number, (await client.ReadAsync()).Text.Count(letter => letter == '\n'));
        }
    }

    [Fact]
    public async Task Requests_cut_anywhere_are_put_together_again()
    {
        using var client = await app.Server.ConnectAsync();
        foreach (var letter in "GET /?n=1 HTTP/1.1\r\nHost: a\r\nX-A: b\r\n\r\n")
        {
            await client.SendAsync(letter.ToString());
            await Task.Yield();
        }
        Assert.Equal("piece 1\n", (await client.ReadAsync()).Text);
    }

    [Fact]
    public async Task Connection_close_is_obeyed()
    {
        using var client = await app.Server.ConnectAsync();
        await client.RequestAsync("GET", "/?n=1", ["Connection: close"]);
        var answer = await client.ReadAsync();
        Assert.Equal(("piece 1\n", "close"), (answer.Text, answer["Connection"]));
        Assert.Equal("", await client.ReadToEndAsync());
    }

    [Fact]
    public async Task HTTP_1_0_closes_by_itself()
    {
        using var client = await app.Server.ConnectAsync();
        await client.SendAsync("GET /?n=1 HTTP/1.0\r\n\r\n");
        var answer = await client.ReadAsync();
        Assert.Equal((200, "piece 1\n"), (answer.Status, answer.Text));
        Assert.Equal("", await client.ReadToEndAsync());
    }

    [Fact]
    public async Task HTTP_1_0_may_ask_to_be_kept()
    {
        using var client = await app.Server.ConnectAsync();
        for (var i = 0; i < 2; i++)
        {
            await client.SendAsync("GET /?n=1&length=1 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
            Assert.Equal("piece 1\n", (await client.ReadAsync()).Text);
        }
    }

    [Theory, InlineData("/?n=1"), InlineData("/?n=3&gap=0.1"), InlineData("/?n=1&length=1")]
    public async Task A_client_that_has_finished_sending_still_gets_its_answer(string target)
    {
        using var client = await app.Server.ConnectAsync();
        await client.RequestAsync("GET", target, []);
        client.FinishSending();
        var answer = await client.ReadAsync();
        Assert.EndsWith($"piece {target[4]}\n", answer.Text, StringComparison.Ordinal);
        Assert.True(answer.IsComplete);
        Assert.Equal("", await client.ReadToEndAsync());
    }

    [Fact]
    public async Task All_its_pipelined_requests_are_answered_before_the_connection_ends()
    {
        using var client = await app.Server.ConnectAsync();
        await client.SendAsync(string.Concat(Enumerable.Range(1, 5).Select(n => $"GET /?n={n}&length=1 HTTP/1.1\r\nHost: a\r\n\r\n")));
        client.FinishSending();
        for (var n = 1; n <= 5; n++)
        {
            Assert.EndsWith($"piece {n}\n", (await client.ReadAsync()).Text, StringComparison.Ordinal);
        }
        Assert.Equal("", await client.ReadToEndAsync());
    }

    [Theory, InlineData(1, "1.1"), InlineData(5, "1.0"), InlineData(300_000, "1.1"), InlineData(300_000, "1.0"), InlineData(3_000_000, "1.1")]
    public async Task A_client_that_finishes_sending_with_its_body_still_gets_its_answer(int size, string version)
    {
        using var client = await app.Server.ConnectAsync();
        await client.SendAsync($"POST /?n=1&length=1 HTTP/{version}\r\nHost: a\r\nContent-Length: {size}\r\n\r\n" + new string('x', size));
        client.FinishSending();
        Assert.Equal("piece 1\n", (await client.ReadAsync()).Text);
        Assert.Equal("", await client.ReadToEndAsync());
    }

    [Fact]
    public async Task Pipelined_bodies_are_all_taken_before_the_connection_ends()
    {
        using var client = await app.Server.ConnectAsync();
        await client.SendAsync(string.Concat(Enumerable.Range(1, 5).Select(n => $"POST /?n={n}&length=1 HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello")));
        client.FinishSending();
        for (var n = 1; n <= 5; n++)
        {
            Assert.EndsWith($"piece {n}\n", (await client.ReadAsync()).Text, StringComparison.Ordinal);
        }
        Assert.Equal("", await client.ReadToEndAsync());
    }

    [Fact]
    public async Task A_body_that_ends_before_its_length_is_no_request()
    {
        using var client = await app.Server.ConnectAsync();
        await client.SendAsync("POST /?n=1 HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nhello");
        client.FinishSending();
        Assert.NotEqual(200, (await client.ReadAsync()).Status);
    }

    [Fact]
    public async Task Blank_lines_before_a_request_are_passed_over_or_refused()
    {
        using var client = await app.Server.ConnectAsync();
        await client.SendAsync("\r\nGET /?n=1 HTTP/1.1\r\nHost: a\r\n\r\n");
        var answer = await client.ReadAsync();
        Assert.True(answer.Status is 200 or 400, answer.Text);
    }

    [Fact]
    public async Task Two_hundred_connections_at_once_are_all_served()
    {
        var clients = await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => app.Server.ConnectAsync()));
        await Task.WhenAll(clients.Select(async client =>
        {
            await client.RequestAsync("GET", "/?n=2&gap=0.01", []);
            Assert.Equal("piece 1\npiece 2\n", (await client.ReadAsync()).Text);
            client.Dispose();
        }));
    }
}
