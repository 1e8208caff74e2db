namespace Hotplate.Tests.Gateway;

/// <summary>PEP 3333 §The write() Callable.</summary>
public sealed class WriteCallableTests(WriteCallableTests.WriteCallable app) : IClassFixture<WriteCallableTests.WriteCallable>
{
    public sealed class WriteCallable() : Served("write_callable");

    [Theory]
    [InlineData("/", "one two three four")]
    [InlineData("/only", "one two")]
    [InlineData("/length", "one two three four")]
    [InlineData("/bytes", "one two three four")]
    [InlineData("/bytes-length", "one two three four")]
    [InlineData("/alone", "one two three four")]
    [InlineData("/empty", "after")]
    [InlineData("/inside", "one two three")]
    public async Task What_is_written_comes_before_what_is_returned(string path, string body)
    {
        var answer = await app.Server.GetAsync(path);
        Assert.Equal((200, body, true), (answer.Status, answer.Text, answer.IsComplete));
    }

    [Fact]
    public async Task One_bytes_object_is_one_block_and_its_length_is_told()
    {
        var answer = await app.Server.GetAsync("/alone");
        Assert.Equal("18", answer["Content-Length"]);
        Assert.Equal(200, (await app.Server.SendAsync("HEAD", "/alone")).Status);
    }

    [Fact]
    public async Task What_is_written_is_sent_before_the_application_goes_on()
    {
        using var client = await app.Server.ConnectAsync();
        var go = app.Folder.File("go");
        await client.RequestAsync("GET", $"/gap?until={go}", []);
        var head = await client.ReadHeadAsync();
        Assert.Equal("first "u8.ToArray(), await client.ReadPieceAsync(head));
        app.Folder.Write("go", "");
        Assert.Equal("second"u8.ToArray(), await client.ReadPieceAsync(head));
    }

    [Fact]
    public async Task An_exception_after_write_cuts_the_answer()
    {
        var answer = await app.Server.GetAsync("/raise");
        Assert.False(answer.IsComplete);
    }

    [Fact]
    public async Task A_str_is_refused_with_an_exception_that_can_be_caught()
    {
        var answer = await app.Server.GetAsync("/str");
        Assert.Equal((200, true), (answer.Status, answer.Text != "accepted"));
    }

    [Fact]
    public async Task A_thousand_writes_arrive_in_order()
    {
        var answer = await app.Server.GetAsync("/many?n=1000");
        Assert.Equal(string.Concat(Enumerable.Range(0, 1000).Select(number => $"{number:d99}\n")), answer.Text);
    }
}
