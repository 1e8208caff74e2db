using System.Diagnostics;

namespace Hotplate.Workers;

/// <summary>While one is open on a thread, workers that were written to and exchanges that were handed something are noted, and served once at its end.</summary>
/// <remarks>This is what makes batches: all requests that the answers of one read make room for leave in one send.</remarks>
internal static class FlushScope
{
    /// <summary>So many frames are worth a send of their own.</summary>
    private const int MostUnsent = 8;

    /// <summary>Requests that follow each other faster than this, 30 µs, come out of one round of the socket engine.</summary>
    private static readonly long BurstGap = Stopwatch.Frequency * 30 / 1_000_000;

    [ThreadStatic]
    private static int depth;

    [ThreadStatic]
    private static long lastAlone;

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
            WroteAlone(worker);
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

    /// <summary>The first of a burst goes at once, so that its worker begins; the others follow together.</summary>
    private static void WroteAlone(Worker worker)
    {
        var now = Stopwatch.GetTimestamp();
        var burst = now - lastAlone < BurstGap && worker.Unsent < MostUnsent;
        lastAlone = now;
        if (burst)
        {
            worker.FlushLater();
        }
        else
        {
            worker.Flush();
        }
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
