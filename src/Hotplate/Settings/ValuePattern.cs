using System.Text;

namespace Hotplate.Settings;

/// <summary>
/// What a field's value has to look like: text in which a star is anything; with ! before it, what it must not look like.
/// </summary>
internal sealed class ValuePattern
{
    private readonly string[] pieces;
    private readonly StringComparison comparison;

    private ValuePattern(string text, bool isNegated, string[] pieces, bool ignoreCase)
    {
        Text = text;
        IsNegated = isNegated;
        this.pieces = pieces;
        comparison = ignoreCase ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;
    }

    /// <summary>As it was written.</summary>
    internal string Text { get; }

    internal bool IsNegated { get; }

    /// <param name="text">As it was written.</param>
    /// <param name="ignoreCase">Header fields are compared so.</param>
    /// <param name="percent">%XX stands for a byte: %2A is a star and %21 a ! that are meant as such.</param>
    /// <exception cref="SettingException">It is none.</exception>
    internal static ValuePattern Parse(string text, bool ignoreCase, bool percent)
    {
        var isNegated = text.StartsWith('!');
        var rest = isNegated ? text[1..] : text;
        if (rest.Contains("**", StringComparison.Ordinal))
        {
            throw new SettingException(ErrorCode.BadKeyValue, "one star is enough: it stands for any text.");
        }
        var literals = rest.Split('*');
        if (percent)
        {
            var decoded = literals.Select(PercentText.Decode).ToArray();
            literals = [.. decoded.Select(static one => one is null
                ? throw new SettingException(ErrorCode.BadKeyValue, "%XX stands for a byte here, and a percent sign is %25.")
                : Encoding.UTF8.GetString(one))];
        }
        return new ValuePattern(text, isNegated, literals, ignoreCase);
    }

    /// <summary>Whether the value looks so; what <see cref="IsNegated"/> makes of that is the caller's.</summary>
    internal bool Fits(ReadOnlySpan<char> value)
    {
        if (pieces.Length == 1)
        {
            return value.Equals(pieces[0], comparison);
        }
        if (!value.StartsWith(pieces[0], comparison))
        {
            return false;
        }
        value = value[pieces[0].Length..];
        foreach (var piece in pieces.AsSpan(1..^1))
        {
            var at = value.IndexOf(piece, comparison);
            if (at < 0)
            {
                return false;
            }
            value = value[(at + piece.Length)..];
        }
        return value.EndsWith(pieces[^1], comparison);
    }
}
