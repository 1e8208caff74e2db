using System.Buffers.Binary;
using System.Numerics;

namespace Hotplate.Apps;

/// <summary>How many bytes of a body there were, and what they were: two sums of 32 bits each, so that different ones with one digest do not happen.</summary>
/// <remarks>The same bytes make the same digest however they were cut into pieces. Against accidents, not against forgers: both bodies are the application's.</remarks>
internal record struct AnswerDigest(long Length, uint First, uint Second)
{
    // CRC-32C of the bytes, and of the bytes with their bits rotated by three: both are one instruction for eight bytes.
    internal void Add(ReadOnlySpan<byte> bytes)
    {
        var (first, second) = (First, Second);
        Length += bytes.Length;
        while (bytes.Length >= sizeof(ulong))
        {
            var word = BinaryPrimitives.ReadUInt64LittleEndian(bytes);
            first = BitOperations.Crc32C(first, word);
            second = BitOperations.Crc32C(second, ((word << 3) & 0xF8F8F8F8F8F8F8F8) | ((word >> 5) & 0x0707070707070707));
            bytes = bytes[sizeof(ulong)..];
        }
        foreach (var one in bytes)
        {
            first = BitOperations.Crc32C(first, one);
            second = BitOperations.Crc32C(second, byte.RotateLeft(one, 3));
        }
        (First, Second) = (first, second);
    }
}
