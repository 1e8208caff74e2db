using System.Text;
using Hotplate.Channel;
using Hotplate.Settings;
using Hotplate.Tests.Fixtures;
using Hotplate.Tests.Workers;
using Hotplate.Workers;

namespace Hotplate.Tests.Apps;

/// <summary>What a worker says, and what the client gets of it.</summary>
public class AnswerTests
{
    [Fact]
    public async Task An_answer_in_one_frame_gets_a_Content_Length()
    {
        await using var front = await FrontOfFarEnds.StartAsync();
        using var client = await front.ConnectAsync();
        await client.GetAsync();
        front.Ends[0].Answer(front.Ends[0].TakeNext(), "hello"u8);

        var answer = await client.ReadAsync();

        Assert.Contains("Content-Length: 5\r\n", answer!.Head);
        Assert.Equal("hello", Encoding.ASCII.GetString(answer.Body));
    }

    [Fact]
    public async Task A_request_id_that_the_application_sets_stays()
    {
        await using var front = await FrontOfFarEnds.StartAsync();
        using var client = await front.ConnectAsync();
        await client.GetAsync();
        var request = front.Ends[0].TakeNext();
        front.Ends[0].Send(
            FrameType.Response, request.Header.Stream, 0, FrameFlags.End, [.. FarEnd.Head(200, ("X-Request-Id", "its-own")), .. "abc"u8]);

        var answer = await client.ReadAsync();

        Assert.Contains("X-Request-Id: its-own\r\n", answer!.Head);
        Assert.Single(answer.Head.Split("X-Request-Id").Skip(1));
    }

    [Fact]
    public async Task Pieces_are_flushed_as_they_come()
    {
        await using var front = await FrontOfFarEnds.StartAsync();
        using var client = await front.ConnectAsync();
        await client.GetAsync();
        var request = front.Ends[0].TakeNext();

        Begin(front.Ends[0], request, ("Content-Length", "6"));
        Body(front.Ends[0], request, "abc"u8);
        Assert.Equal("abc", await ReadSomeAsync(client, 3));
        Body(front.Ends[0], request, "def"u8, FrameFlags.End);

        Assert.Equal("def", await ReadSomeAsync(client, 3, head: false));
        await front.NothingIsLeftAsync();
    }

    [Fact]
    public async Task An_answer_longer_than_its_Content_Length_of_which_nothing_was_sent_is_a_500_and_nobody_waits()
    {
        await using var front = await FrontOfFarEnds.StartAsync();
        using var client = await front.ConnectAsync();
        await client.GetAsync();
        var request = front.Ends[0].TakeNext();
        front.Ends[0].Send(FrameType.Response, request.Header.Stream, 0, FrameFlags.End, [.. FarEnd.Head(200, ("Content-Length", "3")), .. "abcdef"u8]);

        Assert.Equal(500, (await client.ReadAsync())!.Status);
        await front.NothingIsLeftAsync();
        Assert.Equal(WorkerState.Ready, front.Ends[0].Worker.State);
    }

    [Fact]
    public async Task One_that_becomes_too_long_in_its_middle_is_cut_and_its_worker_told()
    {
        await using var front = await FrontOfFarEnds.StartAsync();
        using var client = await front.ConnectAsync();
        await client.GetAsync();
        var request = front.Ends[0].TakeNext();
        Begin(front.Ends[0], request, ("Content-Length", "3"));
        Body(front.Ends[0], request, "abcdef"u8);

        Assert.Null(await ReadAllAsync(client));
        Assert.Equal(request.Header.Stream, front.Ends[0].Next(FrameType.Abandon).Header.Stream);
        front.Ends[0].Send(FrameType.ResponseEnd, request.Header.Stream);
        await front.NothingIsLeftAsync();
    }

    [Fact]
    public async Task An_answer_shorter_than_its_Content_Length_is_cut()
    {
        await using var front = await FrontOfFarEnds.StartAsync();
        using var client = await front.ConnectAsync();
        await client.GetAsync();
        var request = front.Ends[0].TakeNext();
        Begin(front.Ends[0], request, ("Content-Length", "9"));
        Body(front.Ends[0], request, "abc"u8, FrameFlags.End);

        Assert.Null(await client.ReadAsync());
        await front.NothingIsLeftAsync();
    }

    [Fact]
    public async Task An_end_without_a_beginning_is_an_error_of_the_application()
    {
        await using var front = await FrontOfFarEnds.StartAsync();
        using var client = await front.ConnectAsync();
        await client.GetAsync();
        front.Ends[0].Send(FrameType.ResponseEnd, front.Ends[0].TakeNext().Header.Stream);

        Assert.Equal(500, (await client.ReadAsync())!.Status);
    }

