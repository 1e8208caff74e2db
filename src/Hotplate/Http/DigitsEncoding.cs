using System.Text;

namespace Hotplate.Http;

/// <summary>Reads a Content-Length for Kestrel: digits only, as RFC 9110 §8.6 has it.</summary>
/// <remarks>
/// Kestrel parses the field as a signed number, so that "+5" and "-0" pass, and keeps only the number. How its bytes become characters may
/// be chosen per field, and that is the one place to look at them: what is not all digits is turned into what Kestrel refuses.
/// </remarks>
internal sealed class DigitsEncoding : Encoding
{
    internal static DigitsEncoding Instance { get; } = new();

    public override int GetChars(ReadOnlySpan<byte> bytes, Span<char> chars)
    {
        if (!bytes.IsEmpty && bytes.Length <= chars.Length && !bytes.ContainsAnyExceptInRange((byte)'0', (byte)'9'))
        {
            return Latin1.GetChars(bytes, chars);
        }
        chars[0] = '?';
        return 1;
    }

    // What follows is for Kestrel's message about the refused value, and because Encoding wants it.
    public override int GetChars(byte[] bytes, int byteIndex, int byteCount, char[] chars, int charIndex) =>
        Latin1.GetChars(bytes, byteIndex, byteCount, chars, charIndex);

    public override int GetCharCount(byte[] bytes, int index, int count) => count;

    public override int GetMaxCharCount(int byteCount) => byteCount;

    public override int GetByteCount(char[] chars, int index, int count) => count;

    public override int GetBytes(char[] chars, int charIndex, int charCount, byte[] bytes, int byteIndex) =>
        Latin1.GetBytes(chars, charIndex, charCount, bytes, byteIndex);

    public override int GetMaxByteCount(int charCount) => charCount;
}
