using Hotplate.Settings;

namespace Hotplate.Generate;

/// <summary>The command line that serves a site with its effective settings. Defaults and what gunicorn.conf.py says are left out: they are the same there.</summary>
/// <param name="site">What is served.</param>
/// <param name="inContainer">On another machine, in a folder that is a copy of this one's.</param>
internal sealed class ServeWords(Site site, bool inContainer)
{
    // What the files say in their own words, or what is true of this machine alone.
    private static readonly HashSet<string> s_apart = new(StringComparer.Ordinal) { "bind", "env", "chdir", "pythonpath", "user", "group" };
    private static readonly HashSet<string> s_notElsewhere = new(StringComparer.Ordinal) { "python", "venv", "control", "pid", "error-logfile", "env-file" };

    /// <param name="binds">Where to listen.</param>
    /// <param name="preferred">Flags, where nothing else was said.</param>
    /// <exception cref="SettingException">A word has characters that no configuration file can hold.</exception>
    public IReadOnlyList<string> Make(IEnumerable<string> binds, IReadOnlyList<(string Name, string Value)> preferred)
    {
        // What is made from a PasteDeploy file is named by a flag.
        List<string> words = site.Settings.App.Paste is null ? ["serve", Target()] : ["serve"];
        // Found by itself it would be looked for in another folder.
        var file = site.Settings.File;
        if (file is not null)
        {
            words.AddRange(["--config", inContainer ? site.Relative(file) : file]);
        }
        foreach (var bind in binds)
        {
            words.AddRange(["--bind", bind]);
        }
        foreach (var setting in SettingTable.All.Where(setting => !s_apart.Contains(setting.Name) && !(file is not null && setting.Name == "config")
            && !(inContainer && s_notElsewhere.Contains(setting.Name))))
        {
            var given = site.IsGiven(setting.Name) && !site.IsFromFile(setting);
            var wanted = preferred.FirstOrDefault(one => one.Name == setting.Name);
            if (given)
            {
                Add(words, setting, setting.Show(site.Settings));
            }
            else if (wanted.Name is not null && !site.IsGiven(setting.Name))
            {
                Add(words, setting, wanted.Value);
            }
        }
        foreach (var folder in site.Settings.App.PythonPath)
        {
            words.AddRange(["--pythonpath", inContainer ? site.Relative(folder) : folder]);
        }
        return words.All(IsWritable) ? words : throw new SettingException(
            ErrorCode.CannotGenerate, $"{words.First(static word => !IsWritable(word))} has characters that are not UTF-8, or a line end, and a configuration file cannot hold them.");
    }

    private static bool IsWritable(string word) => !word.Any(char.IsControl) && OsText.IsPlain(word);

    private string Target()
    {
        var target = site.Settings.App.Target;
        return inContainer && site.Relative(target) is var relative && relative != target ? "./" + relative : target;
    }

    private void Add(List<string> words, Setting setting, string value)
    {
        if (inContainer)
        {
            value = setting.Name switch
            {
                // A container's log is its standard output.
                "access-logfile" when value != "none" => "-",
                "metrics" => value.Replace("127.0.0.1:", "0.0.0.0:", StringComparison.Ordinal).Replace("[::1]:", "[::]:", StringComparison.Ordinal),
                _ => site.Relative(value),
            };
        }
        foreach (var one in setting.Repeatable ? value.Split(setting.Separator) : [value])
        {
            // A value like a flag, and none at all, are part of the word.
            words.AddRange(one is "" or ['-', _, ..] ? [$"{setting.Flag}={one}"] : [setting.Flag, one]);
        }
    }
}
