using System.Text;

namespace Hotplate.Apps;

/// <summary>Strings of header values that were seen lately, so that the usual ones are not made anew for every answer.</summary>
/// <remarks>A lost race costs one string. A place holds what came last: no growth, whatever an application sends.</remarks>
internal static class HeaderValues
{
    private const int Places = 512;
    private const int Longest = 64;
    private static readonly string?[] Seen = new string?[Places];

    /// <summary>The value as a string, Latin-1.</summary>
    internal static string Get(ReadOnlySpan<byte> value)
    {
        if (value.IsEmpty)
        {
            return "";
        }
        if (value.Length > Longest)
        {
            return Encoding.Latin1.GetString(value);
        }
        var hash = (uint)value.Length * 0x9E3779B1u;
        hash ^= (uint)(value[0] << 16) ^ (uint)(value[value.Length / 2] << 8) ^ value[^1];
        ref var place = ref Seen[((hash * 0x85EBCA6Bu) >> 16) % Places];
        var text = Volatile.Read(ref place);
        if (text is null || !Ascii.Equals(value, text))
        {
            text = Encoding.Latin1.GetString(value);
            Volatile.Write(ref place, text);
        }
        return text;
    }
}
