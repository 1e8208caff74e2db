namespace Hotplate.Settings;

/// <summary>What FLASK_APP means: a module or a path, and perhaps a name or a call behind a colon, as <c>flask run</c> takes it.</summary>
internal static class FlaskVariable
{
    /// <summary>The target that says the same.</summary>
    /// <param name="text">The variable's value.</param>
    /// <param name="folder">Where Flask would have been started.</param>
    /// <param name="isHere">The folder is the current one: then relative paths may stay so.</param>
    public static string Target(string text, string folder, bool isHere)
    {
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        var (place, attribute) = colon < 0 ? (text.Trim(), null) : (text[..colon].Trim(), text[(colon + 1)..].Trim());
        var isPath = place.Contains('/', StringComparison.Ordinal) || place.EndsWith(".py", StringComparison.Ordinal);
        var file = FileOf(isPath ? place : place.Replace('.', '/'), folder);
        attribute = attribute is null or "" ? Offered(file) : IsFactory(file, attribute) ? attribute + "()" : attribute;
        var written = !isPath ? place : isHere ? Path.GetRelativePath(folder, file) : file;
        return attribute is null ? written : $"{written}:{attribute}";
    }

    // Without an ending, as in src/hello; a package is its folder.
    private static string FileOf(string place, string folder)
    {
        var path = Path.GetFullPath(place, folder);
        return path.EndsWith(".py", StringComparison.Ordinal) ? path
            : File.Exists(OsText.ReachableFile(path + ".py")) ? path + ".py"
            : Directory.Exists(OsText.Reachable(path)) ? Path.Combine(path, "__init__.py")
            : path + ".py";
    }

    private static string? Offered(string file) => PythonOutline.Load(file) is { } text ? PythonModule.Read(text).Attribute : null;

    // Flask calls a function that is named without parentheses.
    private static bool IsFactory(string file, string attribute) =>
        attribute is "create_app" or "make_app" || (PythonOutline.Load(file) is { } text && PythonModule.HasFactory(text, attribute));
}
