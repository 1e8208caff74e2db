namespace Hotplate.Supervision;

/// <content>Generations that were replaced for good. Each finishes what it has within its own graceful timeout, beside the others.</content>
internal sealed partial class Supervisor
{
    private const int SmallHeap = 32 << 20;

    /// <summary>With more than these, the oldest is ended: each has the memory of all its workers.</summary>
    private const int MostRetiring = 4;

    private readonly Lock retirements = new();
    private readonly List<Retirement> retiring = [];

    private IEnumerable<Generation> Retiring
    {
        get
        {
            lock (retirements)
            {
                return [.. retiring.Select(static one => one.Generation)];
            }
        }
    }

    /// <summary>The generation that could be rolled back to is not kept any more.</summary>
    private void RetireParked()
    {
        watching?.Cancel();
        if (parked is { } gone)
        {
            parked = null;
            Retire(gone);
        }
    }

    private void Retire(Generation generation)
    {
        var one = new Retirement(generation, new CancellationTokenSource(graceful, context.Time));
        Retirement? oldest = null;
        lock (retirements)
        {
            retiring.Add(one);
            if (retiring.Count(static other => !other.Patience.IsCancellationRequested) > MostRetiring)
            {
                oldest = retiring.First(static other => !other.Patience.IsCancellationRequested);
            }
        }
        one.Ended = RetireAsync(one);
        if (oldest is not null)
        {
            context.Log.TooManyRetire(context.App.Name, MostRetiring, oldest.Generation.Number);
            oldest.Patience.Cancel();
        }
    }

    private async Task RetireAsync(Retirement one)
    {
        try
        {
            if (one.Generation.Workers.Count is > 0 and var count)
            {
                context.Log.Retires(context.App.Name, one.Generation.Number, count, graceful.TotalSeconds);
            }
            await one.Generation.EndAsync(one.Patience.Token);
            Tidy();
        }
        catch (Exception error)
        {
            context.Log.RetiringFailed(context.App.Name, one.Generation.Number, error);
        }
        finally
        {
            lock (retirements)
            {
                retiring.Remove(one);
            }
        }
    }

    /// <summary>The ends of all that retire, which come with that of <paramref name="patience"/> at the latest.</summary>
    private IEnumerable<Task> RetireNow(CancellationToken patience)
    {
        lock (retirements)
        {
            foreach (var one in retiring)
            {
                _ = patience.UnsafeRegister(static state => ((CancellationTokenSource)state!).Cancel(), one.Patience);
            }
            return [.. retiring.Select(static one => one.Ended)];
        }
    }

    /// <summary>What belonged to a generation is old and large, so it would lie there until many more have gone.</summary>
    /// <remarks>Two milliseconds with a heap of a few megabytes. With the connections of thousands it is left to the collector to choose the moment.</remarks>
    private static void Tidy()
    {
        if (GC.GetTotalMemory(forceFullCollection: false) < SmallHeap)
        {
            GC.Collect(2, GCCollectionMode.Forced, blocking: true, compacting: false);
        }
    }

    private sealed record Retirement(Generation Generation, CancellationTokenSource Patience)
    {
        internal Task Ended { get; set; } = Task.CompletedTask;
    }
}
