namespace Hotplate.Tests.Gateway;

/// <summary>A Content-Length that is wrong never lets a client wait, or read another answer's bytes.</summary>
public sealed class ContentLengthTests(ContentLengthTests.ContentLength app) : IClassFixture<ContentLengthTests.ContentLength>
{
    public sealed class ContentLength() : Served("content_length");

    public static TheoryData<string> Forms { get; } = ["list", "one", "generator", "write", "file"];

    [Theory]
    [MemberData(nameof(Forms))]
    public async Task A_true_one_is_sent(string form)
    {
        var answer = await app.Server.GetAsync($"/exact?as={form}");
        Assert.Equal((200, "10", "0123456789", true), (answer.Status, answer["Content-Length"], answer.Text, answer.IsComplete));
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public async Task Without_one_the_client_still_knows_where_the_answer_ends(string form)
    {
        using var client = await app.Server.ConnectAsync();
        for (var i = 0; i < 2; i++)
        {
            await client.RequestAsync("GET", $"/none?as={form}", []);
            var answer = await client.ReadAsync();
            Assert.Equal(("0123456789", true), (answer.Text, answer.IsComplete));
            Assert.NotEqual(Framing.UntilClose, answer.Framing);
        }
    }

    [Theory]
    [InlineData("list")]
    [InlineData("one")]
    public async Task A_list_of_known_pieces_gets_one_of_ours(string form) =>
        Assert.Equal("10", (await app.Server.GetAsync($"/none?as={form}"))["Content-Length"]);

    [Theory]
    [MemberData(nameof(Forms))]
    public async Task One_that_is_too_long_ends_the_connection(string form)
    {
        using var client = await app.Server.ConnectAsync();
        await client.RequestAsync("GET", $"/short?as={form}", []);
        var answer = await client.ReadAsync();
        Assert.True(answer.Status == 500 || !answer.IsComplete, $"{answer.Status}: {answer.Text}");
        await app.Server.Errors.WaitForAsync(line => line.Contains("Content-Length", StringComparison.OrdinalIgnoreCase), "Content-Length");
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public async Task One_that_is_too_short_ends_the_answer_there(string form)
    {
        using var client = await app.Server.ConnectAsync();
        await client.RequestAsync("GET", $"/long?as={form}", []);
        var answer = await client.ReadAsync();
        Assert.True(answer.Status == 500 || answer.Text == "0123", $"{answer.Status}: {answer.Text}");
        // Nothing of the rest may look like the beginning of the next answer.
        await NextIsOursAsync(client);
    }

    [Theory]
    [InlineData("/exact", "0123456789", 2)]
    [InlineData("/long", "0123", 0)]
    public async Task What_goes_on_beyond_it_is_no_longer_asked(string path, string text, int pieces)
    {
        using var client = await app.Server.ConnectAsync();
        await client.RequestAsync("GET", $"{path}?as=endless&id={text}", []);
        Assert.Equal(text, (await client.ReadAsync()).Text);
        // The only worker has the next one, so it is through with the first.
        Assert.Equal($"closed after {pieces}", (await app.Server.GetAsync($"/closed?id={text}")).Text);
        await app.Server.Errors.WaitForAsync(static line => line.Contains("longer than its Content-Length", StringComparison.Ordinal), "a line");
    }

    [Theory]
    [InlineData("/exact", "0123456789", 3)]
    [InlineData("/long", "0123", 1)]
    [InlineData("/zero", null, 1)]
    public async Task Who_goes_on_to_write_beyond_it_is_told(string path, string? text, int pieces)
    {
        using var client = await app.Server.ConnectAsync();
        await client.RequestAsync("GET", $"{path}?as=forever&id=w{text}", []);
        var answer = await client.ReadAsync();
        // An exception before anything was sent is a 500, as ever.
        Assert.True(text is null ? answer.Status == 500 : answer.Text == text, $"{answer.Status}: {answer.Text}");
        Assert.Equal(
            $"closed after {pieces}: write() was called again after the answer had reached its Content-Length",
            (await app.Server.GetAsync($"/closed?id=w{text}")).Text);
        await NextIsOursAsync(client);
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public async Task One_of_zero_sends_nothing(string form)
    {
        using var client = await app.Server.ConnectAsync();
        await client.RequestAsync("GET", $"/zero?as={form}", []);
        var answer = await client.ReadAsync();
        Assert.True(answer.Status == 500 || answer.Body.Length == 0, $"{answer.Status}: {answer.Text}");
        await NextIsOursAsync(client);
    }

    [Theory]
    [InlineData("/text")]
    [InlineData("/negative")]
    [InlineData("/plus")]
    [InlineData("/blank")]
    [InlineData("/differ")]
    public async Task One_that_is_no_length_is_a_500(string path) => Assert.Equal(500, (await app.Server.GetAsync(path)).Status);

    [Theory]
    [MemberData(nameof(Forms))]
    public async Task One_beside_a_Transfer_Encoding_of_the_applications_own_is_as_without_that(string form)
    {
        var answer = await app.Server.GetAsync($"/chunked?as={form}");
        Assert.Equal((200, "10", null, "0123456789"), (answer.Status, answer["Content-Length"], answer["Transfer-Encoding"], answer.Text));
    }

    [Fact]
    public async Task Two_that_agree_are_one_or_refused()
    {
        var answer = await app.Server.GetAsync("/twice");
        Assert.True(answer.Status == 500 || (answer.All("Content-Length").Count == 1 && answer.Text == "0123456789"), answer.Text);
    }

    private static async Task NextIsOursAsync(RawClient client)
    {
        try
        {
            await client.RequestAsync("GET", "/exact", []);
        }
        catch (System.Net.Sockets.SocketException)
        {
            return;
        }
        var next = await client.ReadAsync();
        Assert.True(next.Status == 0 || (next.Status, next["Content-Length"]) == (200, "10"), $"{next.Status}");
    }
}
