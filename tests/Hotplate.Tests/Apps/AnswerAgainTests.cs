using Hotplate.Apps;
using Hotplate.Channel;
using Hotplate.Settings;
using Hotplate.Tests.Fixtures;
using Hotplate.Tests.Workers;

namespace Hotplate.Tests.Apps;

/// <summary>A worker dies in the middle of an answer: another one gives it again, and the client gets one whole answer, or one that is cut.</summary>
public class AnswerAgainTests
{
    private const int Length = 200_000;
    private static readonly byte[] s_body = Bytes(Length, seed: 1);

    [Theory]
    [InlineData(0, 4096)]
    [InlineData(1, 4096)]
    [InlineData(70_001, 1)]
    [InlineData(70_001, 777)]
    [InlineData(70_001, 60_000)]
    [InlineData(Length - 1, 50_000)]
    public async Task The_same_answer_goes_on_where_it_was(int had, int piece)
    {
        await using var front = await FrontOfFarEnds.StartAsync();
        using var client = await front.ConnectAsync();
        await client.GetAsync();
        var first = front.Ends[0];
        var request = first.TakeNext();
        Begin(first, request);
        Give(first, request, s_body.AsMemory(0, had), 5000);
        var head = await client.ReadAsync(bodyless: true);
        var begun = await client.ReadBytesAsync(had);

        var (second, again) = await DiesAsync(front, first);
        Begin(second, again);
        Give(second, again, s_body.AsMemory(0, 100_000), piece);
        Give(second, again, s_body.AsMemory(100_000), 50_000);
        second.Send(FrameType.ResponseEnd, again.Header.Stream);

        Assert.Equal(200, head!.Status);
        Assert.Equal(s_body, begun!.Concat((await client.ReadBytesAsync(Length - had))!));
        await AnswersOnAsync(client, second);
        await front.NothingIsLeftAsync();
    }

    [Fact]
    public async Task It_may_come_in_one_frame_the_second_time_and_workers_may_die_again_and_again()
    {
        await using var front = await FrontOfFarEnds.StartAsync();
        using var client = await front.ConnectAsync();
        await client.GetAsync();
        var (end, request) = (front.Ends[0], front.Ends[0].TakeNext());
        foreach (var had in new[] { 10, 300, 20 })
        {
            Begin(end, request, ("Content-Length", "1000"));
            Give(end, request, s_body.AsMemory(0, had), 1000);
            (end, request) = await DiesAsync(front, end);
        }
        end.Send(FrameType.Response, request.Header.Stream, 0, FrameFlags.End, [.. FarEnd.Head(200, ("Content-Length", "1000")), .. s_body.AsSpan(0, 1000)]);

        Assert.Equal(s_body[..1000], (await client.ReadAsync())!.Body);
        await AnswersOnAsync(client, end);
    }

    [Fact]
    public async Task A_slow_client_gets_it_too_with_a_part_on_disk()
    {
        await using var front = await FrontOfFarEnds.StartAsync(new HttpSettings { SpoolThreshold = 64 * 1024 });
        using var client = await front.ConnectAsync();
        var body = Bytes(8 << 20, seed: 2);
        await client.GetAsync();
        var (first, request) = (front.Ends[0], front.Ends[0].TakeNext());
        Begin(first, request, ("Content-Length", $"{body.Length}"));
        var writing = Task.Run(() => GiveByCredit(first, request, body.AsMemory(0, 6 << 20)), TestContext.Current.CancellationToken);
        await writing.OrFail();
        await Patience.UntilAsync(() => front.Spool.Used > 0, "a part of it is on disk");

        var (second, again) = await DiesAsync(front, first);
        Begin(second, again, ("Content-Length", $"{body.Length}"));
        writing = Task.Run(() => GiveByCredit(second, again, body), TestContext.Current.CancellationToken);
        var answer = await client.ReadAsync();
        await writing.OrFail();
        second.Send(FrameType.ResponseEnd, again.Header.Stream);

        Assert.Equal(body, answer!.Body);
        await front.NothingIsLeftAsync();
    }

    [Theory]
    [InlineData("another beginning")]
    [InlineData("another length")]
    [InlineData("another validator")]
    [InlineData("another status")]
    [InlineData("a file")]
    [InlineData("too short")]
    public async Task Another_answer_is_not_mixed_with_the_first(string what)
    {
        await using var front = await FrontOfFarEnds.StartAsync();
        using var client = await front.ConnectAsync();
        await client.GetAsync();
        var (first, request) = (front.Ends[0], front.Ends[0].TakeNext());
        Begin(first, request, ("Content-Length", "1000"), ("ETag", "\"1\""));
        Give(first, request, s_body.AsMemory(0, 500), 500);
        Assert.NotNull(await client.ReadAsync(bodyless: true));
        Assert.NotNull(await client.ReadBytesAsync(500));

        var (second, again) = await DiesAsync(front, first);
        var body = s_body[..1000];
        body[499] ^= (byte)(what == "another beginning" ? 1 : 0);
        second.Send(FrameType.Response, again.Header.Stream, 0, FrameFlags.None, FarEnd.Head(
            what == "another status" ? 203 : 200,
            ("Content-Length", what == "another length" ? "1001" : "1000"),
            ("ETag", what == "another validator" ? "\"2\"" : "\"1\"")));
        if (what == "a file")
        {
            using var file = File.OpenHandle("/proc/self/exe");
            second.PassFile(again.Header.Stream, (int)file.DangerousGetHandle());
            second.Send(FrameType.ResponseFile, again.Header.Stream, 0, FrameFlags.End, [.. new byte[8], 232, 3, 0, 0, 0, 0, 0, 0]);
        }
        else
        {
            Give(second, again, body.AsMemory(0, what == "too short" ? 499 : 1000), 100);
            second.Send(FrameType.ResponseEnd, again.Header.Stream);
        }

        Assert.Null(await client.ReadBytesAsync(1));
        await front.NothingIsLeftAsync();
        Assert.True(front.Pool.Serves(second.Worker));
    }

