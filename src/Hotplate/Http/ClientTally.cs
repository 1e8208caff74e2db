using System.Net;
using Hotplate.Routing;

namespace Hotplate.Http;

/// <summary>How many requests each client has in hand, so that one alone cannot fill the queue. Two additions a request, no memory for each client.</summary>
/// <remarks>
/// A table of counts by a keyed hash of the address: two clients may share a count, which matters only when together they come near the limit.
/// IPv6 clients are counted by their /64, which is what one customer has. Safe to call from any thread.
/// </remarks>
/// <param name="most">Requests of one client at a time.</param>
internal sealed class ClientTally(int most)
{
    private const int Bits = 14;
    private readonly int[] counts = new int[1 << Bits];

    /// <summary>Counts one more. False: the client has as many as it may, and nothing was counted.</summary>
    /// <param name="client">Null: not known, and not counted.</param>
    /// <param name="place">For <see cref="Leave"/>.</param>
    internal bool TryEnter(IPAddress? client, out int place)
    {
        if (client is null)
        {
            place = -1;
            return true;
        }
        place = PlaceOf(client);
        if (Interlocked.Increment(ref counts[place]) <= most)
        {
            return true;
        }
        Interlocked.Decrement(ref counts[place]);
        return false;
    }

    /// <summary>Takes back what <see cref="TryEnter"/> counted.</summary>
    internal void Leave(int place)
    {
        if (place >= 0)
        {
            Interlocked.Decrement(ref counts[place]);
        }
    }

    private static int PlaceOf(IPAddress client) => (int)(KeyedHash.Of(client) >> (64 - Bits));
}
