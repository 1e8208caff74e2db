namespace Hotplate.Settings;

internal sealed partial class SettingsReader
{
    /// <summary>The folder of the file that names the target, which is relative to it; null: none does.</summary>
    private string? _targetFolder;

    /// <summary>Where the file names the target; null: it does not.</summary>
    private FilePlace? _targetFrom;

    /// <summary>What was taken from the file.</summary>
    private readonly Dictionary<Setting, FileKey> _keys = [];

    /// <summary>Those of the file.</summary>
    private IReadOnlyList<RouteSettings> _routes = [];
    private string _routesText = "";
    private IReadOnlyList<RouteSettings> _limits = [];
    private string _fileText = "";

    /// <summary>Where the limit comes from that no file has.</summary>
    internal const string RateLimitFlag = "--rate-limit";

    /// <summary>What a text that is no file's is called in messages.</summary>
    private const string ChangedText = "changed";

    /// <summary>Something is wrong in the file, so nobody knows what it would have named.</summary>
    private bool _isFileWrong;

    /// <summary>Takes from hotplate.toml what no flag and no variable of ours said: the one that was asked for, or that of the current
    /// folder.</summary>
    /// <returns>The file, when it has several applications and none of them is meant alone; null: there is one application.</returns>
    private HotplateFile? ReadOwnFile(ref string? target)
    {
        // --config none: no file at all.
        var isGiven = fileText is not null || whole is not null;
        var path = _draft.OwnFile ?? (_draft.Config is "" && !isGiven ? null : Path.Combine(currentDirectory, HotplateFile.Name));
        if (path is not null && !isGiven && _draft.OwnFile is null && !File.Exists(OsText.Reachable(path)))
        {
            path = Path.Combine(currentDirectory, ProjectTables.FileName);
            path = HasProjectTables(path) ? path : null;
        }
        if (path is null)
        {
            return null;
        }
        _draft.OwnFile = path;
        var shown = Path.GetDirectoryName(path) == currentDirectory ? Path.GetFileName(path) : path;
        var file = whole ?? (fileText is null
            ? HotplateFile.Read(path, shown)
            : HotplateFile.Parse(ChangedText, fileText, Path.GetDirectoryName(path)!));
        _fileText = file.Text;
        _problems.AddRange(file.Problems);
        _isFileWrong = file.Problems.Count > 0;
        if (!development)
        {
            (_routes, _routesText, _limits) = (file.Routes, file.RoutesText, file.Limits);
        }
        if (tenant is null && file.Apps.Count > 0 && !(development && target is not null))
        {
            return file;
        }
        var isNamed = target is not null;
        if (!isNamed && SourceOf("paste") is null && (tenant?.Target ?? file.Target) is { } named)
        {
            (target, _targetFolder, _targetFrom) = (named, Path.GetDirectoryName(path)!, tenant?.TargetPlace ?? file.TargetPlace);
        }
        var keys = tenant is null
            ? file.Keys
            : tenant.Keys.Concat(file.Keys.Where(key => !tenant.Keys.Exists(own => own.Setting == key.Setting)));
        var taken = keys
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
        if (tenant is not null && _targetFolder is not null)
        {
            // Its folder is where it is at home: a file is looked for there.
            _targetFolder = _draft.Chdir ?? _targetFolder;
        }
        return null;
    }

    /// <summary>The file's, and what --rate-limit says for the clients of all requests that none of them is for.</summary>
    private IReadOnlyList<RouteSettings> AllLimits(HttpSettings http) =>
        http.RateLimit is not { } rate || _limits.Any(static limit => limit.Action is RouteAction.Limit { Key.Kind: LimitKeyKind.Client }
            && limit.Hosts.Any(static host => host.IsAny) && limit.Paths.Any(static path => path.IsAny) && limit.Conditions == 0)
            ? _limits
            : [.. _limits, new RouteSettings { Place = RateLimitFlag, Action = new RouteAction.Limit(LimitKey.Client, rate) }];

    /// <summary>A pyproject.toml has settings for us.</summary>
    private static bool HasProjectTables(string path)
    {
        try
        {
            return PythonOutline.Load(path) is { } text && ProjectTables.Of(text) is not null;
        }
        catch (SettingException)
        {
            // It has; what is wrong is told when it is read.
            return true;
        }
    }

    // In development only what the application needs: where it listens then is for this machine, and who works on it sees the log.
    private bool IsWanted(Setting setting) =>
        !development || (setting.Group == SettingGroup.Application && setting.Name is not ("user" or "group"));

    /// <summary>The routes of a file without tables for applications may name the only one, by the name that it has in the log.</summary>
    private void CheckOnly(AppSettings only)
    {
        if (_draft.Workers.IdleStop is not null)
        {
            const string awake = "a server's only application does not sleep. Give it a table in hotplate.toml: [apps.NAME].";
            _problems.Add(new SettingsProblem(ErrorCode.BadKeyValue, "idle-stop", awake));
        }
        foreach (var route in _routes)
        {
            foreach (var app in route.Apps.Where(app => app != only.Name))
            {
                var what = $"there is one application here, {only.Name}. Others have tables: [apps.{app}].";
                _problems.Add(new SettingsProblem(ErrorCode.BadRoute, $"{route.Place} app = {app}", what));
            }
        }
    }

    private void Apply(FileKey key)
    {
        _keys[key.Setting] = key;
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

    /// <summary>Reads the target, which a search found, the file names, or the user.</summary>
    private void TryTarget(string text, FoundApp? found, Action read)
    {
        var known = _problems.Count;
        var named = found is null ? _targetFrom : null;
        Try(found is not null ? $"{text} ({found.Why})" : named is not null ? $"{named.At} target = {text}" : text, read);
        if (_problems.Count > known && named is not null)
        {
            _problems[^1] = _problems[^1] with { What = _problems[^1].What + named.Line };
        }
    }

    /// <summary>What shows itself to be wrong only when all is known is told with its place in the file too, if the file said it.</summary>
    private SettingsProblem WithPlace(SettingsProblem problem)
    {
        var (flag, said) = problem.Where.IndexOf(' ', StringComparison.Ordinal) is > 0 and var end
            ? (problem.Where[..end], " = " + problem.Where[(end + 1)..])
            : (problem.Where, "");
        return flag.StartsWith("--", StringComparison.Ordinal) && SettingTable.Find(flag) is { } setting
            && _keys.TryGetValue(setting, out var key)
            ? problem with { Where = $"{key.Place} {setting.Name}{said}", What = problem.What + key.Line }
            : problem;
    }

    // A socket's path is relative to the file's folder, as every other path in it.
    private string Placed(Setting setting, string text) =>
        setting.Name == "bind" && text.StartsWith("unix:", StringComparison.Ordinal)
        && text is not ['u', 'n', 'i', 'x', ':', '/' or '@', ..]
        && text.Length > 5 ? "unix:" + _draft.FullPath(text[5..]) : text;
}
