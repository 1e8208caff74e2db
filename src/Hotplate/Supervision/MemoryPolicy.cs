using Hotplate.Settings;

namespace Hotplate.Supervision;

/// <summary>Whether a worker must go because memory is short, and whether there is room for another.</summary>
/// <remarks>
/// Fed with a reading once a second. Not safe for several threads. Between "short" and "room" lie one and a half workers, so the one that went
/// does not by itself make the room in which the next would start.
/// </remarks>
internal sealed class MemoryPolicy(WorkerSettings settings)
{
    /// <summary>Memory is short when less than this is left: what requests in flight may suddenly want.</summary>
    private const long Reserve = 64L << 20;

    /// <summary>A single request's peak is shorter than this.</summary>
    private static readonly TimeSpan ShortTime = TimeSpan.FromSeconds(2);

    /// <summary>What a worker leaves behind shows in the next readings, so the next one does not go before.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(10);

    /// <summary>After a worker had to go there must be room for so long on end before there is another.</summary>
    private static readonly TimeSpan RoomTime = TimeSpan.FromMinutes(1);

    private readonly int least = settings.Least ?? settings.Count;
    private TimeSpan? shortSince;
    private TimeSpan? letGoAt;
    private TimeSpan? roomSince;

    /// <returns>True: one worker is to go, and the policy takes it that it does.</returns>
    internal bool MustLetGo(in MemoryReading reading)
    {
        roomSince = Fits(reading.Free, reading.Largest) ? roomSince ?? reading.Now : null;
        if (reading.Free is not { } free || free >= Reserve)
        {
            shortSince = null;
            return false;
        }
        shortSince ??= reading.Now;
        if (reading.Now - shortSince < ShortTime || reading.Wanted <= least || reading.Leaving || reading.Now - letGoAt < Pause)
        {
            return false;
        }
        letGoAt = reading.Now;
        return true;
    }

    /// <summary>True when another worker may be started.</summary>
    internal bool HasRoom(in MemoryReading reading) =>
        Fits(reading.Free, reading.Largest) && (letGoAt is null || reading.Now - roomSince >= RoomTime);

    /// <summary>True when another worker fits into memory with room to spare. What is not known forbids nothing.</summary>
    private static bool Fits(long? free, long worker) => free is null || free - Reserve >= worker + (worker / 2);
}

/// <summary>What memory looks like at one moment.</summary>
/// <param name="Now">On any clock that only goes forward.</param>
/// <param name="Free">Bytes that are left, see <see cref="MemoryAllowance"/>; null when nobody says.</param>
/// <param name="Largest">Bytes that the largest worker takes.</param>
/// <param name="Wanted">How many workers there are to be.</param>
/// <param name="Leaving">A worker is on its way out already.</param>
internal readonly record struct MemoryReading(TimeSpan Now, long? Free, long Largest, int Wanted, bool Leaving);
