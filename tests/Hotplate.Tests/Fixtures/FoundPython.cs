namespace Hotplate.Tests.Fixtures;

/// <summary>An interpreter that was found.</summary>
/// <param name="Path">As found.</param>
/// <param name="Binary">The file behind its links.</param>
/// <param name="Modules">Which of those that tests ask for it has.</param>
internal sealed record FoundPython(string Path, string Binary, Version Version, IReadOnlySet<string> Modules)
{
    private const string Question = """
        import sys
        if sys.version_info < (3,) or sys.implementation.name != "cpython": sys.exit(1)
        import importlib.util, os
        asked = ("flask", "werkzeug", "gevent", "httpbin", "radicale", "django", "lmdb", "numpy", "paste", "flask_socketio")
        print(sys.version.split()[0].rstrip("+"), os.path.realpath(sys.executable), *[name for name in asked if importlib.util.find_spec(name)])
        """;

    public bool Has(string module) => Modules.Contains(module);

    /// <summary>Runs it; null when it is no CPython 3.</summary>
    public static FoundPython? Ask(string path)
    {
        var said = FinishedProgram.RunAsync(path, "-c", Question).GetAwaiter().GetResult();
        var words = said.Output.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        return said.ExitCode == 0 && Version.TryParse(words[0], out var version)
            ? new FoundPython(path, words[1], version, words[2..].ToHashSet(StringComparer.Ordinal))
            : null;
    }
}
