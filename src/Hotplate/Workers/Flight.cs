using Hotplate.Channel;

namespace Hotplate.Workers;

/// <summary>What one scoreboard slot is in use for, as the front knows it. The exchange may have left (its client did) while the worker still runs it.</summary>
internal struct Flight
{
    internal Exchange? Exchange;
    internal ulong Route;
    internal long SentAt;
    internal uint Stream;
    internal uint Sequence;

    /// <summary>Microseconds; corrected upward when it runs longer than was predicted.</summary>
    internal int Predicted;

    /// <summary>Predicted to be slow, or unknown, when it was claimed.</summary>
    internal bool IsSlow;

    /// <summary>Of its frames, its body's among them if it goes with them.</summary>
    internal int Bytes;

    /// <summary>Where its body lies in shared memory (<see cref="BodyPieces"/>); 0: it does not.</summary>
    internal ulong Pieces;
    internal bool InUse;

    /// <summary>The furthest that its slot was seen: it never goes back.</summary>
    internal SlotState Seen;

    /// <summary>For how long, in nanoseconds, it has been looked at and was over by its worker's word without its last frame coming.</summary>
    internal long Still;

    /// <summary>Pieces that came of its answer or went of its body; one that is whole at once counts none.</summary>
    internal uint Moves;
    internal RequestClock Clock;

    /// <summary>Its client was told that it took too long; set until the worker is through with it.</summary>
    internal Overrun? Overrun;

    /// <summary>What it is, when its client has left.</summary>
    internal RequestName? Name;
}
