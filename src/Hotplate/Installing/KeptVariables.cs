using System.Text;

namespace Hotplate.Installing;

/// <summary>What stands in a site's file of variables beside its settings: the application's own, written there by hand.</summary>
/// <remarks>systemd.exec(5), EnvironmentFile: one NAME=value a line, which a quotation mark that is open continues.</remarks>
internal static class KeptVariables
{
    private const string Ours = "HOTPLATE_";

    /// <param name="file">May not be there, or be another user's: then nothing is kept.</param>
    /// <param name="given">Names that get another value now.</param>
    public static List<(string Name, string Lines)> Of(string file, IReadOnlyCollection<string> given)
    {
        var found = new List<(string Name, string Lines)>();
        foreach (var entry in Entries(file))
        {
            var equals = entry.IndexOf('=', StringComparison.Ordinal);
            var name = equals > 0 ? entry[..equals].Trim() : "";
            if (name.Length > 0 && !name.StartsWith(Ours, StringComparison.Ordinal) && !given.Contains(name))
            {
                found.Add((name, entry));
            }
        }
        return found;
    }

    private static IEnumerable<string> Entries(string file)
    {
        var entry = new StringBuilder();
        foreach (var line in Lines(file))
        {
            if (entry.Length == 0 && (line.TrimStart() is "" or ['#' or ';', ..]))
            {
                continue;
            }
            entry.Append(entry.Length > 0 ? "\n" : "").Append(line);
            if (IsWhole(entry.ToString()))
            {
                yield return entry.ToString();
                entry.Clear();
            }
        }
    }

    private static bool IsWhole(string entry)
    {
        var quote = '\0';
        for (var i = 0; i < entry.Length; i++)
        {
            if (entry[i] == '\\' && quote != '\'')
            {
                i++;
                if (i == entry.Length)
                {
                    return false;
                }
            }
            else if (quote == '\0' ? entry[i] is '"' or '\'' : entry[i] == quote)
            {
                quote = quote == '\0' ? entry[i] : '\0';
            }
        }
        return quote == '\0';
    }

    private static string[] Lines(string file)
    {
        try
        {
            return File.Exists(file) ? File.ReadAllLines(file) : [];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
