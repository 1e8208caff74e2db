using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Hotplate.Channel;

/// <summary>Writes one frame into a span that the caller made large enough (see the <c>MaxSize</c> methods of the frames).</summary>
internal ref struct PayloadWriter
{
    private readonly Span<byte> bytes;

    internal PayloadWriter(Span<byte> frame)
    {
        bytes = frame;
        At = Wire.HeaderSize;
    }

    /// <summary>Bytes written, the header's 16 included.</summary>
    internal int At { get; private set; }

    /// <summary>What was written so far; the header's place is still empty.</summary>
    internal readonly ReadOnlySpan<byte> Written => bytes[..At];

    internal void U8(byte value) => bytes[At++] = value;

    internal void U16(ushort value)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[At..], value);
        At += 2;
    }

    internal void U32(uint value)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[At..], value);
        At += 4;
    }

    internal void I64(long value)
    {
        BinaryPrimitives.WriteInt64LittleEndian(bytes[At..], value);
        At += 8;
    }

    internal void Bytes(scoped ReadOnlySpan<byte> value)
    {
        value.CopyTo(bytes[At..]);
        At += value.Length;
    }

    /// <summary>A 16-bit length, then the bytes.</summary>
    internal void Text(scoped ReadOnlySpan<byte> value)
    {
        U16(checked((ushort)value.Length));
        Bytes(value);
    }

    /// <summary>A 16-bit length, then the characters as Latin-1, which is what HTTP header bytes are here in both directions.</summary>
    /// <exception cref="OverflowException">Longer than <see cref="Wire.MaxText"/>.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void Latin1(scoped ReadOnlySpan<char> value)
    {
        U16(checked((ushort)value.Length));
        System.Text.Encoding.Latin1.GetBytes(value, bytes[At..]);
        At += value.Length;
    }

    /// <summary>Puts the 16 bytes in front, now that the length is known, and returns it.</summary>
    internal readonly int Finish(FrameType type, FrameFlags flags, ushort slot, uint stream, uint argument)
    {
        new FrameHeader(At, type, flags, slot, stream, argument).Write(bytes);
        return At;
    }
}
