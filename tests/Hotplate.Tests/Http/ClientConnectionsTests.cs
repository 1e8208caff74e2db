using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Text;
using Hotplate.Apps;
using Hotplate.Http;
using Hotplate.Settings;
using Hotplate.Tests.Workers;
using Hotplate.Workers;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging.Abstractions;

namespace Hotplate.Tests.Http;

/// <summary>Who is sent away when memory or places are short, and in which order.</summary>
public sealed class ClientConnectionsTests : IDisposable
{
    // Who holds much holds more than an eighth of it, so that each time that it is short one goes.
    private const int Limit = 16 << 20;
    private const int Large = 800 * 1024;

    private readonly FakeTime _time = new();
    private readonly ClientMemory _memory = new(Limit);
    private readonly WorkerPool _pool;
    private readonly AppHandler _app;
    private readonly List<ClientConnection> _entered = [];
    private readonly List<ConnectionContext> _connections = [];
    private readonly TaskCompletionSource _end = new();
    private ClientConnections _all;

    public ClientConnectionsTests()
    {
        _pool = new WorkerPool(new WorkerSettings { MaxQueue = 0 }, TimeProvider.System, NullLogger.Instance);
        var settings = new AppSettings { Target = "none", Directory = "/", Python = "none" };
        var spool = new SpoolDirectory(Path.GetTempPath(), 1 << 30);
        _app = new AppHandler(settings, new HttpSettings(), _pool, spool, new ClientMemory(1 << 30));
        _all = new ClientConnections(_memory, null, 10_000, 100, _time, NullLogger.Instance);
    }

    public void Dispose()
    {
        _all.Dispose();
        _pool.Dispose();
        _end.TrySetResult();
    }

    [Fact]
    public void The_most_that_is_held_for_longest_goes_first()
    {
        var oldAndSmall = Head(Large);
        var oldAndLarge = Head(Large * 5 / 4);
        _time.Advance(TimeSpan.FromSeconds(100));
        var young = Head(Large);
        var youngAndLarge = Head(Large * 5 / 4);
        Assert.Equal([oldAndLarge, oldAndSmall, youngAndLarge, young], Gone(4));
        Assert.All([oldAndLarge, oldAndSmall, young, youngAndLarge], client => Assert.True(client.Head!.IsRefused));
    }

    [Fact]
    public async Task Unfinished_heads_go_first_then_bodies_and_requests_in_hand_never()
    {
        var busy = Busy(holds: 0);
        var reads = Reads();
        var multiplexed = Multiplexed();
        var idle = Waits(asked: true);
        var silent = Waits(asked: false);
        var (body, reading) = Body();
        _time.Advance(TimeSpan.FromSeconds(10));
        var rests = Waits(asked: true, holds: 0);
        // However short a while it has been there.
        var head = Head(Large);
        Assert.Equal(
            [
                ClientState.Busy, ClientState.Reads, ClientState.Multiplexed, ClientState.Idle, ClientState.Silent, ClientState.SendsBody,
                ClientState.Rests,
                ClientState.SendsHead,
            ],
            new[] { busy, reads, multiplexed, idle, silent, body, rests, head }.Select(client => client.State));

        Assert.Equal([head, body, silent, idle, reads, multiplexed], Gone(6));
        Assert.Equal(RequestFailure.NoMemory, await reading);
        Assert.False(_memory.Hold(1 - _memory.Excess));
        Assert.False(rests.IsLeaving);
        Assert.False(busy.IsLeaving);
        Assert.Equal(6, _all.Counts.SentAway.Sum(static kind => kind.Count));
    }

    [Fact]
    public void For_a_place_those_go_that_never_asked_and_who_is_served_stays()
    {
        _all.Dispose();
        _all = new ClientConnections(_memory, 6, 10_000, 100, _time, NullLogger.Instance);
        _ = Busy();
        var idle = Waits(asked: true);
        _time.Advance(TimeSpan.FromSeconds(10));
        var silent = Waits(asked: false);
        _time.Advance(TimeSpan.FromSeconds(1));
        var head = Head(100);
        _ = Reads();
        var rests = Waits(asked: true);
        Assert.Equal(6, _all.Counts.Open);

        var gone = new List<ClientConnection>();
        foreach (var expected in new[] { silent, head, idle, rests })
        {
            _ = Busy();
            Assert.True(expected.IsLeaving);
            gone.Add(expected);
            Assert.Equal(gone.Count, _entered.Count(static client => client.IsLeaving));
        }
        // All others are served: who comes is not.
        var connection = new DefaultConnectionContext();
        _ = _all.Watch(static _ => Task.CompletedTask, multiplexed: false)(connection);
        Assert.Null(connection.Features.Get<ClientConnection>());
        Assert.Equal(1, _all.Counts.PassedOver);
    }

