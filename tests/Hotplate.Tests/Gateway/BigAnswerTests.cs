using System.Globalization;

namespace Hotplate.Tests.Gateway;

/// <summary>Large answers arrive whole, whatever their form, and a slow reader holds no thread of the application.</summary>
public sealed class BigAnswerTests(BigAnswerTests.Big app) : IClassFixture<BigAnswerTests.Big>
{
    private const int Megabytes = 10;

    public sealed class Big() : Served("big", "--threads", "1");

    public static MatrixTheoryData<string, string> Forms { get; } =
        new(["list", "one", "tuple", "generator", "write"], ["", "&length=1", "&size=1048576", "&size=1000"]);

    [Theory]
    [MemberData(nameof(Forms))]
    public async Task Every_form_is_whole(string form, string query)
    {
        var answer = await app.Server.GetAsync($"/{form}?mb={Megabytes}{query}");
        AssertWhole(answer, Megabytes << 20);
    }

    [Theory]
    [InlineData("list")]
    [InlineData("generator")]
    public async Task A_reader_that_does_not_read_holds_no_thread_of_the_application(string form)
    {
        using var slow = await RawClient.ConnectAsync(app.Server.EndPoint(), receiveBuffer: 4096);
        await slow.RequestAsync("GET", $"/{form}?mb={Megabytes}&id=slow-{form}", []);
        var head = await slow.ReadHeadAsync();
        // There is one thread, so that this is answered only when it is free again.
        var made = await app.Server.GetAsync($"/made?id=slow-{form}");
        Assert.Equal($"{Megabytes * 16} done", made.Text);
        var body = new MemoryStream();
        while (await slow.ReadPieceAsync(head) is { } piece)
        {
            body.Write(piece);
        }
        head.Body = body.ToArray();
        AssertWhole(head, Megabytes << 20);
    }

    [Fact]
    public async Task Ten_large_answers_at_once_are_whole()
    {
        await Task.WhenAll(Enumerable.Range(0, 10).Select(async _ =>
            AssertWhole(await app.Server.GetAsync("/generator?mb=2"), 2 << 20)));
    }

    [Theory]
    [InlineData(4)]
    [InlineData(30)]
    public async Task A_large_header_is_sent(int kilobytes)
    {
        var answer = await app.Server.GetAsync($"/header?kb={kilobytes}");
        Assert.Equal((200, kilobytes << 10, "header"), (answer.Status, answer["X-Large"]?.Length, answer.Text));
    }

    // Every 8 bytes are their own number in hex: a hole or a doubled piece shows at once.
    private static void AssertWhole(RawResponse answer, int size)
    {
        Assert.Equal((200, true, size), (answer.Status, answer.IsComplete, answer.Body.Length));
        Span<byte> expected = stackalloc byte[8];
        for (var number = 0; number < size / 8; number++)
        {
            Assert.True(number.TryFormat(expected, out _, "x8", CultureInfo.InvariantCulture));
            if (!answer.Body.AsSpan(number * 8, 8).SequenceEqual(expected))
            {
                Assert.Fail($"at {number * 8} there is \"{answer.Text.Substring(number * 8, 8)}\"");
            }
        }
    }
}
