using System.Collections.Concurrent;

namespace Hotplate.Tests.Fixtures;

/// <summary>The CPythons of this machine.</summary>
internal static class Pythons
{
    private static readonly ConcurrentDictionary<string, Lazy<Task<string>>> s_venvs = new(StringComparer.Ordinal);
    private static readonly Lazy<string> s_folder = new(() => MakeFolder());
    private static readonly Lazy<IReadOnlyList<FoundPython>> s_all = new(Find);

    /// <summary>CPython 3.9 and later, one of each version and origin.</summary>
    public static IReadOnlyList<FoundPython> Supported => [.. s_all.Value.Where(python => python.Version >= new Version(3, 9))];

    /// <summary>One that is too old; null when there is none.</summary>
    public static string? TooOld => s_all.Value.FirstOrDefault(python => python.Version < new Version(3, 9) && python.Version.Major == 3)?.Path;

    /// <summary>The one for tests that do not care.</summary>
    public static string Usual => (Supported.FirstOrDefault(python => python.Has("flask")) ?? Supported[0]).Path;

    /// <summary>One that has all these modules. The test is skipped when there is none.</summary>
    public static string With(params string[] modules)
    {
        var found = Supported.FirstOrDefault(python => modules.All(python.Has));
        Assert.SkipWhen(found is null, $"no Python here has {string.Join(" and ", modules)}");
        return found!.Path;
    }

    /// <summary>A virtual environment of that Python with nothing installed, made once a run.</summary>
    public static Task<string> VenvAsync(string python) => s_venvs.GetOrAdd(python, path => new(() => MakeVenvAsync(path))).Value;

    private static async Task<string> MakeVenvAsync(string python)
    {
        var folder = Path.Combine(s_folder.Value, python.Trim('/').Replace('/', '-'));
        await FinishedProgram.OutputOfAsync(python, "-m", "venv", "--without-pip", folder);
        return folder;
    }

    private static IReadOnlyList<FoundPython> Find()
    {
        var versions = Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".pyenv", "versions");
        string[] pyenv = Directory.Exists(versions) ? Directory.GetDirectories(versions) : [];
        return [.. Directory.GetFiles("/usr/bin", "python3*").Concat(Directory.Exists("/usr/local/bin") ? Directory.GetFiles("/usr/local/bin", "python3*") : [])
            .Concat(pyenv.Select(folder => Path.Combine(folder, "bin", "python")))
            .Where(path => File.Exists(path) && Path.GetFileName(path)["python".Length..].All(letter => char.IsAsciiDigit(letter) || letter == '.'))
            .Select(FoundPython.Ask).OfType<FoundPython>().DistinctBy(python => python.Binary)];
    }

    private static string MakeFolder()
    {
        var folder = Directory.CreateTempSubdirectory("hotplate-venvs-").FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(folder, recursive: true);
        return folder;
    }
}
