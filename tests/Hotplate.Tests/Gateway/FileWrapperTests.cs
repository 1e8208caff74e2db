namespace Hotplate.Tests.Gateway;

/// <summary>PEP 3333 §Optional Platform-Specific File Handling.</summary>
public sealed class FileWrapperTests(FileWrapperTests.FileWrapper app) : IClassFixture<FileWrapperTests.FileWrapper>
{
    private static readonly byte[] s_content = [.. Enumerable.Range(0, 300_000).Select(number => (byte)(number % 251))];

    public sealed class FileWrapper() : Served("file_wrapper");

    [Fact]
    public async Task It_makes_an_iterable_that_can_be_closed() => Assert.Equal("yes", (await app.Server.GetAsync("/present")).Text);

    [Theory]
    [InlineData("kind=file")]
    [InlineData("kind=bytesio")]
    [InlineData("kind=plain")]
    [InlineData("kind=liar")]
    [InlineData("kind=gzip")]
    [InlineData("kind=file&block=10")]
    [InlineData("kind=bytesio&block=1000")]
    [InlineData("kind=file&inside=1")]
    [InlineData("kind=bytesio&inside=1")]
    [InlineData("kind=file&length=300000")]
    public Task A_file_is_sent_whole(string query) => SendsAsync(query, s_content);

    [Theory]
    [InlineData("kind=file&seek=1000", 1000)]
    [InlineData("kind=bytesio&seek=1000", 1000)]
    [InlineData("kind=file&read=5", 5)]
    [InlineData("kind=bytesio&read=5", 5)]
    [InlineData("kind=gzip&read=5", 5)]
    [InlineData("kind=file&late=777", 777)]
    [InlineData("kind=bytesio&late=777", 777)]
    [InlineData("kind=file&seek=300000", 300000)]
    public Task The_answer_begins_where_the_file_stands(string query, int start) => SendsAsync(query, s_content[start..]);

    [Theory]
    [InlineData("kind=file&length=1234", 1234)]
    [InlineData("kind=bytesio&length=1234", 1234)]
    [InlineData("kind=file&length=0", 0)]
    public Task No_more_than_the_Content_Length_is_sent(string query, int length) => SendsAsync(query, s_content[..length]);

    [Fact]
    public Task A_pipe_is_read_to_its_end() => SendsAsync("kind=pipe", s_content[..1000]);

    [Fact]
    public async Task A_file_that_grows_meanwhile_is_never_a_broken_answer()
    {
        var answer = await AskAsync("kind=file&grow=1", NewLog());
        Assert.True(answer.IsComplete);
        Assert.Equal(s_content, answer.Body[..300_000]);
    }

    [Fact]
    public async Task A_file_opened_as_text_is_an_error()
    {
        var answer = await AskAsync("kind=text", NewLog());
        Assert.True(answer.Status == 500 || !answer.IsComplete, $"{answer.Status} {answer.Body.Length}");
    }

    [Fact]
    public async Task HEAD_sends_nothing_of_it_and_closes_it()
    {
        var log = NewLog();
        using var client = await app.Server.ConnectAsync();
        await client.RequestAsync("HEAD", $"/?kind=file&length=300000&log={log}", []);
        Assert.Equal("300000", (await client.ReadAsync("HEAD"))["Content-Length"]);
        await client.RequestAsync("GET", "/present", []);
        Assert.Equal("yes", (await client.ReadAsync()).Text);
        await ClosedOnceAsync("file", log);
    }

    [Fact]
    public async Task A_204_sends_nothing_of_it_and_closes_it()
    {
        var log = NewLog();
        Assert.Equal(204, (await AskAsync("kind=file&status=204%20No%20Content", log)).Status);
        await ClosedOnceAsync("file", log);
    }

    [Fact]
    public async Task It_is_closed_when_the_client_leaves()
    {
        var log = NewLog();
        using var client = await app.Server.ConnectAsync();
        await client.RequestAsync("GET", $"/?kind=file&mb=300&log={log}", []);
        await client.ReadPieceAsync(await client.ReadHeadAsync());
        client.Reset();
        await ClosedOnceAsync("file", log);
    }

    private string NewLog() => app.Folder.File(Guid.NewGuid().ToString("N"));

    private Task<RawResponse> AskAsync(string query, string log) => app.Server.GetAsync($"/?{query}&log={log}");

    private async Task SendsAsync(string query, byte[] body)
    {
        var log = NewLog();
        var answer = await AskAsync(query, log);
        Assert.Equal(200, answer.Status);
        Assert.True(answer.IsComplete);
        Assert.True(body.AsSpan().SequenceEqual(answer.Body), $"{query}: {answer.Body.Length} bytes came, {body.Length} were meant, or they differ");
        var kind = query.Split('&')[0]["kind=".Length..];
        if (kind != "plain")
        {
            await ClosedOnceAsync(kind, log);
        }
    }

    private static async Task ClosedOnceAsync(string kind, string log)
    {
        // It is there a moment before the line is in it.
        await Patience.UntilAsync(() => File.Exists(log) && new FileInfo(log).Length > 0, $"the {kind} was closed");
        Assert.Equal($"closed {kind}\n", await File.ReadAllTextAsync(log, CancellationToken.None));
    }
}
