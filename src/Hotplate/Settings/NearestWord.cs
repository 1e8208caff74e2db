namespace Hotplate.Settings;

/// <summary>Which of the words somebody who typed another one meant.</summary>
internal static class NearestWord
{
    /// <summary>The nearest word, or null when none is near: one edit for three letters, or a beginning that only one word has.</summary>
    public static string? Of(string typed, IEnumerable<string> words)
    {
        var candidates = words.ToList();
        if (candidates.Count == 0)
        {
            return null;
        }
        var best = candidates.Select(word => (Word: word, Edits: Edits(typed, word))).MinBy(pair => pair.Edits);
        if (best.Edits <= Math.Max(1, typed.Length / 3))
        {
            return best.Word;
        }
        var longer = typed.Length >= 3 ? candidates.Where(word => word.StartsWith(typed, StringComparison.Ordinal)).Take(2).ToList() : [];
        return longer.Count == 1 ? longer[0] : null;
    }

    // Levenshtein's distance in which two neighbours that changed places count as one edit.
    private static int Edits(string a, string b)
    {
        var table = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++)
        {
            for (var j = 0; j <= b.Length; j++)
            {
                if (i == 0 || j == 0)
                {
                    table[i, j] = i + j;
                    continue;
                }
                var cost = a[i - 1] == b[j - 1] ? 0 : 1;
                table[i, j] = Math.Min(Math.Min(table[i - 1, j], table[i, j - 1]) + 1, table[i - 1, j - 1] + cost);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                {
                    table[i, j] = Math.Min(table[i, j], table[i - 2, j - 2] + 1);
                }
            }
        }
        return table[a.Length, b.Length];
    }
}
