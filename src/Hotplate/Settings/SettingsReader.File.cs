namespace Hotplate.Settings;

internal sealed partial class SettingsReader
{
    /// <summary>The folder of the file that names the target, which is relative to it; null: none does.</summary>
    private string? _targetFolder;

    /// <summary>Where the file names the target; null: it does not.</summary>
    private string? _targetFrom;

    /// <summary>Something is wrong in the file, so nobody knows what it would have named.</summary>
    private bool _isFileWrong;

    /// <summary>Takes from hotplate.toml what no flag and no variable of ours said: the one that was asked for, or that of the current
    /// folder.</summary>
    private void ReadOwnFile(ref string? target)
    {
        // --config none: no file at all.
        var path = _draft.OwnFile ?? (_draft.Config is "" ? null : Path.Combine(currentDirectory, HotplateFile.Name));
        if (path is null || (_draft.OwnFile is null && !File.Exists(OsText.Reachable(path))))
        {
            return;
        }
        _draft.OwnFile = path;
        var file = HotplateFile.Read(path, Path.GetDirectoryName(path) == currentDirectory ? Path.GetFileName(path) : path);
        _problems.AddRange(file.Problems);
        _isFileWrong = file.Problems.Count > 0;
        var isNamed = target is not null;
        if (!isNamed && SourceOf("paste") is null && file.Target is { } named)
        {
            (target, _targetFolder, _targetFrom) = (named, Path.GetDirectoryName(path)!, file.TargetPlace);
        }
        var taken = file.Keys
            .Where(key => !_sources.ContainsKey(key.Setting) && !(isNamed && key.Setting.Name == "paste") && IsWanted(key.Setting))
            .ToList();
        _draft.CurrentDirectory = Path.GetDirectoryName(path)!;
        foreach (var key in taken)
        {
            // The platform's own variable (PORT) is the environment's word.
            ReadPlatform(key.Setting);
            if (!_sources.ContainsKey(key.Setting))
            {
                Apply(key);
            }
        }
        if (_draft.Python is { } python && python.Contains('/', StringComparison.Ordinal) && LayerOf("python") == SettingLayer.File)
        {
            _draft.Python = _draft.FullPath(python);
        }
        _draft.CurrentDirectory = currentDirectory;
    }

    // In development only what the application needs: where it listens then is for this machine, and who works on it sees the log.
    private bool IsWanted(Setting setting) =>
        !development || (setting.Group == SettingGroup.Application && setting.Name is not ("user" or "group"));

    private void Apply(FileKey key)
    {
        _sources[key.Setting] = new SettingSource(SettingLayer.File, key.Place[..key.Place.LastIndexOf(':')]);
        foreach (var text in key.Texts.Select(text => Placed(key.Setting, text)))
        {
            var known = _problems.Count;
            Try($"{key.Place} {key.Setting.Name} = {text}", () => key.Setting.Read(_draft, text));
            if (_problems.Count > known)
            {
                _problems[^1] = _problems[^1] with { What = _problems[^1].What + key.Line };
            }
        }
    }

    // A socket's path is relative to the file's folder, as every other path in it.
    private string Placed(Setting setting, string text) =>
        setting.Name == "bind" && text.StartsWith("unix:", StringComparison.Ordinal)
        && text is not ['u', 'n', 'i', 'x', ':', '/' or '@', ..]
        && text.Length > 5 ? "unix:" + _draft.FullPath(text[5..]) : text;
}