    [Theory]
    [InlineData("POST", true)]
    [InlineData("GET", false)]
    public async Task What_may_not_run_again_and_what_has_no_length_is_cut_at_once(string method, bool length)
    {
        await using var front = await FrontOfFarEnds.StartAsync();
        using var client = await front.ConnectAsync();
        await client.SendAsync($"{method} / HTTP/1.1\r\nHost: x\r\n{(method == "POST" ? "Content-Length: 0\r\n" : "")}\r\n");
        var (first, request) = (front.Ends[0], front.Ends[0].TakeNext());
        Begin(first, request, length ? [("Content-Length", "1000")] : []);
        Give(first, request, s_body.AsMemory(0, 500), 500);
        Assert.NotNull(await client.ReadAsync(bodyless: true));

        first.Dispose();

        Assert.Null(await client.ReadBytesAsync(1000));
        await front.NothingIsLeftAsync();
    }

    [Theory]
    [InlineData("HEAD", 200)]
    [InlineData("GET", 304)]
    [InlineData("POST", 204)]
    public async Task The_head_is_the_whole_answer_where_there_is_no_body(string method, int status)
    {
        await using var front = await FrontOfFarEnds.StartAsync();
        using var client = await front.ConnectAsync();
        await client.SendAsync($"{method} / HTTP/1.1\r\nHost: x\r\n{(method == "POST" ? "Content-Length: 0\r\n" : "")}\r\n");
        var (first, request) = (front.Ends[0], front.Ends[0].TakeNext());
        first.Send(FrameType.Response, request.Header.Stream, 0, FrameFlags.NoBody, FarEnd.Head(status));

        first.Dispose();

        Assert.Equal(status, (await client.ReadAsync(bodyless: true))!.Status);
        await AnswersOnAsync(client, await front.JoinAsync());
        await front.NothingIsLeftAsync();
    }

    [Fact]
    public void A_digest_does_not_know_how_the_bytes_were_cut()
    {
        var whole = default(AnswerDigest);
        whole.Add(s_body);
        var pieces = default(AnswerDigest);
        var random = new Random(3);
        for (var at = 0; at < Length;)
        {
            var count = Math.Min(random.Next(0, 40), Length - at);
            pieces.Add(s_body.AsSpan(at, count));
            at += count;
        }
        var other = s_body.ToArray();
        other[Length / 2] ^= 0x10;
        var changed = default(AnswerDigest);
        changed.Add(other);

        Assert.Equal(whole, pieces);
        Assert.NotEqual(whole.First, changed.First);
        Assert.NotEqual(whole.Second, changed.Second);
    }

    /// <summary>The worker dies, and another one gets its request.</summary>
    private static async Task<(FarEnd End, FarFrame Request)> DiesAsync(FrontOfFarEnds front, FarEnd end)
    {
        end.Dispose();
        var next = await front.JoinAsync();
        return (next, next.TakeNext());
    }

    private static void Begin(FarEnd end, FarFrame request) => Begin(end, request, ("Content-Length", $"{Length}"));

    private static void Begin(FarEnd end, FarFrame request, params (string, string)[] headers) =>
        end.Send(FrameType.Response, request.Header.Stream, 0, FrameFlags.None, FarEnd.Head(200, headers));

    private static void Give(FarEnd end, FarFrame request, ReadOnlyMemory<byte> body, int piece)
    {
        for (; !body.IsEmpty; body = body[Math.Min(piece, body.Length)..])
        {
            end.Send(FrameType.ResponseBody, request.Header.Stream, 0, FrameFlags.None, body.Span[..Math.Min(piece, body.Length)]);
        }
    }

    /// <summary>As a worker does: never more than it has credit for.</summary>
    private static void GiveByCredit(FarEnd end, FarFrame request, ReadOnlyMemory<byte> body)
    {
        for (long credit = Wire.InitialCredit; !body.IsEmpty;)
        {
            if (credit == 0)
            {
                credit += end.Next(FrameType.ResponseCredit).Header.Argument;
            }
            var piece = (int)Math.Min(Math.Min(credit, body.Length), 60_000);
            end.Send(FrameType.ResponseBody, request.Header.Stream, 0, FrameFlags.None, body.Span[..piece]);
            body = body[piece..];
            credit -= piece;
            Assert.InRange(credit, 0, Wire.InitialCredit);
        }
    }

    /// <summary>The connection is as good as before.</summary>
    private static async Task AnswersOnAsync(SlowClient client, FarEnd end)
    {
        await client.GetAsync();
        var request = end.TakeNext();
        end.Send(FrameType.Response, request.Header.Stream, 0, FrameFlags.End, [.. FarEnd.Head(), .. "next"u8]);
        Assert.Equal("next"u8.ToArray(), (await client.ReadAsync())!.Body);
    }

    private static byte[] Bytes(int count, int seed)
    {
        var bytes = new byte[count];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }
}
