using Hotplate.Linux;

namespace Hotplate.Settings;

/// <summary>
/// Makes the settings from everything the user said: default &lt; gunicorn.conf.py &lt; hotplate.toml &lt; GUNICORN_CMD_ARGS
/// &lt; HOTPLATE_… &lt; flag.
/// The platform's own variables (PORT) win over hotplate.toml, and gunicorn.conf.py over them where hotplate.toml says nothing, as under
/// gunicorn.
/// </summary>
/// <remarks>Reads to the end whatever is wrong, so that all problems are told at once.</remarks>
/// <param name="development">The defaults are those of <c>hotplate dev</c>.</param>
/// <param name="run">Runs a gunicorn.conf.py with the application's Python; null: there is none to be looked at.</param>
/// <param name="tenant">The one of several applications of a file that is read; null: the server, or its only one.</param>
/// <param name="whole">The tenant's file, as it was read for all of them; null: there is no tenant.</param>
/// <param name="fileText">Read in place of what stands in the file; null: the file is.</param>
internal sealed partial class SettingsReader(
    IReadOnlyDictionary<string, string> environment, string currentDirectory, int cpus, bool development = false,
    Func<AppSettings, GunicornConfiguration>? run = null, FileApp? tenant = null, string? fileText = null, HotplateFile? whole = null)
{
    private readonly SettingsDraft _draft = Begin(currentDirectory, cpus, development, tenant);
    private readonly List<SettingsProblem> _problems = [];
    private Identity? _runAs;
    private readonly Dictionary<Setting, SettingSource> _sources = new(ReferenceEqualityComparer.Instance);

    /// <param name="target">What stands after the verb; null when nothing does, which is a problem already told unless the file names one.
    /// </param>
    /// <param name="flags">Of the command line.</param>
    /// <param name="variable">Flags in GUNICORN_CMD_ARGS, which are weaker.</param>
    public SettingsOutcome Read(string? target, IReadOnlyList<GivenFlag> flags, IReadOnlyList<GivenFlag>? variable = null)
    {
        var warnings = NearMisses();
        foreach (var setting in SettingTable.All)
        {
            Read(setting, flags, variable ?? []);
        }
        TakePassedSockets();
        if (ReadOwnFile(ref target) is { } several)
        {
            return ReadSeveral(several, target, flags, variable, warnings);
        }
        if (target is not null && _draft.Paste is { } two)
        {
            var already = $"there is a target already, {target}. One application is served at a time.";
            _problems.Add(new SettingsProblem(ErrorCode.BadTarget, $"--paste {two}", already));
        }
        // The file is run as that user, unless it is the file that names him.
        var told = _problems.Count;
        Try("", FindIdentity);
        _problems.RemoveRange(told, _problems.Count - told);
        ReadFile(ref target, warnings);
        if (SourceOf("user") is not null || SourceOf("group") is not null)
        {
            string?[] said = [_draft.User is { } user ? $"--user {user}" : null, _draft.Group is { } group ? $"--group {group}" : null];
            var where = string.Join(' ', said.OfType<string>());
            Try(where, FindIdentity);
        }
        AppSearch? search = null;
        if (_draft.Paste is { } paste)
        {
            target = PasteFile.TargetOf(paste).Text;
        }
        else if (target is null && SourceOf("paste") is null && !_isFileWrong)
        {
            search = Find(warnings);
            target = search?.Only?.Target;
        }
        foreach (var setting in SettingTable.All.Where(setting => !_sources.ContainsKey(setting)))
        {
            ReadPlatform(setting);
        }
        CheckBinds();
        _draft.Binds.AddRange(AcmeTable.Binds(_draft.Acme));
        _problems.AddRange(TlsTable.Contradictions(_draft.Tls, _draft.Binds, _draft.Acme.IsWanted, development).Concat(
            AcmeTable.Contradictions(_draft.Acme)));
        if (RecycleTable.Contradiction(_draft.Recycle) is { } contradiction)
        {
            _problems.Add(new SettingsProblem(ErrorCode.BadSize, "--max-worker-memory-hard", contradiction));
        }
        if (development)
        {
            DevelopmentDefaults.Finish(_draft, SourceOf, environment, warnings);
        }
        if (_draft.Log.Json && SourceOf("access-log-format") is null && _draft.Log.AccessLogPattern is null)
        {
            _draft.Log = _draft.Log with { AccessLogFormat = AccessLogFormat.Json };
        }
        var app = target is null ? null : FindApp(target, warnings, search?.Only);
        if (app is not null && tenant is null)
        {
            CheckOnly(app);
        }
        var settings = app is null || _problems.Count > 0 ? null : new ServerSettings
        {
            App = app,
            Development = development,
            Workers = _draft.Workers,
            Recycle = _draft.Recycle,
            Http = _draft.Http,
            Tls = _draft.Tls,
            Acme = _draft.Acme,
            Reload = _draft.Reload,
            Log = _draft.Log,
            Control = _draft.Control,
            Binds = _draft.Binds.Count == 0 ? ServerSettings.Defaults.Binds : _draft.Binds,
            GracefulTimeout = _draft.GracefulTimeout,
            DrainDelay = _draft.DrainDelay,
            Umask = _draft.Umask,
            File = _draft.OwnFile,
            Routes = tenant is null ? _routes : [],
            RoutesText = _routesText,
            Limits = tenant is null ? AllLimits(_draft.Http) : [],
            FileText = _fileText,
        };
        return new SettingsOutcome(settings, target, [.. _problems.Select(WithPlace)], _sources, [.. warnings, .. _draft.Notes])
        {
            Json = _draft.Log.Json,
            Search = search,
            TargetFrom = _targetFrom?.InShort,
        };
    }

    private static SettingsDraft Begin(string currentDirectory, int cpus, bool development, FileApp? tenant)
    {
        var draft = new SettingsDraft(currentDirectory, cpus);
        if (tenant is not null && !development)
        {
            // Nobody knows which of them is busy: each begins with one worker, and gets more when requests wait.
            draft.Workers = draft.Workers with { Count = 1, Least = 1 };
        }
        return development ? DevelopmentDefaults.Begin(draft) : draft;
    }

    private SettingLayer LayerOf(string name) =>
        _sources.FirstOrDefault(pair => pair.Key.Name == name).Value?.Layer ?? SettingLayer.Default;

    /// <summary>The flag or variable that gave a setting its value; null: none did.</summary>
    private string? SourceOf(string name) => _sources.FirstOrDefault(pair => pair.Key.Name == name).Value?.Name;

    private void Read(Setting setting, IReadOnlyList<GivenFlag> flags, IReadOnlyList<GivenFlag> variable)
    {
        if (ReadFlags(setting, flags, SettingLayer.Flag, ""))
        {
            return;
        }
        // An empty variable is one that a deployment left empty, not a value.
        if (environment.GetValueOrDefault(setting.Variable) is { Length: > 0 } own)
        {
            _sources[setting] = new SettingSource(SettingLayer.Environment, setting.Variable);
            const StringSplitOptions tidy = StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries;
            foreach (var text in setting.Repeatable ? own.Split(setting.Separator, tidy) : [own])
            {
                Try($"{setting.Variable}={text}", () => setting.Read(_draft, text));
            }
            return;
        }
        ReadFlags(setting, variable, SettingLayer.Environment, GunicornArguments.Variable + " ");
    }

    private bool ReadFlags(Setting setting, IReadOnlyList<GivenFlag> flags, SettingLayer layer, string where)
    {
        var given = flags.Where(flag => ReferenceEquals(flag.Setting, setting)).ToList();
        if (given.Count == 0)
        {
            return false;
        }
        _sources[setting] = new SettingSource(layer, where + given[^1].Spelling);
        foreach (var flag in setting.Repeatable ? given : [given[^1]])
        {
            Try($"{where}{flag.Spelling} {flag.Text}", () => setting.Read(_draft, flag.Text));
        }
        return true;
    }

    private void ReadPlatform(Setting setting)
    {
        if (PlatformValue(setting) is { } platform)
        {
            var name = setting.PlatformVariable!;
            _sources[setting] = new SettingSource(SettingLayer.Environment, name);
            Try($"{name}={platform}", () => setting.Read(_draft, setting.FromPlatform(platform)));
        }
    }

    /// <summary>What the platform's own variable (PORT) says; null: nothing.</summary>
    private string? PlatformValue(Setting setting)
    {
        // gunicorn takes SCRIPT_NAME from raw_env too.
        var text = setting.PlatformVariable is not { } name ? null
            : setting.Name == "mount" ? _draft.Variable(name, environment)
            : environment.GetValueOrDefault(name);
        return string.IsNullOrEmpty(text) ? null : text;
    }

    /// <summary>Runs the application's gunicorn.conf.py, if there is one, and takes from it what no flag or variable said.</summary>
    private void ReadFile(ref string? target, List<string> warnings)
    {
        if (run is null)
        {
            return;
        }
        var known = _problems.Count;
        var app = FindApp(target ?? "unknown", []);
        // What is wrong with the target is told when the file had its say.
        _problems.RemoveRange(known, _problems.Count - known);
        if (app?.Config is not { } path || !File.Exists(path))
        {
            if (_draft.Config is { Length: > 0 } asked)
            {
                _problems.Add(new SettingsProblem(ErrorCode.BadConfig, $"--config {asked}", Reach.Wall(asked) ?? "there is no such file."));
            }
            return;
        }
        var file = run(app);
        if (file.Failure is { } failure)
        {
            _problems.Add(failure);
            return;
        }
        var rest = new List<ConfiguredName>();
        foreach (var said in file.Names)
        {
            if (said.Name == GunicornNames.Target)
            {
                target ??= said.Values is [var only] ? only : null;
            }
            else if (GunicornNames.SettingOf(said.Name) is { } setting)
            {
                Apply(file, setting, said);
            }
            else if (!GunicornNames.Hooks.Contains(said.Name))
            {
                rest.Add(said);
            }
        }
        if (!development)
        {
            GunicornNames.Tell(file, rest, warnings, _problems);
        }
    }

    private void Apply(GunicornConfiguration file, Setting setting, ConfiguredName said)
    {
        // In development only what the application needs: where it listens then is for this machine, and who works on it sees the log.
        // So with one of several applications: the server is another's.
        if (_sources.ContainsKey(setting) || said.Values is [] || !IsWanted(setting) || (tenant is not null && !setting.IsPerApp))
        {
            return;
        }
        var where = $"{file.Path}: {said.Name}";
        if (said.Values is null)
        {
            var wrong = $"a value of type {said.Type} cannot be used here. What is needed is what {setting.Flag} {setting.Hint} takes.";
            _problems.Add(new SettingsProblem(ErrorCode.BadConfig, where, wrong));
            return;
        }
        _sources[setting] = new SettingSource(SettingLayer.File, $"{Path.GetFileName(file.Path)} {said.Name}");
        foreach (var text in GunicornNames.TextFor(setting, said))
        {
            Try($"{where} = {text}", () => setting.Read(_draft, text));
        }
    }

    /// <summary>Nobody has named an application.</summary>
    private AppSearch? Find(List<string> warnings)
    {
        AppSearch? search = null;
        var folder = _draft.Chdir ?? currentDirectory;
        var finder = new AppFinder(folder, isHere: folder == currentDirectory, name => _draft.Variable(name, environment), warnings);
        Try("pyproject.toml", () => search = finder.Find());
        return search;
    }

    private void FindIdentity() => _runAs = RunAsText.Find(_draft.User, _draft.Group);

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

    /// <summary>Whoever passes sockets and says nothing of them wants them listened at, as with gunicorn: a flag or a variable of ours
    /// wins, PORT and a file do not.</summary>
    private void TakePassedSockets()
    {
        var passed = PassedSockets.Of(environment, Environment.ProcessId);
        var setting = SettingTable.Find("--bind")!;
        if (!_sources.ContainsKey(setting) && passed.Count > 0)
        {
            _sources[setting] = new SettingSource(SettingLayer.Environment, ServiceVariables.ListenCount);
            _draft.Binds.AddRange(passed.Select(
                static socket => new BindAddress { Text = $"fd://{socket.Descriptor}", Descriptor = socket.Descriptor }));
        }
        // What has none of its name stays: whether that is wrong shows when the server is to listen there.
        for (var i = _draft.Binds.Count - 1; i >= 0; i--)
        {
            var bind = _draft.Binds[i];
            var meant = bind.PassedName is { } name
                ? passed.Where(socket => socket.Name == name || socket.Name == name + ".socket").ToList()
                : [];
            if (meant.Count > 0)
            {
                _draft.Binds.RemoveAt(i);
                _draft.Binds.InsertRange(i, meant.Select(socket => bind with { Descriptor = socket.Descriptor }));
            }
        }
    }

    private void CheckBinds()
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var bind in _draft.Binds)
        {
            var place = bind.Descriptor is { } descriptor
                ? $"descriptor {descriptor}"
                : bind.UnixPath ?? bind.EndPoint?.ToString() ?? bind.Text;
            if (bind.EndPoint?.Port != 0 && !seen.Add(place))
            {
                _problems.Add(new SettingsProblem(
                    ErrorCode.BadBind, $"--bind {bind.Text}", $"{place} is given twice. Remove one of them."));
            }
        }
    }

    private AppSettings? FindApp(string text, List<string> warnings, FoundApp? found = null)
    {
        AppTarget? target = null;
        PythonChoice? python = null;
        TryTarget(text, found, () => target = _draft.Paste is { } paste
            ? PasteFile.TargetOf(paste)
            : AppTarget.Parse(text, _targetFolder ?? currentDirectory));
        var directory = _draft.Chdir ?? target?.Root ?? _targetFolder ?? currentDirectory;
        if (!Directory.Exists(OsText.Reachable(directory)))
        {
            _problems.Add(new SettingsProblem(
                ErrorCode.NoDirectory, $"--chdir {directory}", Reach.Wall(directory) ?? "there is no such folder."));
        }
        var finder = new PythonFinder(environment, currentDirectory, Path.GetDirectoryName(Path.GetDirectoryName(Environment.ProcessPath)));
        // Both may be said, one in a variable: a flag wins over that.
        var asked = LayerOf("venv") > LayerOf("python") ? null : _draft.Python;
        Try(asked is not null ? $"--python {asked}" : _draft.Venv is { } venv ? $"--venv {venv}" : "python", () =>
            python = finder.Find(asked, _draft.Venv, target?.Root ?? directory));
        if (asked is null && _draft.Venv is null && python is not null && finder.PassedOver(target?.Root ?? directory) is { } folder)
        {
            warnings.Add(
                $"{folder} is no virtual environment (there is no pyvenv.cfg in it), so {python.Path} is used ({python.FoundBy}).");
        }
        if (target is null || python is null)
        {
            return null;
        }
        var fileElsewhere = target.Root is { } root && root != directory ? [root] : Array.Empty<string>();
        return new AppSettings
        {
            Target = target.Text,
            Script = target.Script,
            Name = tenant?.Name ?? _draft.Name ?? (_draft.Paste is { } ini ? PasteFile.NameOf(ini) : target.Name),
            Paste = _draft.Paste,
            EnvFiles = _draft.EnvFiles,
            RunAs = _runAs,
            Directory = directory,
            Python = python.Path,
            PythonFoundBy = python.FoundBy,
            Venv = python.Venv,
            PythonPath = [.. fileElsewhere, .. _draft.PythonPath],
            Environment = _draft.Environment,
            Config = _draft.Config is "" ? null : _draft.Config ?? Path.Combine(directory, "gunicorn.conf.py"),
            IsPublic = _draft.IsPublic,
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
                   && name is not (Handover.Variable or "HOTPLATE_TARGET")
               let near = NearestWord.Of(name["HOTPLATE_".Length..], known.Select(word => word["HOTPLATE_".Length..]))
               where near is not null
               orderby name
               select $"{name} in the environment is not known. Did you mean HOTPLATE_{near}?",
        ];
    }
}
