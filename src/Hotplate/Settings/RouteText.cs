namespace Hotplate.Settings;

/// <summary>Text of a route in which <c>$host</c> and others stand for what the request has.</summary>
/// <param name="Text">As it was written.</param>
/// <param name="Parts">In their order.</param>
internal sealed record RouteText(string Text, IReadOnlyList<RouteTextPart> Parts)
{
    /// <summary>The highest capture that it names; 0: none.</summary>
    internal int Captures => Parts.Max(static part => (int?)part.Capture) ?? 0;

    public override string ToString() => Text;

    /// <exception cref="SettingException">A variable that there is not.</exception>
    internal static RouteText Parse(string text)
    {
        var parts = new List<RouteTextPart>();
        var rest = text.AsSpan();
        while (rest.IndexOf('$') is >= 0 and var at)
        {
            Say(rest[..at]);
            rest = rest[(at + 1)..];
            if (rest.StartsWith('$'))
            {
                Say("$");
                rest = rest[1..];
                continue;
            }
            var braced = rest.StartsWith('{');
            var name = braced ? rest[1..] : rest;
            var length = braced ? name.IndexOf('}') : LengthOf(name);
            var word = length < 0 ? "" : name[..length].ToString();
            parts.Add(RouteTextPart.Of(word) ?? throw Unknown(word));
            rest = name[(length + (braced ? 1 : 0))..];
        }
        Say(rest);
        return new RouteText(text, parts);

        void Say(ReadOnlySpan<char> literal)
        {
            if (literal.IsEmpty)
            {
                return;
            }
            if (parts is [.., { Variable: RouteVariable.None } last])
            {
                parts[^1] = last with { Literal = last.Literal + literal.ToString() };
                return;
            }
            parts.Add(new RouteTextPart(RouteVariable.None, literal.ToString(), 0));
        }
    }

    /// <summary>A number is digits alone, so that <c>$1st</c> is the first capture and "st".</summary>
    private static int LengthOf(ReadOnlySpan<char> text)
    {
        var length = 0;
        var digits = text.Length > 0 && char.IsAsciiDigit(text[0]);
        while (length < text.Length && (digits ? char.IsAsciiDigit(text[length]) : IsOfWord(text[length])))
        {
            length++;
        }
        return length;

        static bool IsOfWord(char one) => char.IsAsciiLetterLower(one) || one == '_';
    }

    private static SettingException Unknown(string word)
    {
        var meant = NearestWord.Of(word, RouteTextPart.Names.Keys) is { } near ? $"Did you mean ${near}?"
            : $"There are ${string.Join(", $", RouteTextPart.Names.Keys)}, $1 and so on for the stars of the path, and $$ for a dollar.";
        return new SettingException(ErrorCode.BadKeyValue, $"there is no variable ${word}. {meant}");
    }
}
