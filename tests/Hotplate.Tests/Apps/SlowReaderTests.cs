using Hotplate.Channel;
using Hotplate.Settings;
using Hotplate.Tests.Fixtures;
using Hotplate.Tests.Workers;

namespace Hotplate.Tests.Apps;

/// <summary>Answers that clients take slowly or not at all: the worker is free long before, and what is kept for them is bounded.</summary>
public class SlowReaderTests
{
    private const int Megabyte = 1 << 20;

    [Theory]
    [InlineData(64 * 1024)]
    [InlineData(Megabyte)]
    public async Task A_slow_reader_holds_no_worker_and_gets_every_byte(int memory)
    {
        await using var front = await FrontOfFarEnds.StartAsync(new HttpSettings { SpoolThreshold = memory });
        using var client = await front.ConnectAsync();
        var body = Bytes(16 * Megabyte);
        await client.GetAsync();
        var request = front.Ends[0].TakeNext();

        // The application's thread is done when it has written everything; nobody has read a byte.
        await new CreditedBody(front.Ends[0], request).WriteAsync(body, last: true).OrFail();
        await Patience.UntilAsync(() => front.Pool.InFlight == 0, "the worker is free");
        Assert.True(front.Spool.Used > 0, "nothing went to disk");

        Assert.Equal(body, (await client.ReadAsync())!.Body);
        await front.NothingIsLeftAsync();
    }

    [Fact]
    public async Task When_memory_and_disk_are_full_the_worker_waits()
    {
        var http = new HttpSettings { SpoolThreshold = 256 * 1024, MaxResponseSpool = Megabyte };
        await using var front = await FrontOfFarEnds.StartAsync(http);
        using var client = await front.ConnectAsync();
        var body = Bytes(24 * Megabyte);
        await client.GetAsync();
        var writing = new CreditedBody(front.Ends[0], front.Ends[0].TakeNext());

        var written = writing.WriteAsync(body, last: true);
        await Patience.UntilAsync(() => front.Spool.Used >= Megabyte && writing.IsWaiting, "the worker waits");

        // What the kernel and Kestrel hold for the client comes on top.
        Assert.InRange(writing.Sent, Megabyte, 12 * Megabyte);
        Assert.InRange(front.Spool.Used, Megabyte, 2 * Megabyte);
        Assert.Equal(body, (await client.ReadAsync())!.Body);
        await written.OrFail();
        await front.NothingIsLeftAsync();
    }

    [Fact]
    public async Task An_endless_stream_leaves_no_more_on_disk_than_the_client_is_behind()
    {
        await using var front = await FrontOfFarEnds.StartAsync(new HttpSettings { SpoolThreshold = 64 * 1024, MaxResponseSpool = 2 * Megabyte });
        using var client = await front.ConnectAsync();
        await client.GetAsync();
        var writing = new CreditedBody(front.Ends[0], front.Ends[0].TakeNext());
        var piece = Bytes(8 * Megabyte);
        var answer = client.ReadAsync(bodyless: true);
        for (var round = 0; round < 4; round++)
        {
            var written = writing.WriteAsync(piece, last: false);
            await answer;
            Assert.Equal(piece, await client.ReadBodyAsync(piece.Length));
            await written.OrFail();
            await Patience.UntilAsync(() => front.Spool.Used == 0, "the disk is free again");
        }
        await writing.WriteAsync([], last: true).OrFail();
        await front.NothingIsLeftAsync();
    }

    [Fact]
    public async Task A_slow_reader_that_leaves_frees_disk_and_memory_and_has_the_worker_told()
    {
        await using var front = await FrontOfFarEnds.StartAsync(new HttpSettings { SpoolThreshold = 256 * 1024, MaxResponseSpool = Megabyte });
        using var client = await front.ConnectAsync();
        await client.GetAsync();
        var request = front.Ends[0].TakeNext();
        var writing = new CreditedBody(front.Ends[0], request);
        var written = writing.WriteAsync(Bytes(24 * Megabyte), last: true);
        await Patience.UntilAsync(() => writing.IsWaiting, "the worker waits");

        client.Reset();

        await written.OrFail();
        Assert.True(writing.Abandoned);
        await front.NothingIsLeftAsync();
    }

    [Fact]
    public async Task A_slow_reader_that_leaves_after_the_worker_was_done_leaves_nothing_behind()
    {
        await using var front = await FrontOfFarEnds.StartAsync(new HttpSettings { SpoolThreshold = 64 * 1024 });
        for (var i = 0; i < 5; i++)
        {
            using var client = await front.ConnectAsync();
            await client.GetAsync();
            var request = front.Ends[0].TakeNext();
            await new CreditedBody(front.Ends[0], request).WriteAsync(Bytes(16 * Megabyte), last: true).OrFail();
            await Patience.UntilAsync(() => front.Pool.InFlight == 0, "the front knows that the worker was done");
            client.Reset();
        }
        await front.NothingIsLeftAsync();
    }

    [Fact]
    public async Task When_the_disk_is_full_the_worker_waits()
    {
        await using var front = await FrontOfFarEnds.StartAsync(new HttpSettings { SpoolThreshold = 64 * 1024 });
        Assert.True(front.Spool.TryReserve((1L << 30) - Megabyte));
        using var client = await front.ConnectAsync();
        var body = Bytes(24 * Megabyte);
        await client.GetAsync();
        var writing = new CreditedBody(front.Ends[0], front.Ends[0].TakeNext());
        var written = writing.WriteAsync(body, last: true);
        await Patience.UntilAsync(() => writing.IsWaiting, "the worker waits");

        Assert.Equal(body, (await client.ReadAsync())!.Body);
        await written.OrFail();
        front.Spool.Release((1L << 30) - Megabyte);
        await front.NothingIsLeftAsync();
    }

