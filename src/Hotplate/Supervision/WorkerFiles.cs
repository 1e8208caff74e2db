namespace Hotplate.Supervision;

/// <summary>Where the parts of us that run in the app's Python are.</summary>
/// <param name="Boot">boot.py, run by the app's interpreter.</param>
/// <param name="Extension">The NativeAOT extension.</param>
internal sealed record WorkerFiles(string Boot, string Extension)
{
    /// <summary>Looks in $HOTPLATE_HOME, then upward from the front's own folder.</summary>
    /// <exception cref="FileNotFoundException">The installation is incomplete; the message says what is missing.</exception>
    internal static WorkerFiles Find()
    {
        var home = Environment.GetEnvironmentVariable("HOTPLATE_HOME");
        var start = string.IsNullOrEmpty(home) ? AppContext.BaseDirectory : home;
        for (var at = new DirectoryInfo(start); at is not null; at = at.Parent)
        {
            var boot = Path.Combine(at.FullName, "python", "hotplate_worker", "boot.py");
            if (File.Exists(boot))
            {
                return new WorkerFiles(boot, FindExtension(at.FullName));
            }
        }
        throw new FileNotFoundException($"python/hotplate_worker/boot.py is not at or above {start}");
    }

    private static string FindExtension(string home)
    {
        string[] places = [Path.Combine(home, "artifacts", "worker", "_hotplate.so"), Path.Combine(AppContext.BaseDirectory, "_hotplate.so")];
        return Array.Find(places, File.Exists)
            ?? throw new FileNotFoundException($"_hotplate.so is not there; looked at {string.Join(" and ", places)}");
    }
}
