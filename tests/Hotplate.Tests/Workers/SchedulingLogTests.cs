using System.Collections.Concurrent;
using Hotplate.Channel;
using Hotplate.Settings;
using Hotplate.Tests.Fixtures;
using Hotplate.Workers;
using Microsoft.Extensions.Logging;

namespace Hotplate.Tests.Workers;

/// <summary>What the pool decides can be read at --log-level debug, without a line for every request.</summary>
public class SchedulingLogTests
{
    private readonly Lines lines = new();

    [Fact]
    public async Task It_tells_what_was_taken_back_and_why()
    {
        using var pool = await PoolOfFarEnds.StartAsync(1, log: lines);
        await pool.LearnAsync("/hello", 60);
        pool.Submit(3);
        pool.Ends[0].TakeNext();

        pool.Time.Advance(TimeSpan.FromMilliseconds(3));

        await lines.UntilAsync("worker 1001 took 2 requests back: one has run for 3 ms before them");
    }

    [Fact]
    public async Task It_tells_when_a_route_becomes_slow_or_fast()
    {
        using var pool = await PoolOfFarEnds.StartAsync(1, log: lines);

        await pool.LearnAsync("/report/7", 9_000);
        await lines.UntilAsync("GET /report/* is slow now: 9000 µs expected, before 800");
        for (var i = 0; i < 20; i++)
        {
            await pool.LearnAsync("/report/8", 100);
        }

        Assert.Contains(lines.All, static line => line.StartsWith("GET /report/* is fast now: ", StringComparison.Ordinal));
        Assert.Equal(2, lines.All.Count(static line => line.Contains("is ", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task It_tells_how_many_requests_a_worker_runs_at_a_time_when_that_changes()
    {
        using var pool = await PoolOfFarEnds.StartAsync(1, log: lines);

        pool.Ends[0].Send(FrameType.Credit, 0, 5);
        pool.Ends[0].Send(FrameType.Credit, 0, 5);
        pool.Ends[0].Send(FrameType.Credit, 0, 1);

        await lines.UntilAsync("worker 1001 now runs 1 requests at a time, before 5");
        Assert.Equal(2, lines.All.Count);
    }

    [Fact]
    public async Task Once_a_second_it_tells_of_the_queue()
    {
        using var pool = await PoolOfFarEnds.StartAsync(1, log: lines);
        await pool.LearnAsync("/hello", 60);
        pool.Time.Advance(TimeSpan.FromSeconds(1));
        pool.Submit(20);
        pool.Time.Advance(TimeSpan.FromMilliseconds(9));
        foreach (var request in pool.Ends[0].All())
        {
            Assert.True(pool.Ends[0].TryTake(request));
            pool.Ends[0].Answer(request);
        }
        await Patience.UntilAsync(() => pool.Pool.Waiting == 0, "all were sent");
        pool.Time.Advance(TimeSpan.FromSeconds(1));

        await lines.UntilAsync(static line => line.StartsWith("in the last second 20 requests were sent, 8 after a wait of up to 9 ms, at most 8 waited at a time", StringComparison.Ordinal));
    }

    [Fact]
    public async Task When_nothing_waits_there_is_nothing_to_tell()
    {
        using var pool = await PoolOfFarEnds.StartAsync(1, log: lines);
        for (var i = 0; i < 10; i++)
        {
            await pool.LearnAsync("/hello", 60);
            pool.Time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Empty(lines.All);
    }

    [Fact]
    public async Task It_tells_what_became_of_the_requests_of_a_worker_that_is_gone()
    {
        using var pool = await PoolOfFarEnds.StartAsync(1, new WorkerSettings { MaxQueueTime = TimeSpan.FromMinutes(1) }, lines);
        await pool.LearnAsync("/hello", 60);
        pool.Submit(3);
        pool.Ends[0].TakeNext();

        pool.Ends[0].Dispose();

        await lines.UntilAsync("worker 1001 left 2 requests to others, 1 got no answer");
    }

    [Fact]
    public async Task A_route_that_changes_with_every_request_does_not_fill_the_log()
    {
        using var pool = await PoolOfFarEnds.StartAsync(1, log: lines);
        for (var i = 0; i < 100; i++)
        {
            await pool.LearnAsync("/both", i % 2 == 0 ? 60_000_000u : 0);
            await pool.LearnAsync(string.Concat("/other/", (char)('a' + (i / 10)), (char)('a' + (i % 10))), 60_000);
        }

        Assert.InRange(lines.All.Count, 1, 10);
    }

    private sealed class Lines : ILogger
    {
        private readonly ConcurrentQueue<string> lines = new();

        internal IReadOnlyCollection<string> All => lines;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            Assert.Equal(LogLevel.Debug, logLevel);
            lines.Enqueue(formatter(state, exception));
        }

        internal Task UntilAsync(string line) => UntilAsync(said => said == line);

        internal Task UntilAsync(Func<string, bool> matches) => Patience.UntilAsync(() => lines.Any(matches), $"the line, in {string.Join('\n', lines)}");
    }
}
