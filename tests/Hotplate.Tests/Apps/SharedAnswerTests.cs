using Hotplate.Channel;
using Hotplate.Tests.Fixtures;
using Hotplate.Tests.Workers;
using Hotplate.Workers;

namespace Hotplate.Tests.Apps;

/// <summary>Answers whose bodies a worker lays in shared memory.</summary>
public class SharedAnswerTests
{
    private static readonly byte[] s_body = Bytes();

    [Fact]
    public async Task One_in_one_frame_reaches_its_client_and_its_place_is_free_again()
    {
        await using var front = await FrontOfFarEnds.StartAsync();
        using var client = await front.ConnectAsync();
        await client.GetAsync();
        var end = front.Ends[0];
        var request = end.TakeNext();
        Lay(end, FrameType.Response, request, FrameFlags.End, FarEnd.Head(200, ("Content-Type", "text/plain")), at: 3, length: 20_000);

        var answer = await client.ReadAsync();

        Assert.Contains("Content-Length: 20000\r\n", answer!.Head);
        Assert.Equal(s_body[..20_000], answer.Body);
        await Patience.UntilAsync(() => end.AnswersRead == 0b11000, "the front says that it has read both pieces");
        await front.NothingIsLeftAsync();
    }

    [Fact]
    public async Task Pieces_of_one_come_in_their_order_whichever_way_they_come()
    {
        await using var front = await FrontOfFarEnds.StartAsync();
        using var client = await front.ConnectAsync();
        await client.GetAsync();
        var end = front.Ends[0];
        var request = end.TakeNext();
        end.Send(FrameType.Response, request.Header.Stream, 0, FrameFlags.None, FarEnd.Head(200, ("Content-Length", "200000")));
        Lay(end, FrameType.ResponseBody, request, FrameFlags.None, [], at: 0, length: 65_536);
        end.Send(FrameType.ResponseBody, request.Header.Stream, 0, FrameFlags.None, s_body.AsSpan(65_536, 1_000));
        Lay(end, FrameType.ResponseBody, request, FrameFlags.None, [], at: 60, length: 65_536, from: 66_536);
        end.Send(FrameType.ResponseBody, request.Header.Stream, 0, FrameFlags.End, s_body.AsSpan(132_072));

        Assert.Equal(s_body, (await client.ReadAsync())!.Body);
        Assert.Equal(0xF000_0000_0000_000FUL, end.AnswersRead);
        await front.NothingIsLeftAsync();
    }

    [Fact]
    public async Task Of_one_whose_client_has_left_the_place_is_free_too()
    {
        await using var front = await FrontOfFarEnds.StartAsync();
        using var client = await front.ConnectAsync();
        await client.GetAsync();
        var end = front.Ends[0];
        var request = end.TakeNext();
        client.Reset();
        Assert.Equal(request.Header.Stream, end.Next(FrameType.Abandon).Header.Stream);
        Lay(end, FrameType.Response, request, FrameFlags.End, FarEnd.Head(), at: 0, length: 16_384);

        await Patience.UntilAsync(() => end.AnswersRead == 1, "the front has passed over it");
        await front.NothingIsLeftAsync();
    }

    [Fact]
    public async Task One_that_goes_on_after_a_death_is_compared_with_what_the_client_has()
    {
        await using var front = await FrontOfFarEnds.StartAsync();
        using var client = await front.ConnectAsync();
        await client.GetAsync();
        var first = front.Ends[0];
        var request = first.TakeNext();
        first.Send(FrameType.Response, request.Header.Stream, 0, FrameFlags.None, FarEnd.Head(200, ("Content-Length", "60000")));
        Lay(first, FrameType.ResponseBody, request, FrameFlags.None, [], at: 0, length: 40_000);
        await client.ReadAsync(bodyless: true);
        var begun = await client.ReadBytesAsync(40_000);
        first.Dispose();
        var second = await front.JoinAsync();
        var head = FarEnd.Head(200, ("Content-Length", "60000"));
        Lay(second, FrameType.Response, second.TakeNext(), FrameFlags.End, head, at: 8, length: 60_000);

        Assert.Equal(s_body[..60_000], begun!.Concat((await client.ReadBytesAsync(20_000))!));
        await front.NothingIsLeftAsync();
    }

    [Theory]
    [InlineData(0u, SharedBodies.Size + 1u)]
    [InlineData((uint)SharedBodies.Size, 1u)]
    [InlineData(uint.MaxValue, uint.MaxValue)]
    public async Task A_place_outside_of_the_memory_is_a_broken_frame(uint offset, uint length)
    {
        using var pool = await PoolOfFarEnds.StartAsync(1);
        var broken = new TaskCompletionSource<Hotplate.Workers.Worker>();
        pool.Pool.Broken = broken.SetResult;
        pool.Submit();
        var request = pool.Ends[0].TakeNext();
        const FrameFlags flags = FrameFlags.End | FrameFlags.BodyInMemory;
        pool.Ends[0].Send(FrameType.Response, request.Header.Stream, 0, flags, [.. FarEnd.Head(), .. Place(offset, length)]);

        Assert.Equal(pool.Ends[0].Worker, await broken.Task.OrFail());
    }

    [Fact]
    public async Task Only_frames_that_have_a_body_have_one_there()
    {
        using var pool = await PoolOfFarEnds.StartAsync(1);
        var broken = new TaskCompletionSource<Hotplate.Workers.Worker>();
        pool.Pool.Broken = broken.SetResult;
        pool.Submit();
        pool.Ends[0].Send(FrameType.ResponseEnd, pool.Ends[0].TakeNext().Header.Stream, 0, FrameFlags.BodyInMemory, Place(0, 16_384));

        Assert.Equal(pool.Ends[0].Worker, await broken.Task.OrFail());
    }

    /// <summary>Lays a part of the body from a piece on, and says so in a frame.</summary>
    private static void Lay(FarEnd end, FrameType type, FarFrame request, FrameFlags flags, byte[] head, int at, int length, int from = 0)
    {
        var offset = at * SharedBodies.PieceSize;
        s_body.AsSpan(from, length).CopyTo(end.AnswerBodies.At(offset, length));
        end.Send(type, request.Header.Stream, 60, flags | FrameFlags.BodyInMemory, [.. head, .. Place((uint)offset, (uint)length)]);
    }

    private static byte[] Place(uint offset, uint length) => [.. BitConverter.GetBytes(offset), .. BitConverter.GetBytes(length)];

    private static byte[] Bytes()
    {
        var bytes = new byte[200_000];
        new Random(3).NextBytes(bytes);
        return bytes;
    }
}
