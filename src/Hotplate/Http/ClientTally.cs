using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

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

    // Chosen anew by each server, so that nobody can pick an address that shares a count with somebody else's.
    private static readonly ulong Seed = (ulong)Random.Shared.NextInt64() | 1;
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

    private static int PlaceOf(IPAddress client)
    {
        Span<byte> bytes = stackalloc byte[16];
        if (client.IsIPv4MappedToIPv6)
        {
            client = client.MapToIPv4();
        }
        bytes.Clear();
        _ = client.TryWriteBytes(bytes, out _);
        var network = MemoryMarshal.Read<ulong>(bytes);
        if (client.AddressFamily == AddressFamily.InterNetwork)
        {
            network = (uint)network;
        }
        // The best bits of a product are its highest (Fibonacci hashing); twice, since an odd factor alone keeps neighbours apart in a known way.
        var mixed = (network ^ Seed) * 0x9E3779B97F4A7C15;
        mixed = (mixed ^ (mixed >> 32)) * (Seed | 1);
        return (int)(mixed >> (64 - Bits));
    }
}
