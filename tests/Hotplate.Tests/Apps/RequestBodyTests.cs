using System.Text;
using Hotplate.Channel;
using Hotplate.Settings;
using Hotplate.Tests.Fixtures;
using Hotplate.Tests.Workers;
using Hotplate.Workers;

namespace Hotplate.Tests.Apps;

/// <summary>What a client sends with its request, and how it gets to a worker.</summary>
public class RequestBodyTests
{
    private const int Threshold = 64 * 1024;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(SharedBodies.Shortest - 1)]
    [InlineData(SharedBodies.Shortest)]
    [InlineData(Wire.MaxInlineBody)]
    [InlineData(Wire.MaxInlineBody + 1)]
    [InlineData(Wire.InitialCredit)]
    public async Task A_body_within_memory_goes_over_whole(int length)
    {
        await using var front = await FrontOfFarEnds.StartAsync();
        using var client = await front.ConnectAsync();
        var body = await PostAsync(client, length);
        var request = front.Ends[0].TakeNext();

        Assert.Equal(length >= SharedBodies.Shortest, request.Header.Flags.HasFlag(FrameFlags.BodyInMemory));
        Assert.Equal(body, InFrames(front.Ends[0], request));
        front.Ends[0].Answer(request, "ok"u8);
        Assert.Equal(200, (await client.ReadAsync())!.Status);
        await front.NothingIsLeftAsync();
    }

    [Fact]
    public async Task Large_ones_lie_side_by_side_and_their_places_are_free_when_they_are_answered()
    {
        await using var front = await FrontOfFarEnds.StartAsync();
        var end = front.Ends[0];
        using var first = await front.ConnectAsync();
        var posted = await PostAsync(first, 100_000);
        var request = end.TakeNext();
        end.Send(FrameType.Credit, 0, 9);
        await Patience.UntilAsync(() => end.Worker.Concurrency == 9, "it runs more than one");
        using var second = await front.ConnectAsync();
        var other = await PostAsync(second, 70_000);
        var beside = end.TakeNext();

        Assert.Equal(other, InFrames(end, beside));
        Assert.Equal(posted, InFrames(end, request));
        Assert.Equal((0, 7 * SharedBodies.PieceSize), (OffsetOf(request), OffsetOf(beside)));

        end.Answer(request, "ok"u8);
        Assert.Equal(200, (await first.ReadAsync())!.Status);
        await PostAsync(first, 16_384);
        Assert.Equal(0, OffsetOf(end.TakeNext()));
    }

    [Fact]
    public async Task Where_there_is_no_place_left_they_go_over_in_frames()
    {
        await using var front = await FrontOfFarEnds.StartAsync();
        var end = front.Ends[0];
        end.Send(FrameType.Credit, 0, 9);
        await Patience.UntilAsync(() => end.Worker.Concurrency == 9, "it runs more than one");
        var clients = new List<SlowClient>();
        for (var i = 0; i < 5; i++)
        {
            clients.Add(await front.ConnectAsync());
            var body = await PostAsync(clients[i], Wire.InitialCredit);
            var request = end.TakeNext();
            Assert.Equal(i < 4, request.Header.Flags.HasFlag(FrameFlags.BodyInMemory));
            Assert.Equal(body, InFrames(end, request));
        }
        clients.ForEach(static client => client.Dispose());
    }

    [Fact]
    public async Task A_second_attempt_gets_what_the_first_worker_spoilt_as_the_client_sent_it()
    {
        await using var front = await FrontOfFarEnds.StartAsync();
        using var client = await front.ConnectAsync();
        var body = await PostAsync(client, 50_000, method: "PUT");
        front.Ends[0].TakeNext();
        front.Ends[0].Bodies.At(0, 50_000).Clear();
        front.Ends[0].Dispose();

        var other = await front.JoinAsync();
        var second = other.TakeNext();
        Assert.Equal(body, InFrames(other, second));
        other.Answer(second, "ok"u8);
        Assert.Equal(200, (await client.ReadAsync())!.Status);
    }

    [Theory]
    [InlineData(Threshold + 1, false)]
    [InlineData(5_000_000, false)]
    [InlineData(5_000_000, true)]
    public async Task A_larger_one_goes_over_as_a_file(int length, bool chunked)
    {
        await using var front = await FrontOfFarEnds.StartAsync(new HttpSettings { SpoolThreshold = Threshold });
        using var client = await front.ConnectAsync();
        var body = await PostAsync(client, length, chunked);
        var request = front.Ends[0].TakeNext();

        Assert.Equal(FrameFlags.BodyInFile | FrameFlags.End, request.Header.Flags & (FrameFlags.BodyInFile | FrameFlags.End));
        Assert.Equal(length, BitConverter.ToInt64(request.Payload, 8));
        using (var file = front.Ends[0].TakeFile(request))
        {
            Assert.Equal(body, Read(file));
        }
        Assert.Equal((length, 0), (front.Spool.Used, front.Memory.Used));
        front.Ends[0].Answer(request, "ok"u8);
        Assert.Equal(200, (await client.ReadAsync())!.Status);
        await front.NothingIsLeftAsync();
    }

    [Fact]
    public async Task A_second_attempt_gets_a_file_of_its_own_that_starts_at_0()
    {
        await using var front = await FrontOfFarEnds.StartAsync(new HttpSettings { SpoolThreshold = Threshold });
        using var client = await front.ConnectAsync();
        var body = await PostAsync(client, 200_000, method: "PUT");
        var first = front.Ends[0].TakeNext();
        using (var file = front.Ends[0].TakeFile(first))
        using (var stream = new FileStream(file, FileAccess.Read))
        {
            // As a worker reads: this moves the descriptor's own offset.
            stream.ReadExactly(new byte[100_000]);
        }
        front.Ends[0].Dispose();

        var other = await front.JoinAsync();
        var second = other.TakeNext();
        using (var file = other.TakeFile(second))
        using (var stream = new FileStream(file, FileAccess.Read))
        {
            var read = new byte[body.Length];
            stream.ReadExactly(read);
            Assert.Equal(body, read);
        }
        other.Answer(second, "ok"u8);
        Assert.Equal(200, (await client.ReadAsync())!.Status);
    }

    [Fact]
    public async Task A_slow_sender_costs_no_worker()
    {
        await using var front = await FrontOfFarEnds.StartAsync();
        using var slow = await front.ConnectAsync();
        using var quick = await front.ConnectAsync();
        await slow.SendAsync("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n12345");
        await quick.GetAsync();
        front.Ends[0].Answer(front.Ends[0].TakeNext(), "ok"u8);
        Assert.Equal(200, (await quick.ReadAsync())!.Status);

        await slow.SendAsync("67890");

        var request = front.Ends[0].TakeNext();
        Assert.Equal("1234567890", Encoding.ASCII.GetString(InFrames(front.Ends[0], request)));
    }

    [Theory]
    [InlineData(false, 1)]
    [InlineData(true, 1)]
    [InlineData(true, 300_000)]
    public async Task One_that_is_too_large_is_refused_before_a_worker_is_asked(bool chunked, int more)
    {
        await using var front = await FrontOfFarEnds.StartAsync(new HttpSettings { SpoolThreshold = Threshold, MaxBodySize = 200_000 });
        using var client = await front.ConnectAsync();
        try
        {
            await PostAsync(client, 200_000 + more, chunked);
        }
        catch (IOException)
        {
            // It need not take all of it.
        }

        Assert.Equal(413, (await client.ReadAsync())!.Status);
        Assert.Equal(0, front.Ends[0].Worker.InFlight);
        await front.NothingIsLeftAsync();
    }

    [Fact]
    public async Task A_sender_that_leaves_in_the_middle_leaves_nothing_behind()
    {
        await using var front = await FrontOfFarEnds.StartAsync(new HttpSettings { SpoolThreshold = Threshold });
        foreach (var sent in new[] { 1_000, 500_000 })
        {
            using var client = await front.ConnectAsync();
            await client.SendAsync("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n");
            await client.SendAsync(new byte[sent]);
            await Patience.UntilAsync(() => front.Memory.Used + front.Spool.Used >= sent, "it has come");
            client.Reset();
            await front.NothingIsLeftAsync();
        }
    }

    [Fact]
    public async Task When_the_disk_is_full_the_client_is_told()
    {
        await using var front = await FrontOfFarEnds.StartAsync(new HttpSettings { SpoolThreshold = Threshold });
        Assert.True(front.Spool.TryReserve((1L << 30) - 1000));
        using var client = await front.ConnectAsync();
        await PostAsync(client, 100_000);

        Assert.Equal(503, (await client.ReadAsync())!.Status);
        front.Spool.Release((1L << 30) - 1000);
        await front.NothingIsLeftAsync();
    }

    [Fact]
    public async Task Beyond_the_memory_for_all_a_small_one_goes_to_disk_too()
    {
        await using var front = await FrontOfFarEnds.StartAsync();
        Assert.True(front.Memory.TryTake(1 << 30));
        using var client = await front.ConnectAsync();
        var body = await PostAsync(client, 1_000);
        var request = front.Ends[0].TakeNext();

        using (var file = front.Ends[0].TakeFile(request))
        {
            Assert.Equal(body, Read(file));
        }
        front.Ends[0].Answer(request, "ok"u8);
        Assert.Equal(200, (await client.ReadAsync())!.Status);
        front.Memory.Give(1 << 30);
        await front.NothingIsLeftAsync();
    }

    private static async Task<byte[]> PostAsync(SlowClient client, int length, bool chunked = false, string method = "POST")
    {
        var body = new byte[length];
        new Random(length).NextBytes(body);
        var head = $"{method} / HTTP/1.1\r\nHost: x\r\n";
        await client.SendAsync(chunked ? head + $"Transfer-Encoding: chunked\r\n\r\n{length:x}\r\n" : head + $"Content-Length: {length}\r\n\r\n");
        await client.SendAsync(body);
        if (chunked)
        {
            await client.SendAsync("\r\n0\r\n\r\n");
        }
        return body;
    }

    /// <summary>The body behind the head in the request's own frame, what follows in frames of its own, or what lies where the frame
    /// says.</summary>
    private static byte[] InFrames(FarEnd end, FarFrame request)
    {
        var reader = new PayloadReader(request.Payload);
        Assert.True(RequestHead.TryRead(ref reader, out var head));
        for (var i = 0; i < head.HeaderCount; i++)
        {
            Assert.True(RequestHead.TryReadHeader(ref reader, out _, out _, out _));
        }
        if (request.Header.Flags.HasFlag(FrameFlags.BodyInMemory))
        {
            Assert.True(end.Bodies.TryRead(reader.U32(), reader.U32(), out var laid) && reader.Left == 0);
            return laid.ToArray();
        }
        var body = new List<byte>(reader.Rest().ToArray());
        for (var frame = request; !frame.Header.Flags.HasFlag(FrameFlags.End);)
        {
            frame = end.Next(FrameType.RequestBody);
            Assert.Equal(request.Header.Stream, frame.Header.Stream);
            body.AddRange(frame.Payload);
        }
        return [.. body];
    }

    private static int OffsetOf(FarFrame request) => BitConverter.ToInt32(request.Payload, request.Payload.Length - 8);

    private static byte[] Read(Microsoft.Win32.SafeHandles.SafeFileHandle file)
    {
        var bytes = new byte[RandomAccess.GetLength(file)];
        Assert.Equal(bytes.Length, RandomAccess.Read(file, bytes, 0));
        return bytes;
    }
}
