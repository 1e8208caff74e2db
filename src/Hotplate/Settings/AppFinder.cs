namespace Hotplate.Settings;

/// <summary>Looks for the application when nobody has named it. Files are read as text; nothing is imported.</summary>
/// <param name="folder">Where it is looked for: the application's folder.</param>
/// <param name="isHere">That folder is the current one.</param>
/// <param name="variable">A variable of the application's environment.</param>
/// <param name="warnings">Is told of what is probably a slip.</param>
internal sealed class AppFinder(string folder, bool isHere, Func<string, string?> variable, List<string> warnings)
{
    /// <summary>For messages, in their order.</summary>
    public const string Places = "target in [tool.hotplate] of pyproject.toml, FLASK_APP, .flaskenv and .env, wsgi.py, manage.py of Django, app.py, main.py, application.py, "
        + "passenger_wsgi.py, *.wsgi, packages with an app, create_app or make_app";

    private const string Flask = "FLASK_APP";
    private readonly List<string> notes = [];

    /// <exception cref="SettingException">pyproject.toml cannot be understood.</exception>
    public AppSearch Find()
    {
        if (Named() is { } named)
        {
            return new AppSearch(folder, [named], []);
        }
        // What comes first was made for servers; what is in one step is equally good.
        foreach (var step in (Func<IEnumerable<FoundApp>>[])[Server, Modules, Scripts, () => Packages(folder, ""), Source])
        {
            var found = step().DistinctBy(static one => one.Target, StringComparer.Ordinal).ToList();
            if (found.Any(static one => one.IsCertain))
            {
                found.RemoveAll(static one => !one.IsCertain);
            }
            if (found.Count > 0)
            {
                return new AppSearch(folder, found, []);
            }
        }
        return new AppSearch(folder, [], [.. notes, .. Below()]);
    }

    /// <summary>By somebody's own word.</summary>
    private FoundApp? Named()
    {
        var project = ProjectFile.Read(Path.Combine(folder, "pyproject.toml"));
        if (project?.Unknown is { Count: > 0 } unknown)
        {
            warnings.Add($"pyproject.toml: {string.Join(", ", unknown)} of tool.hotplate is not read. Write it below a line [tool.hotplate].");
        }
        if (project?.Target is { } target)
        {
            return new FoundApp(target, "pyproject.toml: target in [tool.hotplate]", IsCertain: true);
        }
        if (variable(Flask) is { Length: > 0 } set)
        {
            return new FoundApp(FlaskVariable.Target(set, folder, isHere), $"{Flask}={set}", IsCertain: true);
        }
        // In Flask's order.
        foreach (var name in new[] { ".env", ".flaskenv" }.Where(name => File.Exists(OsText.Reachable(Path.Combine(folder, name)))))
        {
            try
            {
                var said = EnvFile.Read(Path.Combine(folder, name)).LastOrDefault(static one => one.Key == Flask).Value;
                if (said is { Length: > 0 })
                {
                    return new FoundApp(FlaskVariable.Target(said, folder, isHere), $"{name}: {Flask}={said}", IsCertain: true);
                }
            }
            catch (SettingException problem)
            {
                notes.Add($"{name} was passed over: {problem.Message}");
            }
        }
        return null;
    }

    private IEnumerable<FoundApp> Server() => [.. In("wsgi.py"), .. Django()];

    private IEnumerable<FoundApp> Modules() => new[] { "app.py", "main.py", "application.py" }.SelectMany(In);

    private IEnumerable<FoundApp> Scripts() => In("passenger_wsgi.py").Concat(
        from file in Entries(folder, Directory.EnumerateFiles)
        where file.EndsWith(".wsgi", StringComparison.Ordinal)
        from found in In(file)
        select found);

    private IEnumerable<FoundApp> Source() => Packages(Path.Combine(folder, "src"), "src/");

    private IEnumerable<FoundApp> Django() => DjangoProject.Find(folder, variable) is { } django ? [django] : [];

    private IEnumerable<FoundApp> Packages(string place, string prefix) =>
        from name in Entries(place, Directory.EnumerateDirectories)
        where name.All(static one => char.IsLetterOrDigit(one) || one == '_') && name is not ("tests" or "test")
        from found in In($"{prefix}{name}/__init__.py")
        select found;

    /// <summary>What a file offers, if it is there; a path below the folder.</summary>
    private IEnumerable<FoundApp> In(string file)
    {
        if (PythonOutline.Load(Path.Combine(folder, file)) is not { } text)
        {
            return [];
        }
        var module = PythonModule.Read(text);
        if (module.Note is { } note)
        {
            notes.Add($"{file} {note}.");
        }
        if (module.What is not { } what)
        {
            return [];
        }
        var target = file.StartsWith("src/", StringComparison.Ordinal) || !file.EndsWith(".py", StringComparison.Ordinal) ? isHere ? $"./{file}" : Path.Combine(folder, file)
            : file.EndsWith("/__init__.py", StringComparison.Ordinal) ? file[..^"/__init__.py".Length]
            : file[..^".py".Length];
        return [new FoundApp(module.Attribute is null ? target : $"{target}:{module.Attribute}", $"{file}: {what}", module.IsCertain)];
    }

    /// <summary>What could be meant in the folders below, which nobody asked for.</summary>
    private IEnumerable<string> Below() =>
        from name in Entries(folder, Directory.EnumerateDirectories)
        where !name.StartsWith('.')
        let below = new AppFinder(Path.Combine(folder, name), isHere: false, static _ => null, []) { }
        let found = below.Server().Concat(below.Modules()).FirstOrDefault()
        where found is not null
        select $"In {name}/ there is one ({found.Why}): hotplate serve --chdir {Path.Combine(isHere ? "" : folder, name)}";

    private static List<string> Entries(string place, Func<string, IEnumerable<string>> enumerate)
    {
        try
        {
            return Directory.Exists(place) ? [.. enumerate(place).Select(static path => Path.GetFileName(path)).Order(StringComparer.Ordinal).Take(1000)] : [];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
