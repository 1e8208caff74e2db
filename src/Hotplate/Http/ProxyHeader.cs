using System.Buffers;
using System.Buffers.Binary;
using System.Net;
using System.Text;

namespace Hotplate.Http;

/// <summary>The header of the PROXY protocol, version 1 (a line) or 2 (binary): who has connected to the proxy.</summary>
/// <remarks>
/// haproxy.org, proxy-protocol.txt, sections 2.1 and 2.2. What begins like neither, or says what the protocol does not, is no header; what
/// comes behind the addresses of version 2 (TLVs) is passed over unread.
/// </remarks>
internal static class ProxyHeader
{
    // Section 2.1, the line's CR LF included.
    private const int LongestLine = 107;
    private const int BinaryHead = 16;

    // Section 2.2: 536 bytes are room for the addresses of any family, 216, and some; certificates of clients in a TLV take more. nginx
    // and others read 4096.
    private const int LongestBinary = 4096;

    private static ReadOnlySpan<byte> LineStart => "PROXY "u8;

    private static ReadOnlySpan<byte> BinaryStart => "\r\n\r\n\0\r\nQUIT\n"u8;

    /// <summary>Reads the header at the beginning of what a peer has sent.</summary>
    /// <param name="sent">What has come.</param>
    /// <param name="length">Bytes of the header; 0 unless it is whole.</param>
    /// <param name="source">Who has connected to the proxy; null: the header leaves it at the peer (LOCAL, UNKNOWN, others).</param>
    internal static ProxyHeaderState Read(in ReadOnlySequence<byte> sent, out int length, out IPEndPoint? source)
    {
        Span<byte> bytes = stackalloc byte[LongestLine];
        var there = sent.Slice(0, Math.Min(sent.Length, bytes.Length));
        there.CopyTo(bytes);
        bytes = bytes[..(int)there.Length];
        length = 0;
        source = null;
        return StartsLike(bytes, LineStart) ? ReadLine(bytes, ref length, ref source)
            : StartsLike(bytes, BinaryStart) ? ReadBinary(bytes, sent.Length, ref length, ref source)
            : ProxyHeaderState.Wrong;
    }

    private static bool StartsLike(ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> start)
    {
        var common = Math.Min(bytes.Length, start.Length);
        return bytes[..common].SequenceEqual(start[..common]);
    }

    private static ProxyHeaderState ReadLine(ReadOnlySpan<byte> bytes, ref int length, ref IPEndPoint? source)
    {
        var end = bytes.IndexOf("\r\n"u8);
        if (end < 0)
        {
            return bytes.Length < LongestLine ? ProxyHeaderState.Partial : ProxyHeaderState.Wrong;
        }
        var line = Encoding.Latin1.GetString(bytes[..end]);
        length = end + 2;
        if (line == "PROXY UNKNOWN" || line.StartsWith("PROXY UNKNOWN ", StringComparison.Ordinal))
        {
            return ProxyHeaderState.Whole;
        }
        // One space between all of them: anything else makes more parts, or empty ones.
        if (line.Split(' ') is ["PROXY", "TCP4" or "TCP6", var from, var to, var fromPort, var toPort]
            && TryReadAddress(from, line[9] == '6', out var address) && TryReadAddress(to, line[9] == '6', out _)
            && TryReadPort(fromPort, out var port) && TryReadPort(toPort, out _))
        {
            source = new IPEndPoint(address, port);
            return ProxyHeaderState.Whole;
        }
        length = 0;
        return ProxyHeaderState.Wrong;
    }

    private static ProxyHeaderState ReadBinary(ReadOnlySpan<byte> bytes, long there, ref int length, ref IPEndPoint? source)
    {
        if (bytes.Length < BinaryHead)
        {
            return ProxyHeaderState.Partial;
        }
        var size = BinaryPrimitives.ReadUInt16BigEndian(bytes[14..]);
        // The upper half is the version; the command is LOCAL (0) or PROXY (1).
        if (bytes[12] is not (0x20 or 0x21) || BinaryHead + size > LongestBinary)
        {
            return ProxyHeaderState.Wrong;
        }
        if (there < BinaryHead + size)
        {
            return ProxyHeaderState.Partial;
        }
        var addresses = bytes[BinaryHead..Math.Min(BinaryHead + size, bytes.Length)];
        if (bytes[12] == 0x21)
        {
            switch (bytes[13])
            {
                case 0x11 when addresses.Length >= 12:
                    source = new IPEndPoint(new IPAddress(addresses[..4]), BinaryPrimitives.ReadUInt16BigEndian(addresses[8..]));
                    break;
                case 0x21 when addresses.Length >= 36:
                    source = new IPEndPoint(new IPAddress(addresses[..16]), BinaryPrimitives.ReadUInt16BigEndian(addresses[32..]));
                    break;
                case 0x00 or 0x12 or 0x22 or 0x31 or 0x32:
                    // Not said, datagrams, Unix sockets: valid, and no address of a client of ours.
                    break;
                default:
                    return ProxyHeaderState.Wrong;
            }
        }
        length = BinaryHead + size;
        return ProxyHeaderState.Whole;
    }

    /// <summary>As section 2.1 has it: four decimal numbers without zeros in front, or what inet_pton(3) takes of IPv6.</summary>
    private static bool TryReadAddress(string text, bool six, out IPAddress address)
    {
        var read = IPAddress.TryParse(text, out var found);
        address = found ?? IPAddress.None;
        return read && (six ? text.Contains(':', StringComparison.Ordinal) && !text.AsSpan().ContainsAny('%', '[', '/')
            : address.ToString() == text && !text.Contains(':', StringComparison.Ordinal));
    }

    private static bool TryReadPort(string text, out ushort port) =>
        ushort.TryParse(text, System.Globalization.NumberStyles.None, null, out port) && (text == "0" || text[0] != '0');
}

/// <summary>What a peer has sent as the header of the PROXY protocol.</summary>
internal enum ProxyHeaderState : byte
{
    /// <summary>It may become one.</summary>
    Partial,
    Whole,

    /// <summary>It is none.</summary>
    Wrong,
}
