using Hotplate.Settings;
using Hotplate.Workers;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Hotplate.Tests.Workers;

/// <summary>A pool under test with its clock and the workers that the test plays.</summary>
internal sealed class PoolOfFarEnds : IDisposable
{
    private readonly List<FarEnd> ends = [];
    private int numbers;

    internal PoolOfFarEnds(WorkerSettings? settings = null, ILogger? log = null)
    {
        Pool = new WorkerPool(settings ?? new WorkerSettings(), Time, log ?? NullLogger.Instance);
    }

    internal FakeTime Time { get; } = new();

    internal WorkerPool Pool { get; }

    internal IReadOnlyList<FarEnd> Ends => ends;

    internal static async Task<PoolOfFarEnds> StartAsync(int workers, WorkerSettings? settings = null, ILogger? log = null)
    {
        var pool = new PoolOfFarEnds(settings, log);
        for (var i = 0; i < workers; i++)
        {
            await pool.JoinAsync();
        }
        return pool;
    }

    internal async Task<FarEnd> JoinAsync(int slots = 64)
    {
        var end = await FarEnd.JoinAsync(Pool, Time, slots, ends.Count + 1);
        ends.Add(end);
        return end;
    }

    internal Errand Submit(string path = "/hello") => new Errand(++numbers, path).SubmitTo(Pool);

    internal Errand[] Submit(int count, string path = "/hello") => [.. Enumerable.Range(0, count).Select(_ => Submit(path))];

    /// <summary>Makes a route known: one request to the first worker, which runs so long.</summary>
    internal async Task LearnAsync(string path, uint microseconds)
    {
        var errand = Submit(path);
        ends[0].Answer(ends[0].TakeNext(), microseconds);
        Assert.Equal(RequestFailure.None, await errand.Ended.OrFail());
    }

    public void Dispose()
    {
        ends.ForEach(static end => end.Dispose());
        Pool.Dispose();
    }
}
