using System.Buffers.Binary;

namespace Hotplate.Channel;

/// <summary>Reads a payload front to back. After the first read past the end every read is empty and <see cref="Ok"/> is false.</summary>
/// <remarks>The far side is not trusted: nothing here throws or reads outside the span, whatever the bytes.</remarks>
internal ref struct PayloadReader(ReadOnlySpan<byte> payload)
{
    private readonly ReadOnlySpan<byte> bytes = payload;
    private int at;

    /// <summary>False once something was read that was not there.</summary>
    internal bool Ok { get; private set; } = true;

    /// <summary>How many bytes have not been read.</summary>
    internal readonly int Left => bytes.Length - at;

    internal byte U8() => Take(1, out var b) ? b[0] : (byte)0;

    internal ushort U16() => Take(2, out var b) ? BinaryPrimitives.ReadUInt16LittleEndian(b) : (ushort)0;

    internal uint U32() => Take(4, out var b) ? BinaryPrimitives.ReadUInt32LittleEndian(b) : 0;

    internal long I64() => Take(8, out var b) ? BinaryPrimitives.ReadInt64LittleEndian(b) : 0;

    /// <summary>A 16-bit length, then so many bytes.</summary>
    internal ReadOnlySpan<byte> Text() => Bytes(U16());

    internal ReadOnlySpan<byte> Bytes(int count) => Take(count, out var b) ? b : default;

    /// <summary>All that is left.</summary>
    internal ReadOnlySpan<byte> Rest() => Bytes(Left);

    private bool Take(int count, out ReadOnlySpan<byte> taken)
    {
        if ((uint)count > (uint)Left)
        {
            Ok = false;
            at = bytes.Length;
            taken = default;
            return false;
        }
        taken = bytes.Slice(at, count);
        at += count;
        return true;
    }
}
