using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using Hotplate.Apps;
using Hotplate.Channel;
using Hotplate.Settings;
using Hotplate.Tests.Workers;
using Hotplate.Workers;
using Microsoft.AspNetCore.Http.Features;

namespace Hotplate.Tests.Apps;

/// <summary>An exchange serves one request of its connection after another. What another thread still has to say of the last must not reach the next.</summary>
public sealed class ReusedExchangeTests : IDisposable
{
    private readonly PoolOfFarEnds pool = new();
    private readonly Pipe pipe = new(new PipeOptions(useSynchronizationContext: false));
    private readonly HttpResponseFeature response = new();
    private readonly AppExchange exchange;

    public ReusedExchangeTests()
    {
        var app = new AppHandler(
            new AppSettings { Target = "none", Directory = "/", Python = "none" }, new HttpSettings(), pool.Pool, new SpoolDirectory(Path.GetTempPath(), 1 << 20), new ClientMemory(1 << 20));
        exchange = app.NewExchange();
        exchange.Head.Begin(new RequestLine { Method = "GET", ContentLength = -1, Target = "/", QueryStart = Wire.NoQuery, Path = "/"u8 });
        exchange.Head.End();
    }

    public void Dispose() => pool.Dispose();

    [Fact]
    public async Task What_is_said_late_of_a_request_that_was_left_is_passed_over()
    {
        var end = await pool.JoinAsync();
        var first = exchange.RunAsync(response, pipe.Writer).AsTask();
        var left = end.TakeNext();
        exchange.ClientLeft();
        await first.OrFail();
        end.Answer(left);
        var second = exchange.RunAsync(response, pipe.Writer).AsTask();
        end.Next(FrameType.Abandon);
        var request = end.TakeNext();
        var stale = left.Header.Stream;
        Assert.NotEqual(stale, request.Header.Stream);

        // As the channel's thread would, had it found the exchange a moment before the client left.
        Assert.True(exchange.OnResponse(end.Worker, new FrameHeader(16, FrameType.Response, FrameFlags.None, 0, stale, 0), [.. FarEnd.Head(503), .. "old"u8]));
        Assert.True(exchange.OnBody(end.Worker, stale, "old"u8));
        exchange.OnRequestCredit(end.Worker, stale, 1);
        exchange.CutAt(end.Worker, stale, RequestFailure.AppFailed);
        exchange.OnPause();
        end.Answer(request, "new"u8);
        await second.OrFail();

        Assert.Equal((RequestFailure.None, 200), (exchange.Failure, response.StatusCode));
        Assert.Equal("new", await ReadAsync());
    }

    [Fact]
    public async Task It_is_not_free_before_the_thread_that_ends_it_has_done_so()
    {
        var end = await pool.JoinAsync();
        var running = exchange.RunAsync(response, pipe.Writer).AsTask();
        var request = end.TakeNext();
        await pipe.Reader.CompleteAsync();

        // The last frame has come: the pool has let go, and the channel's thread is about to hand over what came. Meanwhile the client is found to have left.
        Assert.Same(exchange, pool.Pool.Finish(end.Worker, request.Header.Stream, 60, out _));
        Assert.True(exchange.OnResponse(end.Worker, new FrameHeader(16, FrameType.Response, FrameFlags.None, 0, request.Header.Stream, 0), FarEnd.Head()));
        exchange.OnPause();
        Assert.False(running.IsCompleted);

        exchange.OnEnd();
        await running.OrFail();
        Assert.Equal(RequestFailure.ClientLeft, exchange.Failure);
    }

    [Fact]
    public async Task Leaving_twice_ends_it_once()
    {
        var end = await pool.JoinAsync();
        for (var i = 0; i < 50; i++)
        {
            var running = exchange.RunAsync(response, pipe.Writer).AsTask();
            await Task.WhenAll(
                Task.Run(() => exchange.ClientLeft(), TestContext.Current.CancellationToken),
                Task.Run(() => exchange.ClientLeft(), TestContext.Current.CancellationToken));
            await running.OrFail();
            Assert.Equal(RequestFailure.ClientLeft, exchange.Failure);
        }
        Assert.Equal((0, 0), (end.Worker.InFlight, pool.Pool.Waiting));
    }

    private async Task<string> ReadAsync()
    {
        await pipe.Writer.CompleteAsync();
        var result = await pipe.Reader.ReadAsync(TestContext.Current.CancellationToken);
        return Encoding.ASCII.GetString(result.Buffer.ToArray());
    }
}