    [Fact]
    public void Who_goes_counts_as_gone_with_its_blocks()
    {
        var pool = new BlockPool();
        var memory = new ClientMemory(Limit, blocks: pool);
        _all.Dispose();
        _all = new ClientConnections(memory, null, 10_000, 100, _time, NullLogger.Instance);
        var (body, _) = Body();
        using var block = pool.Rent(65536);
        _ = memory.Hold(1 - memory.Excess);
        Assert.Equal(ClientState.SendsBody, body.LeftAs);
        Assert.Equal(1 - body.Size - BlockPool.Small - 65536, memory.Excess);
    }

    [Fact]
    public async Task Who_was_refused_and_lingers_is_ended_when_far_too_much_is_held()
    {
        var head = Head(Large);
        var idle = Waits(asked: true);
        Assert.Equal([head], Gone(1));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.False(head.Lingers);
        _ = _memory.Hold((2 * Limit) - _memory.Used);
        Assert.True(_memory.IsFull);
        _time.Advance(TimeSpan.FromSeconds(5));
        Assert.True(head.Lingers);
        Assert.False(_connections[0].ConnectionClosed.IsCancellationRequested);
        _ = _memory.Hold(1);

        var aborted = new TaskCompletionSource();
        using var told = _connections[0].ConnectionClosed
            .UnsafeRegister(static task => ((TaskCompletionSource)task!).TrySetResult(), aborted);
        _time.Advance(TimeSpan.FromSeconds(1));
        await aborted.Task;
        Assert.False(idle.Lingers);
    }

    [Fact]
    public async Task Nothing_more_is_taken_of_a_flood_of_streams()
    {
        var client = Multiplexed();
        var pipe = new Pipe();
        var input = new Http2Input(pipe.Reader, client);
        await pipe.Writer.WriteAsync(new byte[100], TestContext.Current.CancellationToken);
        Assert.True(input.TryRead(out var read));
        Assert.Equal(100, read.Buffer.Length);
        Assert.False(read.IsCompleted);
        input.AdvanceTo(read.Buffer.GetPosition(60), read.Buffer.End);

        var waiting = input.ReadAsync(TestContext.Current.CancellationToken);
        Assert.False(waiting.IsCompleted);
        _ = _memory.Hold(2 * Limit);
        await pipe.Writer.WriteAsync(new byte[100], TestContext.Current.CancellationToken);
        read = await waiting;
        Assert.True(read.IsCompleted);
        Assert.True(read.Buffer.IsEmpty);
        input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
    }

    private List<ClientConnection> Gone(int count)
    {
        var there = _entered.Where(static client => !client.IsLeaving).ToList();
        var gone = new List<ClientConnection>();
        for (var i = 0; i < count; i++)
        {
            _ = _memory.Hold(1 - _memory.Excess);
            gone.Add(Assert.Single(there, static client => client.IsLeaving));
            there.Remove(gone[^1]);
        }
        return gone;
    }

    /// <summary>A connection that stays until the test ends.</summary>
    private ClientConnection Enter(bool multiplexed = false)
    {
        var connection = new DefaultConnectionContext();
        _ = _all.Watch(_ => _end.Task, multiplexed)(connection);
        var client = connection.Features.Get<ClientConnection>();
        Assert.NotNull(client);
        _entered.Add(client);
        _connections.Add(connection);
        return client;
    }

    private ClientConnection Waits(bool asked, int holds = Large)
    {
        var client = Enter();
        Assert.True(client.HoldHead(holds));
        client.Head = new HeadWatch(new Pipe().Reader, client);
        _ = client.Head.ReadAsync(TestContext.Current.CancellationToken);
        client.Exchange = asked ? _app.NewExchange() : null;
        return client;
    }

    private ClientConnection Head(int holds)
    {
        var client = Enter();
        Assert.True(client.HoldHead(holds));
        var pipe = new Pipe();
        client.Head = new HeadWatch(pipe.Reader, client);
        _ = pipe.Writer.WriteAsync(Encoding.ASCII.GetBytes("GET / HTTP/1.1\r\nHo"), TestContext.Current.CancellationToken);
        Assert.True(client.Head.TryRead(out var read));
        client.Head.AdvanceTo(read.Buffer.GetPosition("GET / HTTP/1.1\r\n".Length), read.Buffer.End);
        _ = client.Head.ReadAsync(TestContext.Current.CancellationToken);
        return client;
    }

    private ClientConnection Busy(int holds = Large)
    {
        var client = Enter();
        Assert.True(client.HoldHead(holds));
        client.Head = new HeadWatch(new Pipe().Reader, client);
        client.Exchange = _app.NewExchange();
        return client;
    }

    private ClientConnection Reads()
    {
        var client = Busy();
        SpoolOf(client.Exchange!).Append(new byte[1000]);
        return client;
    }

    private (ClientConnection Client, Task<RequestFailure> Reading) Body()
    {
        var client = Busy();
        return (client, client.Exchange!.Body.ReadAsync(new Pipe().Reader, 1000, TestContext.Current.CancellationToken).AsTask());
    }

    private ClientConnection Multiplexed()
    {
        var client = Enter(multiplexed: true);
        client.AddStream();
        Assert.True(client.HoldHead(Large));
        return client;
    }

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "spool")]
    private static extern ref ResponseSpool SpoolOf(AppExchange exchange);
}
