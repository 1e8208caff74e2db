namespace Hotplate.Observability;

/// <summary>How many times fell into which range. Its owner sees to it that one thread at a time uses it.</summary>
internal sealed class Histogram
{
    private readonly long[] counts = new long[Bounds.Length + 1];
    private long sum;

    /// <summary>Upper ends of the ranges, in microseconds; the last range has none.</summary>
    internal static ReadOnlySpan<int> Bounds =>
        [500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000, 5_000_000, 10_000_000, 30_000_000, 60_000_000];

    internal void Observe(long microseconds)
    {
        // From the short end: nearly all are there.
        var bounds = Bounds;
        var range = 0;
        while (range < bounds.Length && microseconds > bounds[range])
        {
            range++;
        }
        counts[range]++;
        sum += microseconds;
    }

    internal HistogramView Read() => new([.. counts], sum);
}

/// <summary>What a histogram held at one moment.</summary>
/// <param name="Counts">For each range; the last is what was longer than all bounds.</param>
/// <param name="Sum">Of all times, in microseconds.</param>
internal sealed record HistogramView(IReadOnlyList<long> Counts, long Sum);
