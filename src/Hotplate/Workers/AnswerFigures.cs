using System.Numerics;

namespace Hotplate.Workers;

/// <summary>How some workers have answered since a moment: how often, how many of those answers were 5xx, and how long they took.</summary>
/// <remarks>Safe to use from any thread. A time is known to an eighth of itself.</remarks>
internal sealed class AnswerFigures
{
    /// <summary>Of each power of two.</summary>
    private const int Parts = 1 << PartBits;
    private const int PartBits = 3;

    /// <summary>So long is about twelve days.</summary>
    private const int LargestPower = 40;

    private readonly long[] times = new long[Parts * (LargestPower - PartBits + 2)];
    private long answers;
    private long serverErrors;

    /// <summary>An answer has begun, or there will be none.</summary>
    /// <param name="microseconds">Since the request was sent to its worker.</param>
    /// <param name="isServerError">It is 5xx, or there is none.</param>
    internal void Answered(long microseconds, bool isServerError)
    {
        Interlocked.Increment(ref times[RangeOf(microseconds)]);
        Interlocked.Increment(ref answers);
        if (isServerError)
        {
            Interlocked.Increment(ref serverErrors);
        }
    }

    /// <summary>An answer that had begun does not come to its end.</summary>
    internal void Broke() => Interlocked.Increment(ref serverErrors);

    /// <param name="unanswered">Microseconds for which other requests have had no answer yet: they count in the time, and in nothing
    /// else.</param>
    internal AnswerView Read(IReadOnlyCollection<long> unanswered)
    {
        var counts = new long[times.Length];
        for (var range = 0; range < counts.Length; range++)
        {
            counts[range] = Interlocked.Read(ref times[range]);
        }
        foreach (var time in unanswered)
        {
            counts[RangeOf(time)]++;
        }
        var all = Interlocked.Read(ref answers);
        return new AnswerView(all, Math.Min(all, Interlocked.Read(ref serverErrors)), P99Of(counts));
    }

    /// <summary>What 99 of 100 do not take longer than.</summary>
    private static long P99Of(long[] counts)
    {
        var left = counts.Sum() / 100;
        for (var range = counts.Length - 1; range >= 0; range--)
        {
            left -= counts[range];
            if (left < 0)
            {
                return EndOf(range);
            }
        }
        return 0;
    }

    private static int RangeOf(long microseconds)
    {
        var time = Math.Clamp(microseconds, 0, (1L << (LargestPower + 1)) - 1);
        if (time < Parts)
        {
            return (int)time;
        }
        var power = BitOperations.Log2((ulong)time);
        return ((power - PartBits + 1) << PartBits) + (int)((time >> (power - PartBits)) & (Parts - 1));
    }

    /// <summary>The longest time of a range.</summary>
    private static long EndOf(int range)
    {
        var power = (range >> PartBits) + PartBits - 1;
        return range < Parts ? range : ((Parts + (range & (Parts - 1)) + 1L) << (power - PartBits)) - 1;
    }
}

/// <summary>What figures were at one moment.</summary>
/// <param name="ServerErrors">How many of the answers were 5xx, or none at all.</param>
/// <param name="P99">Microseconds until 99 of 100 requests had the beginning of their answer.</param>
internal sealed record AnswerView(long Answers, long ServerErrors, long P99)
{
    internal double ErrorShare => Answers == 0 ? 0 : (double)ServerErrors / Answers;
}
