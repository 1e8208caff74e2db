using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;

namespace Hotplate.Http;

/// <summary>Turns what HTTP allows in a head and Kestrel refuses into what means the same and Kestrel takes.</summary>
/// <remarks>
/// docs/http.md lists each. None may give a request a second meaning: a byte is exchanged for one that every reader takes for the same, or an empty body
/// is told to be empty. Where a line is not exactly as expected here nothing is done, and Kestrel judges. One connection's thread at a time.
/// </remarks>
internal sealed class HeadMend
{
    private readonly List<(int Start, int Length, byte[] Bytes)> edits = [];
    private bool isEmptyUnlessCounted;
    private bool isAbsolute;

    /// <summary>Another request follows.</summary>
    internal void Reset() => isEmptyUnlessCounted = isAbsolute = false;

    /// <summary>Looks at what Kestrel is about to read of a head: whole lines, and perhaps the beginning of one.</summary>
    /// <param name="head">All of the head that is there, and what is behind it.</param>
    /// <param name="shown">The part that Kestrel has not taken yet.</param>
    /// <param name="atLine">It begins with the request line.</param>
    /// <returns>What to show instead; null: the same, in which single bytes may have been exchanged.</returns>
    internal MendedSequence? Mend(in ReadOnlySequence<byte> head, in ReadOnlySequence<byte> shown, bool atLine)
    {
        var bytes = shown.IsSingleSegment ? shown.FirstSpan : shown.ToArray();
        var fields = 0;
        edits.Clear();
        if (atLine)
        {
            var start = 0;
            while (bytes[start..].StartsWith("\r\n"u8))
            {
                start += 2;
            }
            var length = bytes[start..].IndexOf((byte)'\n');
            if (length < 0)
            {
                return null;
            }
            MendLine(shown, start, bytes.Slice(start, length));
            fields = start + length + 1;
        }
        if (isAbsolute)
        {
            LowerHost(shown, fields, bytes[fields..]);
        }
        MendHost(shown, fields, bytes[fields..]);
        if (isEmptyUnlessCounted && EndOf(bytes[fields..]) is >= 0 and var end && !IsCounted(head))
        {
            // RFC 9112 §6.3: a request without either length has no body, in HTTP/1.0 too. Kestrel wants to be told (RFC 1945 §8.3).
            edits.Add((fields + end, 0, "Content-Length: 0\r\n"u8.ToArray()));
        }
        return edits.Count == 0 ? null : new MendedSequence(shown, edits);
    }

    /// <param name="start">Of the line in <paramref name="shown"/>.</param>
    /// <param name="line">Without its LF.</param>
    private void MendLine(in ReadOnlySequence<byte> shown, int start, ReadOnlySpan<byte> line)
    {
        var target = line.IndexOf((byte)' ') + 1;
        isAbsolute = false;
        if (target == 0 || line.Length < target + " HTTP/1.1\r".Length || !line[^10..^2].SequenceEqual(" HTTP/1."u8) || line[^1] != '\r')
        {
            return;
        }
        var minor = line[^2];
        isEmptyUnlessCounted = minor == '0' && (line.StartsWith("POST "u8) || line.StartsWith("PUT "u8));
        if (minor is > (byte)'1' and <= (byte)'9')
        {
            // RFC 9110 §2.5: a higher minor version is read as the highest that is known.
            Put(shown, start + line.Length - 2, (byte)'1');
        }
        if ((line[target] | 0x20) == 'h')
        {
            LowerScheme(shown, start + target, line[target..]);
        }
        if (!Ascii.IsValid(line))
        {
            // RFC 3986 §2.1. Old links and hand-made clients send UTF-8 as it is; this is how browsers write the same target.
            edits.Add((start + target, line.Length - target, Escaped(line[target..])));
        }
    }

    /// <summary>RFC 3986 §3.1 and §3.2.2: scheme and host are the same in either case.</summary>
    private void LowerScheme(in ReadOnlySequence<byte> shown, int start, ReadOnlySpan<byte> target)
    {
        var scheme = target.IndexOf("://"u8);
        if (scheme is 4 or 5 && (Ascii.EqualsIgnoreCase(target[..scheme], "http"u8) || Ascii.EqualsIgnoreCase(target[..scheme], "https"u8)))
        {
            isAbsolute = true;
            Lower(shown, start, target[..scheme]);
        }
    }

