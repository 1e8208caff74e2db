namespace Hotplate.Settings;

/// <summary>
/// Looks for the application's interpreter: --python, --venv, .venv or venv beside the application, $VIRTUAL_ENV, the virtual environment that Hotplate is
/// installed in, python3 on PATH.
/// </summary>
/// <remarks>Runs nothing: an interpreter's start costs more than the whole of ours. Its version is checked by the zygote.</remarks>
/// <param name="environment">PATH, VIRTUAL_ENV and what pyenv says.</param>
/// <param name="currentDirectory">Absolute.</param>
/// <param name="ownEnvironment">The folder above the one that holds this program: a virtual environment if it was installed into one.</param>
internal sealed class PythonFinder(IReadOnlyDictionary<string, string> environment, string currentDirectory, string? ownEnvironment = null)
{
    private const string Config = "pyvenv.cfg";
    private const string VirtualEnv = "VIRTUAL_ENV";
    private static readonly string[] Names = [".venv", "venv"];

    /// <summary>A folder called .venv that is none and was passed over, with what it lacks; null when there is no such thing.</summary>
    /// <remarks>Often the mount point of a volume that is empty. What is called venv may be anything.</remarks>
    public string? PassedOver(string appDirectory)
    {
        var near = Path.Combine(appDirectory, Names[0]);
        return Directory.Exists(OsText.Reachable(near)) && !File.Exists(OsText.Reachable(Path.Combine(near, Config))) ? near : null;
    }

    /// <param name="python">A path or a name on PATH, or null.</param>
    /// <param name="venv">A virtual environment's folder, absolute, or null.</param>
    /// <param name="appDirectory">Where .venv and venv are looked for first; then the current directory.</param>
    /// <exception cref="SettingException">What was asked for is not there, or nothing was found.</exception>
    public PythonChoice Find(string? python, string? venv, string appDirectory)
    {
        if (python is not null)
        {
            return Named(python, appDirectory);
        }
        if (venv is not null)
        {
            return new PythonChoice(InVenv(venv, "--venv"), venv, "--venv");
        }
        foreach (var folder in new[] { appDirectory, currentDirectory }.Distinct(StringComparer.Ordinal))
        {
            foreach (var name in Names)
            {
                // A folder that happens to be called venv is not one; a real one whose Python is gone is worth an error.
                var near = Path.Combine(folder, name);
                if (File.Exists(OsText.Reachable(Path.Combine(near, Config))))
                {
                    return new PythonChoice(InVenv(near, name), near, $"{name} beside the application");
                }
            }
        }
        if (environment.GetValueOrDefault(VirtualEnv) is { Length: > 0 } active)
        {
            return new PythonChoice(InVenv(active, VirtualEnv), active, "$VIRTUAL_ENV");
        }
        if (ownEnvironment is not null && File.Exists(OsText.Reachable(Path.Combine(ownEnvironment, Config))))
        {
            return new PythonChoice(InVenv(ownEnvironment, "Hotplate's own"), ownEnvironment, "the environment that Hotplate is installed in");
        }
        return OnPath("python3", appDirectory) is { } found
            ? new PythonChoice(found, Venv: null, "python3 on PATH")
            : throw new SettingException(ErrorCode.NoPython, "no Python was found: there is no --python, no --venv, no .venv or venv beside the application, "
                + "no $VIRTUAL_ENV and no python3 on PATH. Install one (Debian: sudo apt-get install python3) or say where it is with --python.");
    }

