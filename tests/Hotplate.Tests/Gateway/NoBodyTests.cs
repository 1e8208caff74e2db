namespace Hotplate.Tests.Gateway;

/// <summary>Answers that have no body get none, whatever the application produces.</summary>
public sealed class NoBodyTests(NoBodyTests.NoBody app) : IClassFixture<NoBodyTests.NoBody>
{
    public sealed class NoBody() : Served("no_body");

    public static MatrixTheoryData<string, string> Cases { get; } = new(["HEAD", "204", "205", "304"], ["list", "generator", "write", "file", "endless", "forever"]);

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task None_is_sent_and_the_next_answer_is_the_next_requests(string which, string form)
    {
        var (method, query, status) = which switch
        {
            "HEAD" => ("HEAD", "", 200),
            "204" => ("GET", "&status=204%20No%20Content", 204),
            "205" => ("GET", "&status=205%20Reset%20Content", 205),
            _ => ("GET", "&status=304%20Not%20Modified", 304),
        };
        foreach (var length in new[] { "", "&length=none" })
        {
            using var client = await app.Server.ConnectAsync();
            var log = app.Folder.File(Guid.NewGuid().ToString("N"));
            await client.RequestAsync(method, $"/?as={form}{query}{length}&log={log}", []);
            var answer = await client.ReadAsync(method);
            if (form == "forever")
            {
                // An exception: a 500 where nothing was sent before, else the end of the connection.
                Assert.True(answer.Status == 500 || (answer.Status == status && answer.Text.Length == 0), $"{answer.Status} {answer.Text}");
                await Patience.UntilAsync(() => File.Exists(log), "write() raised");
                continue;
            }
            Assert.Equal((status, "", true), (answer.Status, answer.Text, answer.IsComplete));
            await client.RequestAsync("GET", "/", []);
            var next = await client.ReadAsync();
            Assert.Equal((200, "0123456789"), (next.Status, next.Text));
            await Patience.UntilAsync(() => File.Exists(log), "close() was called");
            Assert.Equal("closed\n", await File.ReadAllTextAsync(log, CancellationToken.None));
        }
    }

    [Fact]
    public async Task HEAD_keeps_the_applications_Content_Length()
    {
        using var client = await app.Server.ConnectAsync();
        await client.RequestAsync("HEAD", "/", []);
        var answer = await client.ReadAsync("HEAD");
        Assert.Equal(("10", "HEAD"), (answer["Content-Length"], answer["X-Method"]));
    }

    [Fact]
    public async Task A_204_has_neither_length_nor_coding()
    {
        var answer = await app.Server.GetAsync("/?status=204%20No%20Content");
        Assert.Null(answer["Content-Length"]);
        Assert.Null(answer["Transfer-Encoding"]);
    }

    [Fact]
    public async Task A_304_has_no_coding() => Assert.Null((await app.Server.GetAsync("/?status=304%20Not%20Modified&length=none"))["Transfer-Encoding"]);
}
