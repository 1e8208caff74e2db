using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Hotplate.Routing;

/// <summary>Hashes with seeds of this process: nobody outside can choose values that meet.</summary>
internal static class KeyedHash
{
    private static readonly ulong Seed = (ulong)Random.Shared.NextInt64() | 1;

    // Beside an IPv4 address: the /64 that is the same number is nobody's.
    private const ulong OfIpv4 = 0xFFFF_FFFF_0000_0000;

    /// <summary>Of a text: two hashes, since either alone has 32 bits. 0 only of nothing.</summary>
    internal static ulong Of(ReadOnlySpan<char> text)
    {
        if (text.IsEmpty)
        {
            return 0;
        }
        var second = default(HashCode);
        second.AddBytes(MemoryMarshal.AsBytes(text));
        return ((ulong)(uint)string.GetHashCode(text, StringComparison.Ordinal) << 32) | (uint)second.ToHashCode() | 1;
    }

    /// <summary>Of a client as limits count it: an IPv4 address, or the /64 of an IPv6 address, which is what one customer has.</summary>
    internal static ulong Of(IPAddress client)
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
            network = (uint)network | OfIpv4;
        }
        // The best bits of a product are its highest (Fibonacci hashing); twice, since an odd factor alone keeps neighbours apart in a
        // known way.
        var mixed = (network ^ Seed) * 0x9E3779B97F4A7C15;
        return (mixed ^ (mixed >> 32)) * (Seed | 1);
    }
}