    private PythonChoice Named(string python, string appDirectory)
    {
        if (python.Contains('/', StringComparison.Ordinal))
        {
            // Not resolved through links: a venv's python is a link, and where it stands makes the venv.
            var path = Path.GetFullPath(python, currentDirectory);
            if (Directory.Exists(OsText.Reachable(path)))
            {
                throw new SettingException(ErrorCode.BadPython, $"{path} is a folder. Name the python in it, or use --venv for a virtual environment.");
            }
            if (!IsThere(path))
            {
                throw new SettingException(ErrorCode.BadPython, Reach.Wall(path) ?? $"there is no file {path}.");
            }
            return IsExecutable(path)
                ? new PythonChoice(path, VenvOf(path), "--python")
                : throw new SettingException(ErrorCode.BadPython, $"{path} cannot be executed by this user. Look at its permissions: ls -l {path}");
        }
        return OnPath(python, appDirectory) is { } found
            ? new PythonChoice(found, VenvOf(found), "--python")
            : throw new SettingException(ErrorCode.BadPython, $"there is no program \"{python}\" on PATH. Give a path, or install it.");
    }

    /// <param name="venv">The environment's folder.</param>
    /// <param name="how">What made us look there, for the message: <c>--venv</c>, <c>VIRTUAL_ENV</c>.</param>
    private static string InVenv(string venv, string how)
    {
        var python = Path.Combine(venv, "bin", "python");
        if (!Directory.Exists(OsText.Reachable(venv)))
        {
            throw new SettingException(ErrorCode.BadVenv, Reach.Wall(venv) ?? (how == VirtualEnv
                ? $"there is no folder {venv}, which VIRTUAL_ENV names: it was moved or removed. Activate another, unset VIRTUAL_ENV, or choose one with --venv."
                : $"there is no folder {venv}. Make one:  python3 -m venv {venv}"));
        }
        if (!IsThere(python))
        {
            throw new SettingException(ErrorCode.BadVenv, Reach.Wall(python) ?? WhatIsWrongIn(venv, python));
        }
        return IsExecutable(python) ? python : throw new SettingException(ErrorCode.BadVenv, $"{python} cannot be executed by this user. Look at its permissions: ls -l {python}");
    }

    // Whatever is advised here must not touch what is in the folder: it may be somebody's project.
    private static string WhatIsWrongIn(string venv, string python)
    {
        if (new FileInfo(OsText.Reachable(python)).LinkTarget is { } gone)
        {
            return $"{python} points at {gone}, which is gone: that Python was upgraded or removed. Make a new environment beside it, install the application's packages "
                + $"into it, and use that:  python3 -m venv {venv}-new";
        }
        if (File.Exists(OsText.Reachable(Path.Combine(venv, Config))))
        {
            return $"{python} is missing. Make a new environment beside it, install the application's packages into it, and use that:  python3 -m venv {venv}-new";
        }
        var inside = Names.FirstOrDefault(name => File.Exists(OsText.Reachable(Path.Combine(venv, name, Config))));
        return inside is not null
            ? $"{venv} is no virtual environment, but holds one. Did you mean --venv {Path.Combine(venv, inside)}?"
            : $"{venv} is no virtual environment: it has no bin/python. Make one in it:  python3 -m venv {Path.Combine(venv, Names[0])}";
    }

    private static string? VenvOf(string python) =>
        Path.GetDirectoryName(Path.GetDirectoryName(python)) is { } folder && File.Exists(OsText.Reachable(Path.Combine(folder, Config))) ? folder : null;

    private string? OnPath(string name, string appDirectory)
    {
        foreach (var folder in environment.GetValueOrDefault("PATH", "").Split(':', StringSplitOptions.RemoveEmptyEntries))
        {
            var path = Path.Combine(Path.GetFullPath(folder, currentDirectory), name);
            if (IsThere(path) && IsExecutable(path))
            {
                return PyenvShim.Resolve(path, environment, appDirectory) ?? path;
            }
        }
        return null;
    }

    // File.Exists says yes to a link that leads nowhere, which is what an upgraded Python leaves in a venv.
    private static bool IsThere(string path) => File.Exists(OsText.Reachable(path)) && (File.ResolveLinkTarget(OsText.Reachable(path), returnFinalTarget: true)?.Exists ?? true);

    private static bool IsExecutable(string path) =>
        (File.GetUnixFileMode(OsText.Reachable(path)) & (UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute)) != UnixFileMode.None;
}
