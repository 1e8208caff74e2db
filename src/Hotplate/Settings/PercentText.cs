using System.Text;

namespace Hotplate.Settings;

/// <summary>Text of the file in which %XX stands for a byte.</summary>
internal static class PercentText
{
    /// <summary>In UTF-8; null: a percent sign without two hexadecimal digits behind it.</summary>
    internal static byte[]? Decode(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var length = 0;
        for (var at = 0; at < bytes.Length; at++)
        {
            var value = bytes[at];
            if (value == '%')
            {
                if (at + 2 >= bytes.Length || !char.IsAsciiHexDigit((char)bytes[at + 1]) || !char.IsAsciiHexDigit((char)bytes[at + 2]))
                {
                    return null;
                }
                value = (byte)((HexOf(bytes[at + 1]) << 4) | HexOf(bytes[at + 2]));
                at += 2;
            }
            bytes[length++] = value;
        }
        return bytes[..length];
    }

    private static int HexOf(byte digit) => (digit & 0xF) + ((digit >> 6) * 9);
}
