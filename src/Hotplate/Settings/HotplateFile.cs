using System.Text;

namespace Hotplate.Settings;

/// <summary>What a hotplate.toml says: a key for each flag, by the flag's name.</summary>
/// <param name="Target">The key <c>target</c>; null: it is not there.</param>
/// <param name="TargetPlace">Where its value stands.</param>
/// <param name="Keys">Those that are settings, in the file's order.</param>
/// <param name="Problems">Everything that is wrong with the file but the values' own meaning, in the file's order.</param>
internal sealed record HotplateFile(
    string? Target, FilePlace? TargetPlace, IReadOnlyList<FileKey> Keys, IReadOnlyList<SettingsProblem> Problems)
{
    /// <summary>Found by itself in the current folder.</summary>
    public const string Name = "hotplate.toml";

    /// <summary>The tables [apps.NAME], in the file's order.</summary>
    public IReadOnlyList<FileApp> Apps { get; init; } = [];

    /// <summary>The tables [[routes]], in the file's order.</summary>
    public IReadOnlyList<RouteSettings> Routes { get; init; } = [];

    /// <summary>The tables [[limits]], in the file's order.</summary>
    public IReadOnlyList<RouteSettings> Limits { get; init; } = [];

    /// <summary>All of it, as it stands there.</summary>
    public string Text { get; init; } = "";

    /// <summary>The routes and limits as they stand there.</summary>
    public string RoutesText { get; init; } = "";

    /// <summary>Reads to the end whatever is wrong.</summary>
    /// <param name="path">The file, absolute.</param>
    /// <param name="shown">What it is called in messages.</param>
    public static HotplateFile Read(string path, string shown)
    {
        byte[] bytes;
        try
        {
            bytes = File.ReadAllBytes(OsText.Reachable(path));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return Broken(shown, Reach.Wall(path) ?? (File.Exists(OsText.Reachable(path)) ? error.Message : "there is no such file."));
        }
        try
        {
            var text = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes);
            return Path.GetFileName(path) == ProjectTables.FileName
                ? new HotplateFileParser(shown, ProjectTables.Of(text) ?? "", Path.GetDirectoryName(path)!, text).Parse()
                : Parse(shown, text, Path.GetDirectoryName(path)!);
        }
        catch (SettingException problem)
        {
            return new HotplateFile(null, null, [], [new SettingsProblem(problem.Code, shown, problem.Message)]);
        }
        catch (DecoderFallbackException error)
        {
            var before = bytes.AsSpan(0, Math.Clamp(error.Index, 0, bytes.Length));
            var column = Encoding.UTF8.GetCharCount(before[(before.LastIndexOf((byte)'\n') + 1)..]) + 1;
            var at = $"{shown}:{before.Count((byte)'\n') + 1}:{column}";
            return Broken(at, "this is not UTF-8. Save the file as UTF-8: TOML knows no other encoding.");
        }
    }

    internal static HotplateFile Parse(string path, string text, string folder) => new HotplateFileParser(path, text, folder).Parse();

    private static HotplateFile Broken(string where, string what) =>
        new(null, null, [], [new SettingsProblem(ErrorCode.BadFile, where, what)]);
}
