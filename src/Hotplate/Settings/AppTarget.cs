namespace Hotplate.Settings;

/// <summary>Where the application is, from what stands after <c>serve</c>.</summary>
/// <param name="Module">The module to import, dotted; the path of a script, which is a file whose name does not end in .py.</param>
/// <param name="Attribute">What stands behind the colon, or null: <c>app</c>, <c>factory()</c>.</param>
/// <param name="Root">The folder its import starts from when a file was named; null for a module.</param>
internal sealed record AppTarget(string Module, string? Attribute, string? Root)
{
    /// <summary>As a worker takes it: <c>module</c> or <c>module:attribute</c>.</summary>
    public string Text => Attribute is null ? Module : $"{Module}:{Attribute}";

    /// <summary>What the application is called when nobody gives it a name: the module, or the script's file.</summary>
    public string Name => Path.GetFileName(Module);

    /// <summary>The script's path, or null: a module has none.</summary>
    public string? Script => Path.IsPathRooted(Module) ? Module : null;

    /// <exception cref="SettingException">It is neither a module nor a file that can be read.</exception>
    public static AppTarget Parse(string text, string currentDirectory)
    {
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        var (place, attribute) = colon < 0 ? (text, null) : (text[..colon], text[(colon + 1)..]);
        if (place.Length == 0)
        {
            throw new SettingException(ErrorCode.BadTarget, "a module or a file is needed: shop:app, shop:create_app(), or shop/app.py.");
        }
        if (attribute?.Trim().Length == 0)
        {
            throw new SettingException(ErrorCode.BadTarget, $"a name is needed behind the colon. Leave the colon out to serve \"app\" or \"application\" of {place}.");
        }
        return place.EndsWith(".py", StringComparison.Ordinal) || place.Contains('/', StringComparison.Ordinal) || IsScript(place, currentDirectory)
            ? File(place, attribute, Path.GetFullPath(place, currentDirectory))
            : new AppTarget(CheckedModule(place, currentDirectory), attribute, Root: null);
    }

    // mysite.wsgi is mod_wsgi's name for a file and Django's for a module. Where both are, the module is meant, as under gunicorn: ./mysite.wsgi is the file.
    // A name without a dot is a module's, whatever lies there.
    private static bool IsScript(string place, string currentDirectory)
    {
        var module = OsText.Reachable(Path.Combine(currentDirectory, place.Replace('.', '/')));
        return place.Contains('.', StringComparison.Ordinal) && System.IO.File.Exists(OsText.Reachable(Path.Combine(currentDirectory, place)))
            && !System.IO.File.Exists(module + ".py") && !Directory.Exists(module);
    }

    private static AppTarget File(string place, string? attribute, string path)
    {
        if (Directory.Exists(OsText.Reachable(path)))
        {
            var likely = new[] { "app.py", "wsgi.py", "main.py", "application.py" }.FirstOrDefault(name => System.IO.File.Exists(Path.Combine(path, name)));
            throw new SettingException(ErrorCode.BadTargetFile, likely is null
                ? "this is a folder. Name the file in it that makes the application."
                : $"this is a folder. Did you mean {Path.Combine(place, likely)}?");
        }
        if (!System.IO.File.Exists(OsText.Reachable(path)))
        {
            var near = Nearest(path);
            throw new SettingException(ErrorCode.BadTargetFile, Reach.Wall(path) is { } wall ? wall
                : near is null ? $"there is no file {path}."
                : $"there is no file {path}. Did you mean {Path.Combine(Path.GetDirectoryName(place) ?? "", near)}?");
        }
        CheckReadable(path);
        if (!place.EndsWith(".py", StringComparison.Ordinal))
        {
            return new AppTarget(path, attribute, Path.GetDirectoryName(path)!);
        }
        var module = Path.GetFileNameWithoutExtension(path);
        if (module.Contains('.', StringComparison.Ordinal))
        {
            throw new SettingException(ErrorCode.BadTargetFile, "Python cannot import a file with a dot in its name. Rename it.");
        }
        return Importable(path, module, attribute);
    }

    // A file of a package is imported from the folder above the outermost package, or its relative imports would fail.
    private static AppTarget Importable(string path, string module, string? attribute)
    {
        var root = Path.GetDirectoryName(path)!;
        var names = new List<string>();
        if (module != "__init__")
        {
            names.Add(module);
        }
        while (System.IO.File.Exists(OsText.Reachable(Path.Combine(root, "__init__.py"))) && Path.GetDirectoryName(root) is { } above)
        {
            names.Insert(0, Path.GetFileName(root));
            root = above;
        }
        return new AppTarget(string.Join('.', names), attribute, root);
    }

    private static void CheckReadable(string path)
    {
        try
        {
            using var _ = System.IO.File.OpenHandle(OsText.Reachable(path));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new SettingException(ErrorCode.BadTargetFile, $"{path} cannot be read by this user ({Environment.UserName}). Look at its permissions: ls -l {path}");
        }
    }

    private static string? Nearest(string path)
    {
        var folder = Path.GetDirectoryName(path)!;
        return OsText.IsPlain(folder) && Directory.Exists(folder)
            ? NearestWord.Of(Path.GetFileName(path), Directory.EnumerateFiles(folder).Select(file => Path.GetFileName(file))
                .Where(static name => Path.GetExtension(name) is ".py" or ".wsgi"))
            : null;
    }

    private static string CheckedModule(string module, string currentDirectory)
    {
        if (module.Split('.').All(name => name.Length > 0 && (char.IsLetter(name[0]) || name[0] == '_') && name.All(c => char.IsLetterOrDigit(c) || c is '_' or '-')))
        {
            return module;
        }
        var file = Path.Combine(currentDirectory, module + ".py");
        var hint = System.IO.File.Exists(file) ? $" Did you mean {module}.py?" : "";
        throw new SettingException(ErrorCode.BadTarget, $"\"{module}\" is no module's name. Say module:app, module:factory() or the path of a file.{hint}");
    }
}
