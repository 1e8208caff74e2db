namespace Hotplate.Channel;

/// <summary>What the head of an answer may say: the one rule that the worker's side checks an application by, and the front's side a worker.</summary>
/// <remarks>Whatever passes in the worker must pass in the front, and must be something that Kestrel sends: a test walks through both.</remarks>
internal static class AnswerRule
{
    /// <summary>1xx is no final answer (RFC 9110 §15.2): clients would wait for another, and take the next request's for it.</summary>
    internal const int LeastStatus = 200;
    internal const int MostStatus = 999;

    /// <summary>Bytes.</summary>
    internal const int LongestReason = 512;

    /// <summary>Bytes.</summary>
    internal const int LongestName = 256;

    /// <summary>Fields of one answer. Their number is 16 bits wide on the wire, and what it costs to put many of one name together grows with its square.</summary>
    internal const int MostFields = 4096;

    internal static bool IsStatus(int code) => code is >= LeastStatus and <= MostStatus;

    /// <summary>RFC 9112 §4: tabs, spaces, visible characters and bytes from 0x80.</summary>
    internal static bool IsReason(ReadOnlySpan<byte> reason) => reason.Length <= LongestReason && !HasControl(reason);

    /// <summary>RFC 9110 §5.1.</summary>
    internal static bool IsName(ReadOnlySpan<byte> name)
    {
        foreach (var c in name)
        {
            if (!char.IsAsciiLetterOrDigit((char)c) && !"!#$%&'*+-.^_`|~"u8.Contains(c))
            {
                return false;
            }
        }
        return name.Length is > 0 and <= LongestName;
    }

    /// <summary>White space at both ends is no part of a value (RFC 9110 §5.5), and clients of HTTP/2 refuse it.</summary>
    internal static ReadOnlySpan<byte> Trim(ReadOnlySpan<byte> value) =>
        !value.IsEmpty && (IsBlank(value[0]) || IsBlank(value[^1])) ? value.Trim(" \t"u8) : value;

    /// <summary>All controls but the tab are refused (RFC 9110 §5.5): they would end the field, or no client takes them.</summary>
    internal static bool IsValue(ReadOnlySpan<byte> value) => value.Length <= Wire.MaxText && !HasControl(value);

    /// <summary>A Content-Length: digits, zeros before them too (RFC 9110 §8.6), not more than 2^63-1.</summary>
    internal static bool TryLength(ReadOnlySpan<byte> value, out long length)
    {
        length = 0;
        foreach (var c in value)
        {
            var digit = c - '0';
            if (digit is < 0 or > 9 || length > (long.MaxValue - digit) / 10)
            {
                return false;
            }
            length = (length * 10) + digit;
        }
        return value.Length > 0;
    }

    /// <summary>Fields that are about the connection, which is the front's (RFC 9110 §7.6.1; PEP 3333, "Other HTTP Features"): they are left out.</summary>
    internal static bool IsOfConnection(ReadOnlySpan<byte> name) => name.Length switch
    {
        2 => Is(name, "te"u8),
        7 => Is(name, "trailer"u8) || Is(name, "upgrade"u8),
        8 => Is(name, "trailers"u8),
        10 => Is(name, "connection"u8) || Is(name, "keep-alive"u8),
        16 => Is(name, "proxy-connection"u8),
        17 => Is(name, "transfer-encoding"u8),
        18 => Is(name, "proxy-authenticate"u8),
        19 => Is(name, "proxy-authorization"u8),
        _ => false,
    };

    private static bool Is(ReadOnlySpan<byte> name, ReadOnlySpan<byte> lower) => System.Text.Ascii.EqualsIgnoreCase(name, lower);

    private static bool IsBlank(byte c) => c is (byte)' ' or (byte)'\t';

    private static bool HasControl(ReadOnlySpan<byte> text)
    {
        if (text.IndexOfAnyInRange((byte)0, (byte)0x1F) < 0 && text.IndexOf((byte)0x7F) < 0)
        {
            return false;
        }
        foreach (var c in text)
        {
            if (c is < 0x20 and not (byte)'\t' or 0x7F)
            {
                return true;
            }
        }
        return false;
    }
}
