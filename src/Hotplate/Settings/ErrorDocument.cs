namespace Hotplate.Settings;

/// <summary>docs/errors.md, which is in the program: what each code means.</summary>
internal static class ErrorDocument
{
    /// <summary>The heading without its code, and the text below it, in Markdown; null: there is no such code.</summary>
    public static (string Title, string Text)? Section(string code)
    {
        using var stream = typeof(ErrorDocument).Assembly.GetManifestResourceStream("errors.md");
        if (stream is null)
        {
            return null;
        }
        using var reader = new StreamReader(stream);
        var document = reader.ReadToEnd();
        var begin = document.IndexOf($"\n## {code} ", StringComparison.OrdinalIgnoreCase);
        if (begin < 0)
        {
            return null;
        }
        var title = begin + "\n## ".Length + code.Length + 1;
        var text = document.IndexOf('\n', title);
        var end = document.IndexOf("\n## ", text, StringComparison.Ordinal);
        return (document[title..text], document[text..(end < 0 ? document.Length : end)].Trim());
    }
}
