using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Hotplate.Channel;

/// <summary>The 16 bytes before every payload, little-endian.</summary>
internal readonly struct FrameHeader(int length, FrameType type, FrameFlags flags, ushort slot, uint stream, uint argument)
{
    /// <summary>Bytes of the whole frame, header included: 16 to <see cref="Wire.MaxFrame"/>.</summary>
    internal int Length { get; } = length;

    internal FrameType Type { get; } = type;

    internal FrameFlags Flags { get; } = flags;

    /// <summary>Request, Interrupt: the scoreboard slot. Failed: the status. Otherwise 0.</summary>
    internal ushort Slot { get; } = slot;

    /// <summary>The stream, unique for the worker's life; 0 is the channel itself.</summary>
    internal uint Stream { get; } = stream;

    /// <summary>Request, Interrupt: the slot's sequence number. Otherwise as <see cref="FrameType"/> says.</summary>
    internal uint Argument { get; } = argument;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void Write(Span<byte> to)
    {
        BinaryPrimitives.WriteInt32LittleEndian(to, Length);
        to[4] = (byte)Type;
        to[5] = (byte)Flags;
        BinaryPrimitives.WriteUInt16LittleEndian(to[6..], Slot);
        BinaryPrimitives.WriteUInt32LittleEndian(to[8..], Stream);
        BinaryPrimitives.WriteUInt32LittleEndian(to[12..], Argument);
    }

    /// <summary>False: these bytes cannot start a frame. Needs <see cref="Wire.HeaderSize"/> bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static bool TryRead(ReadOnlySpan<byte> from, out FrameHeader header)
    {
        header = new FrameHeader(
            BinaryPrimitives.ReadInt32LittleEndian(from),
            (FrameType)from[4],
            (FrameFlags)from[5],
            BinaryPrimitives.ReadUInt16LittleEndian(from[6..]),
            BinaryPrimitives.ReadUInt32LittleEndian(from[8..]),
            BinaryPrimitives.ReadUInt32LittleEndian(from[12..]));
        return header.Length is >= Wire.HeaderSize and <= Wire.MaxFrame;
    }
}
