using System.Text;
using Hotplate.Channel;
using Hotplate.Settings;
using Hotplate.Tests.Fixtures;
using Hotplate.Tests.Workers;

namespace Hotplate.Tests.Apps;

/// <summary>Request bodies that are handed on as they arrive.</summary>
public class StreamedBodyTests
{
    private static readonly HttpSettings Streaming = new() { BufferRequests = false, MaxBodySize = 4 << 20 };

    [Fact]
    public async Task The_worker_gets_the_request_before_the_body_and_the_body_as_it_comes()
    {
        await using var front = await FrontOfFarEnds.StartAsync(Streaming);
        using var client = await front.ConnectAsync();
        await client.SendAsync("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n\r\n");
        var request = front.Ends[0].TakeNext();
        Assert.True(request.Header.Flags.HasFlag(FrameFlags.BodyStreams));

        await client.SendAsync("abc");
        Assert.Equal("abc", Encoding.ASCII.GetString(front.Ends[0].Next(FrameType.RequestBody).Payload));
        await client.SendAsync("def");
        Assert.Equal("def", Encoding.ASCII.GetString(front.Ends[0].Next(FrameType.RequestBody).Payload));
        Assert.True(front.Ends[0].Next(FrameType.RequestBody).Header.Flags.HasFlag(FrameFlags.End));

        front.Ends[0].Answer(request, "ok"u8);
        Assert.Equal(200, (await client.ReadAsync())!.Status);
        await front.NothingIsLeftAsync();
    }

    [Fact]
    public async Task It_gets_no_more_than_it_has_given_credit_for()
    {
        await using var front = await FrontOfFarEnds.StartAsync(Streaming);
        using var client = await front.ConnectAsync();
        const int length = 1 << 20;
        await client.SendAsync($"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n");
        var sending = client.SendAsync(new byte[length]);
        var request = front.Ends[0].TakeNext();

        var received = ReadUntil(front.Ends[0], Wire.InitialCredit);
        Assert.Equal(Wire.InitialCredit, received);
        front.Ends[0].Send(FrameType.Credit, request.Header.Stream, 1000);
        Assert.Equal(1000, ReadUntil(front.Ends[0], 1000));
        front.Ends[0].Send(FrameType.Credit, request.Header.Stream, length);
        Assert.Equal(length - Wire.InitialCredit - 1000, ReadUntil(front.Ends[0], length - Wire.InitialCredit - 1000));

        await sending.OrFail();
        front.Ends[0].Answer(request, "ok"u8);
        Assert.Equal(200, (await client.ReadAsync())!.Status);
    }

    [Fact]
    public async Task An_answer_before_the_end_of_the_body_ends_the_exchange()
    {
        await using var front = await FrontOfFarEnds.StartAsync(Streaming);
        using var client = await front.ConnectAsync();
        await client.SendAsync("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc");
        front.Ends[0].Answer(front.Ends[0].TakeNext(), "enough"u8);
        Assert.Equal("enough", Encoding.ASCII.GetString((await client.ReadAsync())!.Body));

        await client.SendAsync("defghij");
        await client.GetAsync();

        var next = front.Ends[0].Next();
        while (next.Header.Type == FrameType.RequestBody)
        {
            next = front.Ends[0].Next();
        }
        Assert.True(front.Ends[0].TryTake(next));
        front.Ends[0].Answer(next, "next"u8);
        Assert.Equal("next", Encoding.ASCII.GetString((await client.ReadAsync())!.Body));
    }

    [Fact]
    public async Task A_client_that_leaves_in_the_middle_has_the_worker_told()
    {
        await using var front = await FrontOfFarEnds.StartAsync(Streaming);
        using var client = await front.ConnectAsync();
        await client.SendAsync("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc");
        var request = front.Ends[0].TakeNext();
        front.Ends[0].Next(FrameType.RequestBody);

        client.Reset();

        Assert.Equal(request.Header.Stream, front.Ends[0].Next(FrameType.Abandon).Header.Stream);
        front.Ends[0].Send(FrameType.Failed, request.Header.Stream);
        await front.NothingIsLeftAsync();
    }

    [Theory]
    [InlineData("zz\r\n", 400)]
    [InlineData("500000\r\n", 413)]
    public async Task A_broken_or_too_large_body_is_told_to_both_sides(string rest, int status)
    {
        await using var front = await FrontOfFarEnds.StartAsync(Streaming);
        using var client = await front.ConnectAsync();
        await client.SendAsync("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
        var request = front.Ends[0].TakeNext();
        front.Ends[0].Send(FrameType.Credit, request.Header.Stream, 1 << 30);

        await client.SendAsync(rest);
        if (status == 413)
        {
            await client.SendAsync(new byte[0x500000]);
        }

        var frame = front.Ends[0].Next();
        while (frame.Header.Type == FrameType.RequestBody)
        {
            Assert.False(frame.Header.Flags.HasFlag(FrameFlags.End), "the application would take a part for the whole");
            frame = front.Ends[0].Next();
        }
        Assert.Equal(FrameType.Abandon, frame.Header.Type);
        Assert.Equal(status, (await client.ReadAsync())!.Status);
        front.Ends[0].Send(FrameType.Failed, request.Header.Stream);
        await front.NothingIsLeftAsync();
    }

    [Fact]
    public async Task When_its_worker_dies_the_client_gets_502()
    {
        await using var front = await FrontOfFarEnds.StartAsync(Streaming, count: 2);
        using var client = await front.ConnectAsync();
        await client.SendAsync("PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc");
        front.Ends[0].TakeNext();
        front.Ends[0].Next(FrameType.RequestBody);

        front.Ends[0].Dispose();

        Assert.Equal(502, (await client.ReadAsync())!.Status);
        await Patience.UntilAsync(() => front.Pool.Waiting == 0, "nothing waits");
    }

    /// <summary>Reads body frames until so many bytes have come; then looks whether more has.</summary>
    private static int ReadUntil(FarEnd end, int count)
    {
        var read = 0;
        while (read < count)
        {
            read += end.Next(FrameType.RequestBody).Payload.Length;
        }
        return read + end.All().Sum(frame => frame.Payload.Length);
    }
}
