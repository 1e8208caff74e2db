namespace Hotplate.Tests.Serving;

/// <summary>RFC 9112 §2.2: an empty line before a request is passed over, wherever the network cuts it.</summary>
public sealed class EmptyLineTests(EmptyLineTests.Hello app) : IClassFixture<EmptyLineTests.Hello>
{
    private const string Request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

    public sealed class Hello() : Served("hello");

    [Theory]
    [InlineData(200, "\r", "\n" + Request)]
    [InlineData(200, "\r", "\n", Request)]
    [InlineData(200, "\r\n\r", "\n\r\n" + Request)]
    [InlineData(200, Request + "\r", "\n" + Request)]
    [InlineData(400, "\n", Request)]
    [InlineData(400, "\r", Request)]
    [InlineData(400, "\r", "\r\n" + Request)]
    public async Task Whole_ones_are_passed_over_and_others_refused(int status, params string[] pieces)
    {
        using var client = await app.Server.ConnectAsync();
        foreach (var piece in pieces)
        {
            await client.SendAsync(piece);
            // The front reads what came first, first.
            Assert.Equal(200, (await app.Server.GetAsync("/")).Status);
        }
        if (pieces[0].StartsWith('G'))
        {
            Assert.Equal(200, (await client.ReadAsync()).Status);
        }
        Assert.Equal(status, (await client.ReadAsync()).Status);
    }
}