    [Fact]
    public async Task A_disk_that_has_room_again_is_used_again()
    {
        await using var front = await FrontOfFarEnds.StartAsync(new HttpSettings { SpoolThreshold = 64 * 1024 });
        Assert.True(front.Spool.TryReserve(1L << 30));
        using var client = await front.ConnectAsync();
        var first = Bytes(12 * Megabyte);
        await client.GetAsync();
        var writing = new CreditedBody(front.Ends[0], front.Ends[0].TakeNext());
        var written = writing.WriteAsync(first, last: false);
        await Patience.UntilAsync(() => writing.IsWaiting, "the worker waits");
        front.Spool.Release(1L << 30);
        await client.ReadAsync(bodyless: true);
        Assert.Equal(first, await client.ReadBodyAsync(first.Length));
        await written.OrFail();

        var second = Bytes(16 * Megabyte);
        await writing.WriteAsync(second, last: true).OrFail();

        Assert.True(front.Spool.Used > 0, "nothing went to disk");
        Assert.Equal(second, await client.ReadBodyAsync(second.Length));
        await front.NothingIsLeftAsync();
    }

    [Fact]
    public async Task Without_a_folder_the_worker_waits()
    {
        await using var front = await FrontOfFarEnds.StartAsync(new HttpSettings { SpoolThreshold = 64 * 1024 }, folder: "/nowhere");
        using var client = await front.ConnectAsync();
        var body = Bytes(24 * Megabyte);
        await client.GetAsync();
        var writing = new CreditedBody(front.Ends[0], front.Ends[0].TakeNext());
        var written = writing.WriteAsync(body, last: true);
        await Patience.UntilAsync(() => writing.IsWaiting, "the worker waits");

        Assert.Equal(body, (await client.ReadAsync())!.Body);
        await written.OrFail();
        await front.NothingIsLeftAsync();
    }

    [Fact]
    public async Task Answers_beyond_the_memory_for_all_go_to_disk_at_once()
    {
        await using var front = await FrontOfFarEnds.StartAsync(new HttpSettings { SpoolThreshold = 8 * Megabyte });
        Assert.True(front.Memory.TryTake((1 << 30) - Megabyte));
        using var client = await front.ConnectAsync();
        var body = Bytes(16 * Megabyte);
        await client.GetAsync();
        var request = front.Ends[0].TakeNext();

        await new CreditedBody(front.Ends[0], request).WriteAsync(body, last: true).OrFail();

        Assert.True(front.Spool.Used > 0, "nothing went to disk");
        Assert.Equal(body, (await client.ReadAsync())!.Body);
        front.Memory.Give((1 << 30) - Megabyte);
        await front.NothingIsLeftAsync();
    }

    private static byte[] Bytes(int count)
    {
        var bytes = new byte[count];
        new Random(count).NextBytes(bytes);
        return bytes;
    }

    /// <summary>Writes an answer as a worker does: never more than it has credit for.</summary>
    private sealed class CreditedBody(FarEnd end, FarFrame request)
    {
        private long credit = Wire.InitialCredit;
        private bool begun;
        private volatile bool waiting;
        private long sent;

        internal bool Abandoned { get; private set; }

        /// <summary>For a while, and not only for a moment.</summary>
        internal bool IsWaiting
        {
            get
            {
                var before = Interlocked.Read(ref sent);
                return waiting && !SpinWait.SpinUntil(() => !waiting, 300) && Interlocked.Read(ref sent) == before;
            }
        }

        internal long Sent => Interlocked.Read(ref sent);

        internal Task WriteAsync(byte[] body, bool last) => Task.Run(() => Write(body, last), TestContext.Current.CancellationToken);

        private void Write(ReadOnlySpan<byte> body, bool last)
        {
            if (!begun)
            {
                begun = true;
                (string, string)[] headers = last ? [("Content-Length", body.Length.ToString(System.Globalization.CultureInfo.InvariantCulture))] : [];
                end.Send(FrameType.Response, request.Header.Stream, 0, FrameFlags.None, FarEnd.Head(200, headers));
            }
            while (!body.IsEmpty && !Abandoned)
            {
                if (credit <= 0)
                {
                    Wait();
                    continue;
                }
                var piece = body[..(int)Math.Min(Math.Min(body.Length, credit), Wire.MaxBodyFrame - Wire.HeaderSize)];
                body = body[piece.Length..];
                credit -= piece.Length;
                end.Send(FrameType.ResponseBody, request.Header.Stream, 0, FrameFlags.None, piece);
                Interlocked.Add(ref sent, piece.Length);
            }
            if (last || Abandoned)
            {
                end.Send(FrameType.ResponseEnd, request.Header.Stream);
            }
        }

        private void Wait()
        {
            waiting = true;
            var frame = end.Next();
            waiting = false;
            if (frame.Header.Type == FrameType.Abandon)
            {
                Abandoned = true;
                return;
            }
            Assert.Equal(FrameType.ResponseCredit, frame.Header.Type);
            credit += frame.Header.Argument;
        }
    }
}