    /// <summary>Kestrel compares the Host field with the host of an absolute target, which it lowers, letter by letter.</summary>
    private static void LowerHost(in ReadOnlySequence<byte> shown, int start, ReadOnlySpan<byte> fields)
    {
        for (var at = 0; at < fields.Length;)
        {
            var length = fields[at..].IndexOf((byte)'\n');
            if (length < 0)
            {
                return;
            }
            var line = fields.Slice(at, length);
            if (IsNamed(line, "host"u8))
            {
                Lower(shown, start + at + 5, line[5..]);
            }
            at += length + 1;
        }
    }

    /// <summary>RFC 3986 §3.2.3: a port may be empty, and "a:" is "a". The colon becomes white space behind the value.</summary>
    private static void MendHost(in ReadOnlySequence<byte> shown, int start, ReadOnlySpan<byte> fields)
    {
        for (var from = 0; ;)
        {
            var at = fields[from..].IndexOf(":\r\n"u8);
            if (at < 0)
            {
                return;
            }
            at += from;
            from = at + 1;
            var line = fields[(fields[..at].LastIndexOf((byte)'\n') + 1)..at];
            if (IsNamed(line, "host"u8) && line[5..].Trim(" \t"u8) is { IsEmpty: false } host && host[^1] != ':')
            {
                Put(shown, start + at, (byte)' ');
            }
        }
    }

    /// <summary>Where the empty line begins that ends a head; -1: it is not there yet.</summary>
    private static int EndOf(ReadOnlySpan<byte> fields)
    {
        var end = fields.IndexOf("\r\n\r\n"u8);
        return fields.StartsWith("\r\n"u8) ? 0 : end < 0 ? -1 : end + 2;
    }

    /// <summary>One of its fields tells how long the body is. One that only looks so is left to Kestrel.</summary>
    private static bool IsCounted(in ReadOnlySequence<byte> head)
    {
        var bytes = head.IsSingleSegment ? head.FirstSpan : head.ToArray();
        while (!bytes.IsEmpty)
        {
            var length = bytes.IndexOf((byte)'\n');
            var line = length < 0 ? bytes : bytes[..length];
            if (StartsWith(line, "content-length"u8) || StartsWith(line, "transfer-encoding"u8))
            {
                return true;
            }
            if (length < 0 || bytes[(length + 1)..].StartsWith("\r\n"u8) && line.Length > 1)
            {
                return false;
            }
            bytes = bytes[(length + 1)..];
        }
        return false;
    }

    private static bool IsNamed(ReadOnlySpan<byte> line, ReadOnlySpan<byte> name) => line.Length > name.Length && line[name.Length] == ':' && StartsWith(line, name);

    private static bool StartsWith(ReadOnlySpan<byte> line, ReadOnlySpan<byte> name) => line.Length >= name.Length && Ascii.EqualsIgnoreCase(line[..name.Length], name);

    private static void Lower(in ReadOnlySequence<byte> shown, int start, ReadOnlySpan<byte> text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] is >= (byte)'A' and <= (byte)'Z')
            {
                Put(shown, start + i, (byte)(text[i] | 0x20));
            }
        }
    }

    private static byte[] Escaped(ReadOnlySpan<byte> target)
    {
        const string Digits = "0123456789ABCDEF";
        var escaped = new ArrayBufferWriter<byte>(target.Length * 3);
        foreach (var one in target)
        {
            escaped.Write(one < 0x80 ? [one] : [(byte)'%', (byte)Digits[one >> 4], (byte)Digits[one & 15]]);
        }
        return escaped.WrittenSpan.ToArray();
    }

    /// <summary>Into the connection's own memory, which is the reader's until it gives it back.</summary>
    private static void Put(in ReadOnlySequence<byte> shown, int at, byte value) => MemoryMarshal.AsMemory(shown.Slice(at, 1).First).Span[0] = value;
}
