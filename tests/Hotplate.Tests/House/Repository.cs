using System.Text.RegularExpressions;

namespace Hotplate.Tests.House;

/// <summary>The sources these tests were built from.</summary>
internal static partial class Repository
{
    public static string Root { get; } = FindRoot();

    /// <summary>Files below a folder, without what builds leave behind.</summary>
    public static IEnumerable<string> Files(string folder, string pattern) =>
        Directory.Exists(Path.Combine(Root, folder))
            ? Directory.EnumerateFiles(Path.Combine(Root, folder), pattern, SearchOption.AllDirectories).Where(path => !Built().IsMatch(path))
            : [];

    /// <summary>Every file of ours that a person wrote.</summary>
    public static IEnumerable<string> CSharp() => Files("src", "*.cs").Concat(Files("tests", "*.cs"));

    public static string Name(string path) => Path.GetRelativePath(Root, path);

    private static string FindRoot()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Hotplate.slnx")))
        {
            folder = Path.GetDirectoryName(folder.TrimEnd('/')) ?? throw new DirectoryNotFoundException("Hotplate.slnx is nowhere above the tests.");
        }
        return folder;
    }

    [GeneratedRegex("/(bin|obj|artifacts|node_modules|\\.venv|__pycache__)/")]
    private static partial Regex Built();
}
