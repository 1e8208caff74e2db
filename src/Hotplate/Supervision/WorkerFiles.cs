namespace Hotplate.Supervision;

/// <summary>Where the parts of us that run in the app's Python are.</summary>
/// <param name="Boot">boot.py, run by the app's interpreter.</param>
/// <param name="Extension">The NativeAOT extension.</param>
internal sealed record WorkerFiles(string Boot, string Extension)
{
    // From the folder of the program: a package, a wheel (whose lib/ is lost by pip install --target), what ./hotplate builds. Nowhere else, and not
    // upward until something is found: what lies above may belong to others.
    private static readonly string[] s_places =
    [
        "../lib/hotplate", "../share/hotplate", "../..",
#if DEBUG
        // From PROJECT/bin/Debug/net10.0.
        "../../../../..",
#endif
    ];

    /// <summary>Looks in $HOTPLATE_HOME, or else where an installation has them.</summary>
    /// <exception cref="FileNotFoundException">The installation is not whole; the message says what is missing.</exception>
    internal static WorkerFiles Find() => Find(Environment.GetEnvironmentVariable("HOTPLATE_HOME"), AppContext.BaseDirectory);

    /// <param name="home">What HOTPLATE_HOME says, or null.</param>
    /// <param name="program">The folder of the program, absolute.</param>
    internal static WorkerFiles Find(string? home, string program)
    {
        string[] folders = string.IsNullOrEmpty(home) ? [.. s_places.Select(place => Path.GetFullPath(place, program))] : [home];
        var partial = new List<string>();
        foreach (var folder in folders)
        {
            var boot = Path.Combine(folder, "python", "hotplate_worker", "boot.py");
            string[] extensions = [Path.Combine(folder, "_hotplate.so"), Path.Combine(folder, "artifacts", "worker", "_hotplate.so")];
            var extension = Array.Find(extensions, File.Exists);
            if (File.Exists(boot) && extension is not null)
            {
                return new WorkerFiles(boot, extension);
            }
            if (Directory.Exists(folder) && folder.EndsWith("/hotplate", StringComparison.Ordinal))
            {
                partial.Add(File.Exists(boot) ? extensions[0] : boot);
            }
        }
        throw new FileNotFoundException("HP608  this installation of Hotplate is not whole: "
            + (partial.Count > 0 ? $"{string.Join(", ", partial)} is missing" : $"nothing of it is in {string.Join(" or ", folders)}")
            + ". The program needs its folder beside it, so copy or link all of it, or install it anew.");
    }
}
