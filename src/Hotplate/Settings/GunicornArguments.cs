using System.Text;

namespace Hotplate.Settings;

/// <summary>The variable in which gunicorn takes flags, and how its text is taken apart.</summary>
internal static class GunicornArguments
{
    public const string Variable = "GUNICORN_CMD_ARGS";

    /// <summary>As a shell would: quotes hold words together, a backslash takes the next character as it is. An open quote ends with the text.</summary>
    public static List<string> Split(string text)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        var (quote, begun) = ('\0', false);
        for (var i = 0; i < text.Length; i++)
        {
            var character = text[i];
            if (character == '\\' && quote != '\'' && i + 1 < text.Length)
            {
                word.Append(text[++i]);
                begun = true;
            }
            else if (quote == '\0' ? character is '"' or '\'' : character == quote)
            {
                (quote, begun) = (quote == '\0' ? character : '\0', true);
            }
            else if (quote == '\0' && char.IsWhiteSpace(character))
            {
                End();
            }
            else
            {
                word.Append(character);
                begun = true;
            }
        }
        End();
        return words;

        void End()
        {
            if (begun)
            {
                words.Add(word.ToString());
            }
            word.Clear();
            begun = false;
        }
    }
}
