using System.Buffers;
using System.Buffers.Text;
using System.Text;

namespace Hotplate.Http;

/// <summary>A log line in the making. What clients write cannot end it, nor a field of it, nor reach a terminal as a control character.</summary>
internal ref struct EscapedLine
{
    // Printable ASCII but for the quote and the backslash.
    private static readonly SearchValues<char> Plain = SearchValues.Create(
        [.. Enumerable.Range(0x20, 0x5F).Select(code => (char)code).Where(c => c is not ('"' or '\\'))]);

    [ThreadStatic]
    private static byte[]? threadsBuffer;

    private readonly byte[] buffer;
    private int length;

    /// <param name="capacity">Most bytes that the line will have.</param>
    internal EscapedLine(int capacity)
    {
        if (threadsBuffer is null || threadsBuffer.Length < capacity)
        {
            threadsBuffer = new byte[Math.Max(capacity, 4096)];
        }
        buffer = threadsBuffer;
    }

    /// <summary>The line, valid until this thread begins another.</summary>
    internal readonly ReadOnlySpan<byte> Written => buffer.AsSpan(0, length);

    internal void Raw(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(buffer.AsSpan(length));
        length += bytes.Length;
    }

    internal void Number(long value)
    {
        Utf8Formatter.TryFormat(value, buffer.AsSpan(length), out var written);
        length += written;
    }

    /// <summary>With zeros before it.</summary>
    internal void Digits(long value, byte count)
    {
        Utf8Formatter.TryFormat(value, buffer.AsSpan(length), out var written, new StandardFormat('D', count));
        length += written;
    }

    /// <summary>Microseconds as seconds: <c>1.500000</c>.</summary>
    internal void Seconds(long microseconds)
    {
        Number(microseconds / 1_000_000);
        Raw("."u8);
        Digits(microseconds % 1_000_000, 6);
    }

    /// <summary>Text between quotes as Apache writes it: <c>\"</c>, <c>\\</c>, and <c>\xhh</c> for what is not printable ASCII.</summary>
    internal void Apache(scoped ReadOnlySpan<char> text)
    {
        foreach (var character in text[CopyPlain(text)..])
        {
            if (Plain.Contains(character))
            {
                buffer[length++] = (byte)character;
            }
            else if (character is '"' or '\\')
            {
                buffer[length++] = (byte)'\\';
                buffer[length++] = (byte)character;
            }
            else
            {
                Raw("\\x"u8);
                Hex((byte)character, 2);
            }
        }
    }

    /// <summary>A JSON string.</summary>
    internal void Json(scoped ReadOnlySpan<char> text)
    {
        buffer[length++] = (byte)'"';
        foreach (var character in text[CopyPlain(text)..])
        {
            if (Plain.Contains(character))
            {
                buffer[length++] = (byte)character;
            }
            else if (character is '"' or '\\')
            {
                buffer[length++] = (byte)'\\';
                buffer[length++] = (byte)character;
            }
            else if (character is >= '\u00A0' and <= '\u00FF')
            {
                length += Encoding.UTF8.GetBytes([character], buffer.AsSpan(length));
            }
            else
            {
                Raw("\\u"u8);
                Hex(character, 4);
            }
        }
        buffer[length++] = (byte)'"';
    }

    /// <summary>Where the rest begins, which is not all plain.</summary>
    private int CopyPlain(scoped ReadOnlySpan<char> text)
    {
        var end = text.IndexOfAnyExcept(Plain);
        end = end < 0 ? text.Length : end;
        length += Encoding.Latin1.GetBytes(text[..end], buffer.AsSpan(length));
        return end;
    }

    private void Hex(int value, byte digits)
    {
        Utf8Formatter.TryFormat(value, buffer.AsSpan(length), out var written, new StandardFormat('x', digits));
        length += written;
    }
}
