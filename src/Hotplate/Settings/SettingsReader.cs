namespace Hotplate.Settings;

/// <summary>Makes the settings from everything the user said: default &lt; environment &lt; flag.</summary>
/// <remarks>Reads to the end whatever is wrong, so that all problems are told at once.</remarks>
/// <param name="development">The defaults are those of <c>hotplate dev</c>.</param>
internal sealed class SettingsReader(IReadOnlyDictionary<string, string> environment, string currentDirectory, int cpus, bool development = false)
{
    private readonly SettingsDraft _draft = development ? DevelopmentDefaults.Begin(new SettingsDraft(currentDirectory, cpus)) : new(currentDirectory, cpus);
    private readonly List<SettingsProblem> _problems = [];
    private readonly Dictionary<Setting, SettingSource> _sources = new(ReferenceEqualityComparer.Instance);

    /// <param name="target">What stands after the verb; null when nothing does, which is a problem already told.</param>
    public SettingsOutcome Read(string? target, IReadOnlyList<GivenFlag> flags)
    {
        foreach (var setting in SettingTable.All)
        {
            Read(setting, flags);
        }
        CheckBinds();
        if (RecycleTable.Contradiction(_draft.Recycle) is { } contradiction)
        {
            _problems.Add(new SettingsProblem(ErrorCode.BadSize, "--max-worker-memory-hard", contradiction));
        }
        var warnings = NearMisses();
        if (development)
        {
            DevelopmentDefaults.Finish(_draft, SourceOf, environment, warnings);
        }
        var app = target is null ? null : FindApp(target, warnings);
        var settings = app is null || _problems.Count > 0 ? null : new ServerSettings
        {
            App = app,
            Development = development,
            Workers = _draft.Workers,
            Recycle = _draft.Recycle,
            Http = _draft.Http,
            Reload = _draft.Reload,
            Log = _draft.Log,
            Control = _draft.Control,
            Binds = _draft.Binds.Count == 0 ? ServerSettings.Defaults.Binds : _draft.Binds,
            GracefulTimeout = _draft.GracefulTimeout,
            DrainDelay = _draft.DrainDelay,
        };
        return new SettingsOutcome(settings, _problems, _sources, warnings);
    }

    private SettingLayer LayerOf(string name) => _sources.FirstOrDefault(pair => pair.Key.Name == name).Value?.Layer ?? SettingLayer.Default;

    /// <summary>The flag or variable that gave a setting its value; null: none did.</summary>
    private string? SourceOf(string name) => _sources.FirstOrDefault(pair => pair.Key.Name == name).Value?.Name;

    private void Read(Setting setting, IReadOnlyList<GivenFlag> flags)
    {
        var given = flags.Where(flag => ReferenceEquals(flag.Setting, setting)).ToList();
        if (given.Count > 0)
        {
            _sources[setting] = new SettingSource(SettingLayer.Flag, given[^1].Spelling);
            foreach (var flag in setting.Repeatable ? given : [given[^1]])
            {
                Try($"{flag.Spelling} {flag.Text}", () => setting.Read(_draft, flag.Text));
            }
            return;
        }
        // An empty variable is one that a deployment left empty, not a value.
        if (environment.GetValueOrDefault(setting.Variable) is { Length: > 0 } own)
        {
            _sources[setting] = new SettingSource(SettingLayer.Environment, setting.Variable);
            foreach (var text in setting.Repeatable ? own.Split(setting.Separator, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) : [own])
            {
                Try($"{setting.Variable}={text}", () => setting.Read(_draft, text));
            }
        }
        else if (setting.PlatformVariable is { } name && environment.GetValueOrDefault(name) is { Length: > 0 } platform)
        {
            _sources[setting] = new SettingSource(SettingLayer.Environment, name);
            Try($"{name}={platform}", () => setting.Read(_draft, setting.FromPlatform(platform)));
        }
    }

    private void Try(string where, Action read)
    {
        try
        {
            read();
        }
        catch (SettingException problem)
        {
            _problems.Add(new SettingsProblem(problem.Code, where, problem.Message));
        }
    }

    private void CheckBinds()
    {
        if (_draft.Binds.Count < 2)
        {
            return;
        }
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var bind in _draft.Binds)
        {
            var place = bind.UnixPath ?? bind.EndPoint!.ToString();
            if (bind.EndPoint?.Port != 0 && !seen.Add(place))
            {
                _problems.Add(new SettingsProblem(ErrorCode.BadBind, $"--bind {bind.Text}", $"{place} is given twice. Remove one of them."));
            }
        }
    }

    private AppSettings? FindApp(string text, List<string> warnings)
    {
        AppTarget? target = null;
        PythonChoice? python = null;
        Try(text, () => target = AppTarget.Parse(text, currentDirectory));
        var directory = _draft.Chdir ?? target?.Root ?? currentDirectory;
        if (!Directory.Exists(directory))
        {
            _problems.Add(new SettingsProblem(ErrorCode.NoDirectory, $"--chdir {directory}", Reach.Wall(directory) ?? "there is no such folder."));
        }
        var finder = new PythonFinder(environment, currentDirectory);
        // Both may be said, one in a variable: a flag wins over that.
        var asked = LayerOf("venv") > LayerOf("python") ? null : _draft.Python;
        Try(asked is not null ? $"--python {asked}" : _draft.Venv is { } venv ? $"--venv {venv}" : "python", () =>
            python = finder.Find(asked, _draft.Venv, target?.Root ?? directory));
        if (asked is null && _draft.Venv is null && python is not null && finder.PassedOver(target?.Root ?? directory) is { } folder)
        {
            warnings.Add($"{folder} is no virtual environment (there is no pyvenv.cfg in it), so {python.Path} is used ({python.FoundBy}).");
        }
        if (target is null || python is null)
        {
            return null;
        }
        var fileElsewhere = target.Root is { } root && root != directory ? [root] : Array.Empty<string>();
        return new AppSettings
        {
            Target = target.Text,
            Name = _draft.Name ?? target.Module,
            Directory = directory,
            Python = python.Path,
            PythonFoundBy = python.FoundBy,
            Venv = python.Venv,
            PythonPath = [.. fileElsewhere, .. _draft.PythonPath],
            Environment = _draft.Environment,
            Mount = _draft.Mount,
            Preload = _draft.Preload,
        };
    }

    // A variable of ours with a slip in its name does nothing, silently. Others stay unmentioned: Kubernetes itself sets
    // HOTPLATE_SERVICE_HOST and more for a service called hotplate.
    private List<string> NearMisses()
    {
        var known = SettingTable.All.Select(setting => setting.Variable).ToHashSet(StringComparer.Ordinal);
        return
        [
            .. from name in environment.Keys
               where name.StartsWith("HOTPLATE_", StringComparison.Ordinal) && !known.Contains(name)
               let near = NearestWord.Of(name["HOTPLATE_".Length..], known.Select(word => word["HOTPLATE_".Length..]))
               where near is not null
               orderby name
               select $"{name} in the environment is not known. Did you mean HOTPLATE_{near}?",
        ];
    }
}
