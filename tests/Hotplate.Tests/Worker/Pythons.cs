using System.Diagnostics;
using Hotplate.Tests.House;

namespace Hotplate.Tests.Worker;

/// <summary>Every CPython on this machine that a worker may run in: the system's, pyenv's, and a virtual environment of the first of them.</summary>
internal static class Pythons
{
    private static readonly Lazy<IReadOnlyList<string>> s_found = new(() => [.. Find()]);

    /// <summary>Interpreters, absolute paths.</summary>
    public static IReadOnlyList<string> Found => s_found.Value;

    /// <summary>One of them, for what does not differ between versions.</summary>
    public static string Any => Found[0];

    public static string Boot => Path.Combine(Repository.Root, "python/hotplate_worker/boot.py");

    public static string Extension => Path.Combine(Repository.Root, "artifacts/worker/_hotplate.so");

    public static string App(string name) => Path.Combine(Repository.Root, "tests/apps", name);

    private static IEnumerable<string> Find()
    {
        List<string> found = [];
        var versions = Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".pyenv/versions");
        var places = Directory.Exists(versions) ? Directory.GetDirectories(versions).Order(StringComparer.Ordinal).Select(path => Path.Combine(path, "bin/python3")) : [];
        foreach (var path in places.Prepend("/usr/bin/python3").Append("/usr/local/bin/python3"))
        {
            if (File.Exists(path) && Run(path, "-c", "import sys; sys.exit(not ((3, 9) <= sys.version_info < (3, 15) and sys.implementation.name == 'cpython'))") == 0)
            {
                found.Add(path);
            }
        }
        Assert.NotEmpty(found);
        var venv = Path.Combine(Repository.Root, "artifacts/tests/venv");
        if (File.Exists(Path.Combine(venv, "bin/python")) || Run(found[0], "-m", "venv", "--without-pip", venv) == 0)
        {
            found.Add(Path.Combine(venv, "bin/python"));
        }
        return found;
    }

    private static int Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardError = true, RedirectStandardOutput = true })!;
        process.WaitForExit();
        return process.ExitCode;
    }
}