    [Theory]
    [InlineData("Bad Name", "x")]
    [InlineData("X-Control", "a\u0001b")]
    public async Task A_header_that_HTTP_forbids_is_an_error_of_the_application(string name, string value)
    {
        await using var front = await FrontOfFarEnds.StartAsync();
        using var client = await front.ConnectAsync();
        await client.GetAsync();
        var request = front.Ends[0].TakeNext();
        front.Ends[0].Send(FrameType.Response, request.Header.Stream, 0, FrameFlags.None, FarEnd.Head(200, ("X-First", "1"), (name, value)));

        var answer = await client.ReadAsync();

        Assert.Equal(500, answer!.Status);
        Assert.DoesNotContain("X-First", answer.Head);
        Assert.Equal(WorkerState.Ready, front.Ends[0].Worker.State);
        Assert.Equal(request.Header.Stream, front.Ends[0].Next(FrameType.Abandon).Header.Stream);
    }

    [Fact]
    public async Task A_body_before_the_head_breaks_the_protocol()
    {
        await using var front = await FrontOfFarEnds.StartAsync();
        using var client = await front.ConnectAsync();
        await client.SendAsync("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n");
        Body(front.Ends[0], front.Ends[0].TakeNext(), "abc"u8);

        Assert.Equal(502, (await client.ReadAsync())!.Status);
        Assert.Equal(WorkerState.Exited, front.Ends[0].Worker.State);
    }

    [Fact]
    public async Task A_second_head_cuts_the_answer()
    {
        await using var front = await FrontOfFarEnds.StartAsync();
        using var client = await front.ConnectAsync();
        await client.GetAsync();
        var request = front.Ends[0].TakeNext();
        Begin(front.Ends[0], request);
        Begin(front.Ends[0], request);

        Assert.Null(await client.ReadAsync());
        Assert.Equal(WorkerState.Exited, front.Ends[0].Worker.State);
    }

    [Fact]
    public async Task An_interim_status_is_no_answer()
    {
        await using var front = await FrontOfFarEnds.StartAsync();
        using var client = await front.ConnectAsync();
        await client.SendAsync("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n");
        var request = front.Ends[0].TakeNext();
        front.Ends[0].Send(FrameType.Response, request.Header.Stream, 0, FrameFlags.End, FarEnd.Head(100));

        Assert.Equal(500, (await client.ReadAsync())!.Status);
    }

    [Fact]
    public async Task When_a_worker_dies_before_its_answer_a_GET_runs_elsewhere_and_a_POST_gets_502()
    {
        await using var front = await FrontOfFarEnds.StartAsync(workers: new WorkerSettings { MaxQueueTime = TimeSpan.FromMinutes(5) });
        var doomed = front.Ends[0];
        doomed.Send(FrameType.Credit, 0, 2);
        await Patience.UntilAsync(() => doomed.Worker.Concurrency == 2, "two at a time");
        using var getter = await front.ConnectAsync();
        using var poster = await front.ConnectAsync();
        await getter.GetAsync();
        doomed.TakeNext();
        await poster.SendAsync("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n");
        doomed.TakeNext();

        doomed.Dispose();

        Assert.Equal(502, (await poster.ReadAsync())!.Status);
        var other = await front.JoinAsync();
        other.Answer(other.TakeNext(), "again"u8);
        Assert.Equal("again", Encoding.ASCII.GetString((await getter.ReadAsync())!.Body));
    }

    [Fact]
    public async Task When_a_worker_dies_after_the_head_the_connection_is_cut()
    {
        await using var front = await FrontOfFarEnds.StartAsync();
        using var client = await front.ConnectAsync();
        await client.GetAsync();
        Begin(front.Ends[0], front.Ends[0].TakeNext());
        front.Ends[0].Dispose();

        Assert.Null(await client.ReadAsync());
    }

    [Fact]
    public async Task A_connection_goes_on_after_every_kind_of_failure_that_has_a_page()
    {
        await using var front = await FrontOfFarEnds.StartAsync();
        using var client = await front.ConnectAsync();
        for (var i = 0; i < 3; i++)
        {
            await client.GetAsync();
            front.Ends[0].Send(FrameType.Failed, front.Ends[0].TakeNext().Header.Stream);
            Assert.Equal(500, (await client.ReadAsync())!.Status);
            await client.GetAsync();
            front.Ends[0].Answer(front.Ends[0].TakeNext(), "well"u8);
            Assert.Equal(200, (await client.ReadAsync())!.Status);
        }
    }

    private static void Begin(FarEnd end, FarFrame request, params ReadOnlySpan<(string, string)> headers) =>
        end.Send(FrameType.Response, request.Header.Stream, 0, FrameFlags.None, FarEnd.Head(200, headers));

    private static void Body(FarEnd end, FarFrame request, ReadOnlySpan<byte> body, FrameFlags flags = FrameFlags.None) =>
        end.Send(FrameType.ResponseBody, request.Header.Stream, 0, flags, body);

    private static async Task<string> ReadSomeAsync(SlowClient client, int count, bool head = true)
    {
        if (head)
        {
            await client.ReadAsync(bodyless: true);
        }
        return Encoding.ASCII.GetString((await client.ReadBytesAsync(count))!);
    }

    /// <summary>Null: the connection ended within the answer, whether or not all that was promised had come.</summary>
    private static async Task<byte[]?> ReadAllAsync(SlowClient client)
    {
        await client.ReadAsync();
        return await client.ReadBytesAsync(1);
    }
}
