using System.Buffers.Binary;
using Hotplate.Channel;
using Hotplate.Linux;
using Hotplate.Settings;
using Hotplate.Tests.Fixtures;
using Hotplate.Tests.Workers;
using Hotplate.Workers;

namespace Hotplate.Tests.Apps;

/// <summary>Answers that come as a range of an open file.</summary>
public sealed class FileAnswerTests : IDisposable
{
    private readonly string path = Path.GetTempFileName();

    public void Dispose() => File.Delete(path);

    [Fact]
    public async Task The_client_gets_the_range_and_the_file_is_closed()
    {
        await using var front = await FrontOfFarEnds.StartAsync();
        using var client = await front.ConnectAsync();
        var content = Write(3_000_000);
        await client.GetAsync();
        var request = Begin(front.Ends[0], ("Content-Length", "2000000"));

        Pass(front.Ends[0], request, path, 500_000, 2_000_000);
        front.Ends[0].Send(FrameType.ResponseEnd, request.Header.Stream);

        Assert.Equal(content[500_000..2_500_000], (await client.ReadAsync())!.Body);
        await ClosedAsync();
    }

    [Fact]
    public async Task What_was_written_before_the_file_comes_before_it()
    {
        await using var front = await FrontOfFarEnds.StartAsync();
        using var client = await front.ConnectAsync();
        var content = Write(100_000);
        await client.GetAsync();
        var request = Begin(front.Ends[0]);
        front.Ends[0].Send(FrameType.ResponseBody, request.Header.Stream, 0, FrameFlags.None, "first"u8);
        Pass(front.Ends[0], request, path, 0, 100_000);
        front.Ends[0].Send(FrameType.ResponseEnd, request.Header.Stream);

        byte[] expected = [.. "first"u8, .. content];
        Assert.Equal(expected, (await client.ReadAsync())!.Body);
    }

    [Fact]
    public async Task A_file_that_is_shorter_than_was_said_cuts_the_answer()
    {
        await using var front = await FrontOfFarEnds.StartAsync();
        using var client = await front.ConnectAsync();
        Write(1_000);
        await client.GetAsync();
        var request = Begin(front.Ends[0]);
        Pass(front.Ends[0], request, path, 0, 5_000);
        front.Ends[0].Send(FrameType.ResponseEnd, request.Header.Stream);

        Assert.Null(await client.ReadAsync());
        await ClosedAsync();
    }

    [Fact]
    public async Task To_HEAD_no_byte_of_it_is_sent()
    {
        await using var front = await FrontOfFarEnds.StartAsync();
        using var client = await front.ConnectAsync();
        Write(1_000);
        await client.SendAsync("HEAD / HTTP/1.1\r\nHost: x\r\n\r\n");
        var request = Begin(front.Ends[0], ("Content-Length", "1000"));
        Pass(front.Ends[0], request, path, 0, 1_000);
        front.Ends[0].Send(FrameType.ResponseEnd, request.Header.Stream);
        var head = await client.ReadAsync(bodyless: true);
        await client.GetAsync();
        front.Ends[0].Answer(front.Ends[0].TakeNext(), "next"u8);

        Assert.Contains("Content-Length: 1000\r\n", head!.Head);
        Assert.Equal("next"u8.ToArray(), (await client.ReadAsync())!.Body);
        await ClosedAsync();
    }

    [Fact]
    public async Task A_client_that_leaves_has_the_file_closed()
    {
        await using var front = await FrontOfFarEnds.StartAsync();
        using var client = await front.ConnectAsync();
        Write(64 << 20);
        await client.GetAsync();
        var request = Begin(front.Ends[0]);
        Pass(front.Ends[0], request, path, 0, 64 << 20);
        front.Ends[0].Send(FrameType.ResponseEnd, request.Header.Stream);
        await Patience.UntilAsync(() => front.Pool.InFlight == 0, "the worker is done");

        client.Reset();

        await ClosedAsync();
    }

