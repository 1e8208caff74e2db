namespace Hotplate.Workers;

/// <summary>While one is open on a thread, workers that were written to and exchanges that were handed something are noted, and served once at its end.</summary>
/// <remarks>This is what makes batches: all requests that the answers of one read make room for leave in one send.</remarks>
internal static class FlushScope
{
    [ThreadStatic]
    private static int depth;

    [ThreadStatic]
    private static Worker?[]? workers;

    [ThreadStatic]
    private static int workerCount;

    [ThreadStatic]
    private static Exchange? touched;

    internal static void Enter() => depth++;

    internal static void Exit()
    {
        if (depth > 1)
        {
            depth--;
            return;
        }
        // Handing over what came may write to workers and touch again, so both lists are emptied until they stay so.
        while (touched is not null || workerCount > 0)
        {
            while (touched is { } exchange)
            {
                touched = exchange.TouchedNext;
                exchange.TouchedNext = null;
                exchange.Touched = false;
                exchange.OnPause();
            }
            while (workerCount > 0)
            {
                var worker = workers![--workerCount]!;
                workers[workerCount] = null;
                worker.Flush();
            }
        }
        depth--;
    }

    /// <summary>Notes that a worker has unsent frames; without an open scope they are sent at once.</summary>
    internal static void Wrote(Worker worker)
    {
        if (depth == 0)
        {
            worker.Flush();
            return;
        }
        workers ??= new Worker?[16];
        if (Array.IndexOf(workers, worker, 0, workerCount) >= 0)
        {
            return;
        }
        if (workerCount == workers.Length)
        {
            Array.Resize(ref workers, workerCount * 2);
        }
        workers[workerCount++] = worker;
    }

    /// <summary>Notes that an exchange was handed a part of its response.</summary>
    internal static void Touch(Exchange exchange)
    {
        if (!exchange.Touched)
        {
            exchange.Touched = true;
            exchange.TouchedNext = touched;
            touched = exchange;
        }
    }
}
