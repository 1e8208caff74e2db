namespace Hotplate.Settings;

/// <summary>Looks for the application's interpreter: --python, --venv, .venv or venv beside the application, $VIRTUAL_ENV, python3 on PATH.</summary>
/// <remarks>Runs nothing: an interpreter's start costs more than the whole of ours. Its version is checked by the zygote.</remarks>
internal sealed class PythonFinder(IReadOnlyDictionary<string, string> environment, string currentDirectory)
{
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
            return new PythonChoice(InVenv(venv), venv, "--venv");
        }
        foreach (var folder in new[] { appDirectory, currentDirectory }.Distinct(StringComparer.Ordinal))
        {
            foreach (var name in new[] { ".venv", "venv" })
            {
                // A folder that happens to be called venv is not one; a real one whose Python is gone is worth an error.
                var near = Path.Combine(folder, name);
                if (File.Exists(Path.Combine(near, "pyvenv.cfg")))
                {
                    return new PythonChoice(InVenv(near), near, $"{name} beside the application");
                }
            }
        }
        if (environment.GetValueOrDefault("VIRTUAL_ENV") is { Length: > 0 } active)
        {
            return new PythonChoice(InVenv(active), active, "$VIRTUAL_ENV");
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
            if (Directory.Exists(path))
            {
                throw new SettingException(ErrorCode.BadPython, $"{path} is a folder. Name the python in it, or use --venv for a virtual environment.");
            }
            if (!IsThere(path))
            {
                throw new SettingException(ErrorCode.BadPython, $"there is no file {path}.");
            }
            return IsExecutable(path)
                ? new PythonChoice(path, VenvOf(path), "--python")
                : throw new SettingException(ErrorCode.BadPython, $"{path} cannot be executed by this user. Look at its permissions: ls -l {path}");
        }
        return OnPath(python, appDirectory) is { } found
            ? new PythonChoice(found, VenvOf(found), "--python")
            : throw new SettingException(ErrorCode.BadPython, $"there is no program \"{python}\" on PATH. Give a path, or install it.");
    }

    private static string InVenv(string venv)
    {
        var python = Path.Combine(venv, "bin", "python");
        if (!Directory.Exists(venv))
        {
            throw new SettingException(ErrorCode.BadVenv, $"there is no folder {venv}. Make one:  python3 -m venv {venv}");
        }
        if (!IsThere(python))
        {
            var broken = new FileInfo(python).LinkTarget is { } gone ? $" points at {gone}, which is gone" : " is missing";
            throw new SettingException(ErrorCode.BadVenv, $"{python}{broken}. Make the virtual environment again:  python3 -m venv --clear {venv}");
        }
        return IsExecutable(python) ? python : throw new SettingException(ErrorCode.BadVenv, $"{python} cannot be executed by this user.");
    }

    private static string? VenvOf(string python) =>
        Path.GetDirectoryName(Path.GetDirectoryName(python)) is { } folder && File.Exists(Path.Combine(folder, "pyvenv.cfg")) ? folder : null;

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
    private static bool IsThere(string path) => File.Exists(path) && (File.ResolveLinkTarget(path, returnFinalTarget: true)?.Exists ?? true);

    private static bool IsExecutable(string path) =>
        (File.GetUnixFileMode(path) & (UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute)) != UnixFileMode.None;
}