    [Fact]
    public async Task A_file_for_a_client_that_has_left_is_closed()
    {
        await using var front = await FrontOfFarEnds.StartAsync();
        using var client = await front.ConnectAsync();
        Write(1_000);
        await client.GetAsync();
        var request = Begin(front.Ends[0]);
        await client.ReadAsync(bodyless: true);
        client.Reset();
        Assert.Equal(FrameType.Abandon, front.Ends[0].Next().Header.Type);

        Pass(front.Ends[0], request, path, 0, 1_000);
        front.Ends[0].Send(FrameType.ResponseEnd, request.Header.Stream);

        await front.NothingIsLeftAsync();
        await ClosedAsync();
        Assert.Equal(WorkerState.Ready, front.Ends[0].Worker.State);
    }

    [Fact]
    public async Task Two_descriptors_in_one_message_are_both_closed()
    {
        await using var front = await FrontOfFarEnds.StartAsync(workers: new WorkerSettings { MaxQueueTime = TimeSpan.FromMinutes(5) });
        using var client = await front.ConnectAsync();
        Write(1_000);
        await client.GetAsync();
        var request = Begin(front.Ends[0]);
        using (var one = File.OpenHandle(path))
        using (var two = File.OpenHandle(path))
        {
            Assert.Equal(8, front.Ends[0].PassFile(request.Header.Stream, (int)one.DangerousGetHandle(), (int)two.DangerousGetHandle()));
        }
        front.Ends[0].Send(FrameType.ResponseFile, request.Header.Stream, 0, FrameFlags.None, Range(0, 1_000));

        await Patience.UntilAsync(() => front.Ends[0].Worker.State == WorkerState.Exited, "given up");
        Assert.Null(await client.ReadAsync());
        await ClosedAsync();
    }

    public static TheoryData<string, long, long> Lies() => new()
    {
        { "/", 0, 10 },
        { "/dev/zero", 0, 10 },
        { "", -1, 10 },
        { "", 0, -1 },
        { "", long.MaxValue, 10 },
    };

    [Theory]
    [MemberData(nameof(Lies))]
    public async Task What_is_no_file_or_no_range_breaks_the_protocol(string named, long offset, long count)
    {
        await using var front = await FrontOfFarEnds.StartAsync();
        using var client = await front.ConnectAsync();
        Write(1_000);
        await client.GetAsync();
        var request = Begin(front.Ends[0]);

        Pass(front.Ends[0], request, named.Length == 0 ? path : named, offset, count);

        Assert.Null(await client.ReadAsync());
        Assert.Equal(WorkerState.Exited, front.Ends[0].Worker.State);
        await ClosedAsync();
    }

    private static FarFrame Begin(FarEnd end, params ReadOnlySpan<(string, string)> headers)
    {
        var request = end.TakeNext();
        end.Send(FrameType.Response, request.Header.Stream, 0, FrameFlags.None, FarEnd.Head(200, headers));
        return request;
    }

    private static void Pass(FarEnd end, FarFrame request, string name, long offset, long count)
    {
        var fd = Libc.open(name, Libc.O_RDONLY | Libc.O_CLOEXEC, 0);
        Assert.Equal(8, end.PassFile(request.Header.Stream, fd));
        Assert.Equal(0, Libc.close(fd));
        end.Send(FrameType.ResponseFile, request.Header.Stream, 0, FrameFlags.None, Range(offset, count));
    }

    private static byte[] Range(long offset, long count)
    {
        var range = new byte[16];
        BinaryPrimitives.WriteInt64LittleEndian(range, offset);
        BinaryPrimitives.WriteInt64LittleEndian(range.AsSpan(8), count);
        return range;
    }

    private byte[] Write(int count)
    {
        var content = new byte[count];
        new Random(count).NextBytes(content);
        File.WriteAllBytes(path, content);
        return content;
    }

    /// <summary>No descriptor of this process is the file.</summary>
    private async Task ClosedAsync() =>
        await Patience.UntilAsync(
            () => !Directory.EnumerateFiles("/proc/self/fd").Any(link => new FileInfo(link).LinkTarget == path), "the file is closed");
}
