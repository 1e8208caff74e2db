using Hotplate.Linux;

namespace Hotplate.Settings;

/// <summary>The settings while they are read, before the application's place and Python are looked for.</summary>
/// <param name="CurrentDirectory">What relative paths are relative to.</param>
/// <param name="Cpus">What <c>auto</c> means for workers.</param>
internal sealed record SettingsDraft(string CurrentDirectory, int Cpus)
{
    /// <summary>While a file is read: its folder.</summary>
    public string CurrentDirectory { get; set; } = CurrentDirectory;

    public List<BindAddress> Binds { get; } = [];

    public WorkerSettings Workers { get; set; } = new WorkerSettings().WithWorkersFor(Cpus);

    public RecycleSettings Recycle { get; set; } = new();

    public HttpSettings Http { get; set; } = new();

    public TlsSettings Tls { get; set; } = new();

    public AcmeSettings Acme { get; set; } = new();

    public ReloadSettings Reload { get; set; } = new();

    public LogSettings Log { get; set; } = new();

    public ControlSettings Control { get; set; } = new();

    public TimeSpan GracefulTimeout { get; set; } = ServerSettings.Defaults.GracefulTimeout;

    public TimeSpan DrainDelay { get; set; } = ServerSettings.Defaults.DrainDelay;

    /// <summary>What is not as it was asked for, and stops nothing.</summary>
    public List<string> Notes { get; } = [];

    public string? Name { get; set; }

    /// <summary>Absolute, not yet looked at.</summary>
    public string? Chdir { get; set; }

    public List<string> PythonPath { get; } = [];

    public Dictionary<string, string> Environment { get; } = new(StringComparer.Ordinal);

    /// <summary>Files of variables, absolute, in the order given.</summary>
    public List<string> EnvFiles { get; } = [];

    /// <summary>What stands in them now.</summary>
    public Dictionary<string, string> FileVariables { get; } = new(StringComparer.Ordinal);

    /// <summary>The PasteDeploy file, absolute, with the application's name behind a # perhaps.</summary>
    public string? Paste { get; set; }

    /// <summary>A path or a name, not yet looked for.</summary>
    public string? Python { get; set; }

    /// <summary>Absolute, not yet looked at.</summary>
    public string? Venv { get; set; }

    /// <summary>The gunicorn.conf.py, absolute; empty: none is to be read; null: the one in the application's folder, if there is one.</summary>
    public string? Config { get; set; }

    /// <summary>The hotplate.toml, absolute; null: none was named.</summary>
    public string? OwnFile { get; set; }

    public int? Umask { get; set; }

    /// <summary>A name or a number, not yet looked for.</summary>
    public string? User { get; set; }

    /// <summary>A name or a number, not yet looked for.</summary>
    public string? Group { get; set; }

    public bool IsPublic { get; set; } = true;

    public string Mount { get; set; } = "";

    public Preload Preload { get; set; } = ServerSettings.Defaults.App.Preload;

    /// <summary>A variable as the application will see it: --env, --env-file, the environment.</summary>
    public string? Variable(string name, IReadOnlyDictionary<string, string> environment) =>
        Environment.GetValueOrDefault(name) ?? FileVariables.GetValueOrDefault(name) ?? environment.GetValueOrDefault(name);

    public void AddEnvFile(string text)
    {
        var path = FullPath(text);
        var variables = EnvFile.Read(path);
        EnvFiles.Add(path);
        foreach (var (name, value) in variables)
        {
            FileVariables[name] = value;
        }
        if (variables.FirstOrDefault(static one => one.Value.Contains("${", StringComparison.Ordinal)) is { Key: { } dollar })
        {
            Notes.Add($"--env-file {text}: {dollar} has a ${{…}} in it, which is taken as it stands: nothing is put in its place.");
        }
    }

    public string FullPath(string path)
    {
        if (path.Length == 0)
        {
            throw new SettingException(ErrorCode.NoDirectory, "a path is needed here; this is empty.");
        }
        return Path.GetFullPath(path, CurrentDirectory);
    }

    /// <summary>The absolute path of a log that can be written, as far as can be seen without making it.</summary>
    public string LogFile(string path)
    {
        if (path.Length == 0)
        {
            throw new SettingException(ErrorCode.BadLogFile, "a file, - or none is needed here.");
        }
        var full = OsText.ReachableFile(Path.GetFullPath(path, CurrentDirectory));
        if (Directory.Exists(full))
        {
            throw new SettingException(ErrorCode.BadLogFile, $"{full} is a folder. Name a file in it.");
        }
        var folder = Path.GetDirectoryName(full)!;
        if (!HandedDescriptors.Has(HandedDescriptors.OfLog(full)) && !Directory.Exists(folder))
        {
            throw new SettingException(ErrorCode.BadLogFile, Reach.Wall(full) ?? $"there is no folder {folder}. Make it first.");
        }
        if (!HandedDescriptors.Has(HandedDescriptors.OfLog(full)) && !Reach.IsWritable(full))
        {
            var what = File.Exists(full) ? full : folder;
            throw new SettingException(
                ErrorCode.BadLogFile, $"this user ({System.Environment.UserName}) may not write to {what}. Look at its permissions (ls -ld {what}), or name another file.");
        }
        return full;
    }
}
