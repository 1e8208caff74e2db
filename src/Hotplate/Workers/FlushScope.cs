using System.Diagnostics;

namespace Hotplate.Workers;

/// <summary>While one is open on a thread, workers that were written to and exchanges that were handed something are noted, and served once at its end.</summary>
/// <remarks>This is what makes batches: all requests that the answers of one read make room for leave in one send.</remarks>
internal static class FlushScope
{
    /// <summary>So many frames are worth a send of their own.</summary>
    private const int MostUnsent = 32;

    /// <summary>Requests that follow each other faster than this, 30 µs, come out of one round of the event loop.</summary>
    private static readonly long BurstGap = Stopwatch.Frequency * 30 / 1_000_000;

    [ThreadStatic]
    private static int depth;

    [ThreadStatic]
    private static long lastAlone;

    [ThreadStatic]
    private static Noted<Worker> workers;

    [ThreadStatic]
    private static Noted<Exchange> touched;

    internal static void Enter() => depth++;

    internal static void Exit()
    {
        try
        {
            // Handing over what came may write to workers and touch again, so both lists are emptied until they stay so.
            while (depth == 1 && (touched.Count > 0 || workers.Count > 0))
            {
                while (touched.TryTake(out var exchange))
                {
                    exchange.OnPause();
                }
                while (workers.TryTake(out var worker))
                {
                    worker.Flush();
                }
            }
        }
        finally
        {
            depth--;
        }
    }

    /// <summary>Notes that a worker has unsent frames; without an open scope they are sent at once, or after a burst.</summary>
    internal static void Wrote(Worker worker)
    {
        if (depth == 0)
        {
            WroteAlone(worker);
            return;
        }
        workers.Add(worker);
    }

    /// <summary>Notes that an exchange was handed a part of its response. Needs an open scope.</summary>
    internal static void Touch(Exchange exchange) => touched.Add(exchange);

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

    private struct Noted<T>
        where T : class
    {
        private T?[]? items;

        internal int Count { get; private set; }

        internal void Add(T item)
        {
            items ??= new T?[16];
            if (Array.IndexOf(items, item, 0, Count) >= 0)
            {
                return;
            }
            if (Count == items.Length)
            {
                Array.Resize(ref items, Count * 2);
            }
            items[Count++] = item;
        }

        internal bool TryTake([System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out T? item)
        {
            if (Count == 0)
            {
                item = null;
                return false;
            }
            item = items![--Count]!;
            items[Count] = null;
            return true;
        }
    }
}
