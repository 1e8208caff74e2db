namespace Hotplate.Workers;

/// <summary>Since when a running request has given its client nothing, told by looking at it now and then.</summary>
/// <remarks>
/// So the request itself pays nothing for it: that a piece passed is counted, and when it did is known to the distance of two looks. Times are
/// CLOCK_MONOTONIC nanoseconds.
/// </remarks>
internal struct RequestClock
{
    private long movedAt;
    private uint seen;

    /// <summary>It was told to be slow.</summary>
    internal bool ToldSlow { get; set; }

    /// <summary>Looks: how long nothing has moved.</summary>
    /// <param name="begunAt">When the application was called.</param>
    /// <param name="moves">Pieces until now, of the answer or of a body that is sent as it arrives.</param>
    /// <param name="waitsForClient">What keeps the application waiting is the client.</param>
    internal long Look(long now, long begunAt, uint moves, bool waitsForClient)
    {
        if (moves != seen || waitsForClient)
        {
            seen = moves;
            movedAt = now;
        }
        return now - Math.Max(movedAt, begunAt);
    }
}
