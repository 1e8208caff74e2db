namespace Hotplate.Tests.Gateway;

/// <summary>How a request's body gets here: who must wait for whom.</summary>
public sealed class SenderTests
{
    [Fact]
    public async Task A_slow_sender_holds_no_worker()
    {
        await using var server = await ServerProcess.StartAsync("echo", "-w", "1", "--threads", "1");
        using var slow = await server.ConnectAsync();
        await slow.SendAsync("POST /?how=read HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n01234");
        Assert.Equal("quick", (await server.SendAsync("POST", "/?how=read", "quick"u8.ToArray())).Text);
        await slow.SendAsync("56789");
        Assert.Equal("0123456789", (await slow.ReadAsync()).Text);
    }

    [Fact]
    public async Task Expect_100_continue_is_answered_before_the_body_is_sent()
    {
        await using var server = await ServerProcess.StartAsync("echo");
        using var client = await server.ConnectAsync();
        await client.SendAsync("POST /?how=read HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n");
        Assert.Equal("HTTP/1.1 100 Continue", await client.ReadLineAsync());
        Assert.Equal("", await client.ReadLineAsync());
        await client.SendAsync("warm");
        var answer = await client.ReadAsync();
        Assert.Equal((200, "warm"), (answer.Status, answer.Text));
    }

    [Fact]
    public async Task A_body_over_the_limit_gets_413_before_it_is_sent()
    {
        await using var server = await ServerProcess.StartAsync("echo", "--max-body-size", "1000");
        using var client = await server.ConnectAsync();
        await client.SendAsync("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1001\r\n\r\n");
        Assert.Equal(413, (await client.ReadAsync()).Status);
    }

    [Fact]
    public async Task A_client_that_expects_to_be_told_is_told_413_and_not_100()
    {
        await using var server = await ServerProcess.StartAsync("echo", "--max-body-size", "1000");
        using var client = await server.ConnectAsync();
        await client.SendAsync("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 1001\r\n\r\n");
        var answer = await client.ReadAsync();
        Assert.Equal(413, answer.Status);
        Assert.Empty(answer.Interim);
    }

    [Fact]
    public async Task A_chunked_body_over_the_limit_gets_413()
    {
        await using var server = await ServerProcess.StartAsync("echo", "--max-body-size", "1000");
        using var client = await server.ConnectAsync();
        await client.RequestAsync("POST", "/", ["Transfer-Encoding: chunked"]);
        await client.SendAsync($"3e9\r\n{new string('x', 1001)}\r\n0\r\n\r\n");
        Assert.Equal(413, (await client.ReadAsync()).Status);
    }

    [Fact]
    public async Task A_body_just_at_the_limit_is_taken()
    {
        await using var server = await ServerProcess.StartAsync("echo", "--max-body-size", "1000");
        Assert.Equal(1000, (await server.SendAsync("POST", "/?how=read", new byte[1000])).Body.Length);
    }

    [Theory]
    [InlineData(10)]
    [InlineData(5 << 20)]
    public async Task Without_buffering_the_body_still_arrives_whole(int size)
    {
        await using var server = await ServerProcess.StartAsync("echo", "--buffer-requests", "off");
        var body = Enumerable.Range(0, size).Select(number => (byte)(number % 251)).ToArray();
        var answer = await server.SendAsync("POST", "/?how=readn&n=10000", body);
        Assert.True(body.AsSpan().SequenceEqual(answer.Body));
    }

    [Fact]
    public async Task Spooled_bodies_leave_no_file_behind()
    {
        using var folder = new TemporaryFolder();
        await using var server = await new ServerCommand("echo") { Environment = new Dictionary<string, string> { ["TMPDIR"] = folder.Path } }.StartAsync();
        Assert.Equal(64, (await server.SendAsync("POST", "/?how=sha", new byte[8 << 20])).Body.Length);
        await server.StopAsync();
        // .NET's own files for debuggers are its business.
        Assert.DoesNotContain(Directory.EnumerateFileSystemEntries(folder.Path), path => Path.GetFileName(path).StartsWith("hotplate", StringComparison.OrdinalIgnoreCase));
    }
}
