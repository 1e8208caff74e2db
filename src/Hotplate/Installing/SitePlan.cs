using System.Text;

namespace Hotplate.Installing;

/// <summary>What is to be written, removed and run, in order: shown first, then done.</summary>
/// <param name="root">A folder in the place of /, in which files are written and nothing is run; null: this machine.</param>
internal sealed class SitePlan(string? root)
{
    private readonly List<(string Words, string? Shown, Func<string?> Do)> steps = [];

    /// <summary>A file that is there is kept beside the new one, as <c>….before</c>, where it differs.</summary>
    /// <param name="shown">What is shown of it; null: all.</param>
    public SitePlan Write(string path, string content, UnixFileMode mode, string? shown = null)
    {
        steps.Add(($"write   {At(path)}", shown ?? content, () => Try(() =>
        {
            Directory.CreateDirectory(Path.GetDirectoryName(At(path))!);
            if (File.Exists(At(path)) && File.ReadAllText(At(path)) != content)
            {
                File.Move(At(path), At(path) + ".before", overwrite: true);
            }
            var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, UnixCreateMode = mode };
            using var file = new FileStream(At(path), options);
            file.Write(Encoding.UTF8.GetBytes(content));
        })));
        return this;
    }

    public SitePlan Remove(string path)
    {
        if (File.Exists(At(path)))
        {
            steps.Add(($"remove  {At(path)}", null, () => Try(() =>
            {
                File.Delete(At(path));
                if (path.EndsWith(".d/site.conf", StringComparison.Ordinal) && Directory.GetFileSystemEntries(Path.GetDirectoryName(At(path))!) is [])
                {
                    Directory.Delete(Path.GetDirectoryName(At(path))!);
                }
            })));
        }
        return this;
    }

    /// <param name="mayFail">What follows does not depend on it.</param>
    public SitePlan Run(string[] command, bool mayFail = false)
    {
        steps.Add(($"run     {string.Join(' ', command)}", null, () =>
        {
            if (root is not null)
            {
                return null;
            }
            var code = OtherProgram.Run(command);
            return code == 0 || mayFail ? null : $"{string.Join(' ', command)} ended with {code}; what it said is above.";
        }
        ));
        return this;
    }

    public string At(string path) => root is null ? path : root.TrimEnd('/') + path;

    /// <summary>The steps; of files what stands in them.</summary>
    public string Show(bool contents)
    {
        var text = new StringBuilder();
        foreach (var (words, shown, _) in steps)
        {
            text.Append($"  {words}\n");
            if (contents && shown is not null)
            {
                text.Append(string.Concat(shown.TrimEnd('\n').Split('\n').Select(static line => $"      {line}".TrimEnd() + "\n"))).Append('\n');
            }
        }
        return text.ToString();
    }

    /// <summary>Does it all, until something fails: then what that was.</summary>
    public string? Do() => steps.Select(static step => step.Do()).FirstOrDefault(static wrong => wrong is not null);

    private static string? Try(Action act)
    {
        try
        {
            act();
            return null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return error.Message;
        }
    }
}
