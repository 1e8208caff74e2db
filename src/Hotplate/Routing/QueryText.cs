using System.Buffers;
using System.Text;
using Hotplate.Settings;

namespace Hotplate.Routing;

/// <summary>Names and values of a query: %XX is a byte, + a space.</summary>
internal static class QueryText
{
    private const int OnStack = 256;

    /// <summary>The part, as the client wrote it, is this text.</summary>
    internal static bool Is(ReadOnlySpan<char> part, string text) =>
        part.ContainsAny('%', '+') ? Decoded(part, text, null) : part.SequenceEqual(text);

    /// <summary>The value, as the client wrote it, meets the condition.</summary>
    internal static bool Holds(FieldCondition condition, ReadOnlySpan<char> value) =>
        value.ContainsAny('%', '+') ? Decoded(value, null, condition) : condition.Holds(value);

    private static bool Decoded(ReadOnlySpan<char> part, string? text, FieldCondition? condition)
    {
        var rentedBytes = part.Length > OnStack ? ArrayPool<byte>.Shared.Rent(part.Length) : null;
        var rentedText = part.Length > OnStack ? ArrayPool<char>.Shared.Rent(part.Length) : null;
        var bytes = rentedBytes ?? stackalloc byte[OnStack];
        // A byte becomes at most one character.
        var decoded = rentedText ?? stackalloc char[OnStack];
        decoded = decoded[..Encoding.UTF8.GetChars(bytes[..Decode(part, bytes)], decoded)];
        var holds = condition?.Holds(decoded) ?? decoded.SequenceEqual(text);
        if (rentedBytes is not null)
        {
            ArrayPool<byte>.Shared.Return(rentedBytes);
            ArrayPool<char>.Shared.Return(rentedText!);
        }
        return holds;
    }

    /// <summary>An escape that is none stands for itself, as browsers and Python have it.</summary>
    private static int Decode(ReadOnlySpan<char> part, Span<byte> to)
    {
        var length = 0;
        for (var at = 0; at < part.Length; at++)
        {
            var value = part[at];
            if (value == '%' && at + 2 < part.Length && char.IsAsciiHexDigit(part[at + 1]) && char.IsAsciiHexDigit(part[at + 2]))
            {
                to[length++] = (byte)((HexOf(part[at + 1]) << 4) | HexOf(part[at + 2]));
                at += 2;
                continue;
            }
            // Targets hold ASCII alone, see RequestTarget.
            to[length++] = value == '+' ? (byte)' ' : (byte)value;
        }
        return length;
    }

    private static int HexOf(char digit) => (digit & 0xF) + ((digit >> 6) * 9);
}
