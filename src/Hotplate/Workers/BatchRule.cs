namespace Hotplate.Workers;

/// <summary>How much predicted work may lie ready at a busy worker: a share of what quick requests wait at present. Guarded by the pool's
/// gate.</summary>
/// <remarks>
/// Requests that lie ready cost one wake-up together, on both sides of the channel, and while others wait none of them could have begun
/// sooner elsewhere. While nothing waits little lies ready: the first worker that is free takes what comes. What lies ready waits there no
/// longer than five eighths of what it would wait anyhow, so no client sees the batch. docs/decisions/0009-batches-by-load.md.
/// </remarks>
/// <param name="fixedAt">So much, in microseconds, whatever the load; null: by load.</param>
internal sealed class BatchRule(int? fixedAt)
{
    /// <summary>In microseconds, when nothing waits: enough that a worker need not wait for the next one.</summary>
    internal const int Least = 750;

    /// <summary>In microseconds. Who lies ready behind one that runs longer than was predicted loses that much at most, and gains nothing
    /// from more.</summary>
    internal const int Most = 8_000;

    /// <summary>A longer wait says no more than this one, in nanoseconds, and would be remembered for longer.</summary>
    private const long LongestWait = 2L * Most * 1000;

    private long wait;

    /// <summary>In microseconds, while all that workers have at hand is quick.</summary>
    internal int ReadyWork { get; private set; } = fixedAt ?? Least;

    /// <summary>The same while a slow one is at hand: those that lie ready where it goes wait for nothing else, so they are few.</summary>
    internal int ReadyWorkBesideSlow { get; private set; } = fixedAt ?? Least;

    /// <summary>A quick request began so many nanoseconds after it had come. The newest weighs a sixteenth.</summary>
    internal void Waited(long nanoseconds)
    {
        wait += (Math.Clamp(nanoseconds, 0, LongestWait) - wait) / 16;
        if (fixedAt is null)
        {
            ReadyWork = Math.Clamp((int)(wait * 5 / 8000), Least, Most);
            ReadyWorkBesideSlow = Math.Clamp((int)(wait / 8000), Least, Most);
        }
    }
}
