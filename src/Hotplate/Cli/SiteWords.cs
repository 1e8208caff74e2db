namespace Hotplate.Cli;

/// <summary>What only the commands for services take, picked out of their words: the rest are those of hotplate serve.</summary>
internal sealed record SiteWords(string[] Rest, bool Yes, bool DryRun, bool Follow, string? Root)
{
    public static SiteWords Take(IEnumerable<string> words)
    {
        var rest = new List<string>();
        bool yes = false, dry = false, follow = false, rootNext = false;
        string? root = null;
        foreach (var word in words)
        {
            if (rootNext)
            {
                (root, rootNext) = (Path.GetFullPath(word), false);
                continue;
            }
            switch (word)
            {
                case "--yes" or "-y": yes = true; break;
                case "--dry-run": dry = true; break;
                case "-f" or "--follow": follow = true; break;
                case "--root": rootNext = true; break;
                default:
                    if (word.StartsWith("--root=", StringComparison.Ordinal))
                    {
                        root = Path.GetFullPath(word["--root=".Length..]);
                    }
                    else
                    {
                        rest.Add(word);
                    }
                    break;
            }
        }
        return new SiteWords([.. rest], yes, dry, follow, root);
    }

    /// <summary>Asks on the terminal. Null: there is nobody to ask, or nothing was said.</summary>
    public static string? Ask(string question)
    {
        if (Console.IsInputRedirected)
        {
            return null;
        }
        Console.Error.Write(question + " ");
        return Console.ReadLine()?.Trim() is { Length: > 0 } said ? said : null;
    }
}
