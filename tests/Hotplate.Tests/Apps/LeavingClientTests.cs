using Hotplate.Channel;
using Hotplate.Tests.Fixtures;
using Hotplate.Tests.Workers;

namespace Hotplate.Tests.Apps;

/// <summary>Clients that do not stay for their answer.</summary>
public class LeavingClientTests
{
    [Fact]
    public async Task One_that_waits_for_a_worker_gives_its_place_to_the_next()
    {
        await using var front = await FrontOfFarEnds.StartAsync(count: 0);
        using var client = await front.ConnectAsync();
        await client.GetAsync();
        await Patience.UntilAsync(() => front.Pool.Waiting == 1, "it waits");

        client.Reset();

        await front.NothingIsLeftAsync();
    }

    [Fact]
    public async Task One_whose_answer_has_begun_has_its_worker_told()
    {
        await using var front = await FrontOfFarEnds.StartAsync();
        using var client = await front.ConnectAsync();
        await client.GetAsync();
        var request = front.Ends[0].TakeNext();
        front.Ends[0].Send(FrameType.Response, request.Header.Stream, 0, FrameFlags.None, FarEnd.Head());
        await client.ReadAsync(bodyless: true);

        client.Reset();

        Assert.Equal(request.Header.Stream, front.Ends[0].Next(FrameType.Abandon).Header.Stream);
        front.Ends[0].Send(FrameType.ResponseEnd, request.Header.Stream);
        await front.NothingIsLeftAsync();
    }

    [Fact]
    public async Task One_whose_answer_has_not_begun_is_noticed_when_it_does()
    {
        await using var front = await FrontOfFarEnds.StartAsync();
        using var client = await front.ConnectAsync();
        await client.GetAsync();
        var request = front.Ends[0].TakeNext();
        client.Reset();
        front.Ends[0].Send(FrameType.Response, request.Header.Stream, 0, FrameFlags.None, FarEnd.Head());
        front.Ends[0].Send(FrameType.ResponseBody, request.Header.Stream, 0, FrameFlags.None, "abc"u8);

        Assert.Equal(request.Header.Stream, front.Ends[0].Next(FrameType.Abandon).Header.Stream);
        front.Ends[0].Send(FrameType.ResponseEnd, request.Header.Stream);
        await front.NothingIsLeftAsync();
    }

    [Fact]
    public async Task An_HTTP_2_stream_that_is_reset_is_told_at_once_and_its_neighbours_go_on()
    {
        await using var front = await FrontOfFarEnds.StartAsync(count: 2, http2: true);
        using var http = new HttpClient { BaseAddress = front.Address, DefaultRequestVersion = System.Net.HttpVersion.Version20, DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact };
        for (var round = 0; round < 20; round++)
        {
            using var leaving = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
            var left = http.GetAsync("/left", leaving.Token);
            await Patience.UntilAsync(() => front.Pool.InFlight == 1, "the first is in flight");
            var stays = http.GetStringAsync("/stays", TestContext.Current.CancellationToken);
            await Patience.UntilAsync(() => front.Pool.InFlight == 2, "both are in flight");
            var first = front.Ends[0].TakeNext();
            var second = front.Ends[1].TakeNext();

            await leaving.CancelAsync();

            Assert.Equal(first.Header.Stream, front.Ends[0].Next(FrameType.Abandon).Header.Stream);
            // The stream's object serves the next request already; this is not for it.
            var next = http.GetStringAsync("/next", TestContext.Current.CancellationToken);
            front.Ends[0].Answer(first, "for nobody"u8);
            front.Ends[1].Answer(second, "stayed"u8);
            var third = TakeFromEither(front);
            third.End.Answer(third.Request, "next"u8);
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => left);
            Assert.Equal("stayed", await stays.OrFail());
            Assert.Equal("next", await next.OrFail());
            await front.NothingIsLeftAsync();
        }
    }

    private static (FarEnd End, FarFrame Request) TakeFromEither(FrontOfFarEnds front)
    {
        while (true)
        {
            foreach (var end in front.Ends)
            {
                if (end.All() is [var request])
                {
                    Assert.True(end.TryTake(request));
                    return (end, request);
                }
            }
            Thread.Yield();
        }
    }
}
