namespace Hotplate.Workers;

/// <summary>What the pool decided in the last second, for the debug log. Counted under the pool's gate: a few additions a request.</summary>
internal struct SchedulingTally
{
    /// <summary>More lines than this about one thing in a second are noise.</summary>
    private const int MostLines = 10;
    private int sent;
    private int waited;
    private long longestWait;
    private int longestQueue;
    private int reclaimed;
    private int lines;

    internal void Sent(Exchange exchange, bool fromQueue)
    {
        sent++;
        if (fromQueue)
        {
            waited++;
            longestWait = Math.Max(longestWait, exchange.SentAt - exchange.SubmittedAt);
        }
    }

    internal void Queued(int count) => longestQueue = Math.Max(longestQueue, count);

    internal void Reclaimed(int count) => reclaimed += count;

    /// <summary>False: there were lines enough in this second.</summary>
    internal bool MayTell() => lines++ < MostLines;

    /// <summary>True when there is something to tell: decisions were made, and not only to send a request at once to a worker that was free.</summary>
    internal readonly bool IsWorthTelling => waited > 0 || reclaimed > 0 || longestQueue > 0;

    internal readonly void Tell(ILogger log, string depths) =>
        log.Scheduled(sent, waited, longestWait / 1_000_000, longestQueue, reclaimed, depths);
}
