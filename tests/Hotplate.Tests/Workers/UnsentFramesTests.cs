using System.Buffers.Binary;
using Hotplate.Channel;
using Hotplate.Tests.Fixtures;
using Hotplate.Workers;

namespace Hotplate.Tests.Workers;

/// <summary>What a worker had made and not sent when it died: each frame is taken once, in its order, at whatever moment that was.</summary>
public sealed class UnsentFramesTests : IAsyncDisposable
{
    private readonly PoolOfFarEnds pool = new();
    private FarEnd far = null!;
    private Errand errand = null!;
    private uint stream;

    /// <summary>The bytes that the far end has sent, of which the front counts its own.</summary>
    private long sent;

    [Fact]
    public async Task An_answer_that_gathered_is_one()
    {
        await BeginAsync();
        Put(0, [.. Response(BitConverter.GetBytes(errand.Number)), .. FarEnd.Frame(FrameType.ResponseEnd, stream, 60, FrameFlags.None, [])]);
        await DieAsync(RequestFailure.None, errand.Number);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task What_gathered_follows_what_was_being_sent(int gathering)
    {
        await BeginAsync();
        far.Unsent.Gathering = gathering;
        Put(1 - gathering, Response([1, 2]), sent);
        Put(gathering, Body(3, 4));
        await DieAsync(RequestFailure.WorkerDied, 1, 2, 3, 4);
    }

    [Fact]
    public async Task What_had_come_is_not_taken_again_wherever_it_was_cut()
    {
        byte[] frames = [];
        for (var cut = 0; cut <= frames.Length; cut++)
        {
            await BeginAsync();
            frames = [.. Response([1, 2]), .. Body(3), .. Body(4, 5)];
            far.Unsent.Gathering = 1;
            Put(0, frames, sent);
            Put(1, Body(6));
            Send(frames.AsSpan(0, cut));
            await DieAsync(RequestFailure.WorkerDied, 1, 2, 3, 4, 5, 6);
        }
    }

    [Fact]
    public async Task The_first_part_of_a_large_piece_is_dropped_and_others_go_on()
    {
        await BeginAsync();
        Send(FarEnd.Frame(FrameType.Credit, 0, 2, FrameFlags.None, []));
        sent += Wire.HeaderSize;
        var other = pool.Submit();
        var second = far.TakeNext().Header.Stream;
        var frames = Response([1, 2]);
        far.Unsent.Gathering = 1;
        Put(0, frames, sent);
        Put(1, FarEnd.Frame(FrameType.Response, second, 60, FrameFlags.End, [.. FarEnd.Head(), .. BitConverter.GetBytes(other.Number)]));
        Send([.. frames, .. Body(new byte[1000]).AsSpan(0, 500)]);
        await DieAsync(RequestFailure.WorkerDied, 1, 2);
        Assert.Equal(RequestFailure.None, await other.Ended.OrFail());
    }

    [Fact]
    public async Task A_frame_that_was_being_made_longer_counts_as_far_as_it_is_there()
    {
        await BeginAsync();
        var frames = Response([1, 2]);
        BinaryPrimitives.WriteInt32LittleEndian(frames, frames.Length + 100);
        Put(0, frames);
        await DieAsync(RequestFailure.WorkerDied, 1, 2);
    }

    [Fact]
    public async Task Where_something_before_it_is_missing_nothing_is_taken()
    {
        await BeginAsync();
        Send(Response([1]));
        far.Unsent.Gathering = 1;
        unsafe
        {
            far.Unsent.Box(0)->Position = UnsentBox.Elsewhere;
        }
        Put(1, Body(3));
        await DieAsync(RequestFailure.WorkerDied, 1);
    }

    [Theory]
    [InlineData(int.MinValue)]
    [InlineData(-1)]
    [InlineData(int.MaxValue)]
    public async Task A_length_that_cannot_be_is_not_believed(int length)
    {
        await BeginAsync();
        Send(Response([1]));
        far.Unsent.Gathering = length;
        unsafe
        {
            far.Unsent.Box(0)->Length = far.Unsent.Box(1)->Length = length;
            far.Unsent.Box(0)->Position = far.Unsent.Box(1)->Position = length;
        }
        await DieAsync(RequestFailure.WorkerDied, 1);
    }

    [Fact]
    public async Task A_worker_that_broke_the_protocol_has_nothing_more_to_say()
    {
        await BeginAsync();
        Put(0, Response([1]));
        Send(new byte[Wire.HeaderSize]);
        Assert.Equal(RequestFailure.WorkerDied, await errand.Ended.OrFail());
        Assert.Empty(errand.Body);
        far.Dispose();
    }

    public ValueTask DisposeAsync()
    {
        pool.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task BeginAsync()
    {
        far = await pool.JoinAsync();
        var ready = new byte[64];
        sent = ReadyFrame.Write(ready, 1, 1, "3.11"u8, "threads"u8);
        errand = pool.Submit();
        stream = far.TakeNext().Header.Stream;
    }

    private async Task DieAsync(RequestFailure failure, params int[] body)
    {
        far.Dispose();
        Assert.Equal(failure, await errand.Ended.OrFail());
        var expected = failure == RequestFailure.None ? BitConverter.GetBytes(body[0]) : body.Select(static one => (byte)one);
        Assert.Equal(expected, errand.Body);
        Assert.Equal(1, errand.Ends);
    }

    private byte[] Response(byte[] body) => FarEnd.Frame(FrameType.Response, stream, 0, FrameFlags.None, [.. FarEnd.Head(), .. body]);

    private byte[] Body(params byte[] body) => FarEnd.Frame(FrameType.ResponseBody, stream, 0, FrameFlags.None, body);

    private void Send(ReadOnlySpan<byte> bytes) => far.Send(bytes);

    private unsafe void Put(int box, byte[] frames, long position = 0)
    {
        frames.CopyTo(new Span<byte>(far.Unsent.Bytes(box), frames.Length));
        far.Unsent.Box(box)->Position = position;
        far.Unsent.Box(box)->Length = frames.Length;
    }
}
