namespace Hotplate.Settings;

/// <summary>What stands behind --paste.</summary>
internal static class PasteFile
{
    /// <summary>As a worker takes it: load.py knows it from a module by the path behind the colon.</summary>
    public static AppTarget TargetOf(string paste) => new("config", paste, Path.GetDirectoryName(PathOf(paste)));

    /// <summary>The application's name when nobody gives it one: the file's, without its ending.</summary>
    public static string NameOf(string paste) => Values.Name(Path.GetFileNameWithoutExtension(PathOf(paste)).Replace(' ', '_'));

    /// <summary>The path, absolute, with the name of the application behind a # where one was given.</summary>
    /// <exception cref="SettingException">There is no such file.</exception>
    public static string Find(SettingsDraft draft, string text)
    {
        var given = text.StartsWith("config:", StringComparison.Ordinal) ? text["config:".Length..] : text;
        if (given.StartsWith("egg:", StringComparison.Ordinal))
        {
            throw new SettingException(ErrorCode.BadPaste, "an .ini file is needed here; what egg: names can be its [app:main]: use = egg:NAME.");
        }
        var path = draft.FullPath(given);
        var file = PathOf(path);
        return File.Exists(OsText.ReachableFile(file))
            ? path
            : throw new SettingException(ErrorCode.BadPaste, Reach.Wall(file) ?? $"there is no file {file}.");
    }

    // A file's own name may have a #.
    private static string PathOf(string paste) =>
        File.Exists(OsText.ReachableFile(paste)) || paste.LastIndexOf('#') is not (var hash and > 0) ? paste : paste[..hash];
}
