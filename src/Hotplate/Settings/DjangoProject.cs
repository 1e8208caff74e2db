using System.Text.RegularExpressions;

namespace Hotplate.Settings;

/// <summary>A Django project, by its manage.py: which settings it uses, and which application those name.</summary>
internal static partial class DjangoProject
{
    private const string Variable = "DJANGO_SETTINGS_MODULE";

    // settings/production.py imports * from settings/base.py: more than that nobody does.
    private const int DeepestImport = 4;

    /// <summary>The target and why it is that one; null: manage.py is not Django's, or there is no application to be seen.</summary>
    public static FoundApp? Find(string folder, Func<string, string?> variable)
    {
        if (PythonOutline.Load(Path.Combine(folder, "manage.py")) is not { } text || Settings().Match(text) is not { Success: true } said)
        {
            return null;
        }
        var settings = variable(Variable) is { Length: > 0 } set ? set : said.Groups["module"].Value;
        if (Application(folder, settings, DeepestImport) is { } named && named.LastIndexOf('.') is var dot and > 0)
        {
            return new FoundApp($"{named[..dot]}:{named[(dot + 1)..]}", $"manage.py: {settings} has it as WSGI_APPLICATION", IsCertain: true);
        }
        var project = settings.Split('.')[0];
        return PythonOutline.Load(Path.Combine(folder, project, "wsgi.py")) is null
            ? null
            : new FoundApp($"{project}.wsgi", $"manage.py: it is a Django project, and {project}/wsgi.py is there", IsCertain: true);
    }

    private static string? Application(string folder, string module, int depth)
    {
        var place = Path.Combine(folder, module.Replace('.', '/'));
        var isPackage = !File.Exists(OsText.Reachable(place + ".py"));
        if (depth == 0 || PythonOutline.Load(isPackage ? Path.Combine(place, "__init__.py") : place + ".py") is not { } text)
        {
            return null;
        }
        if (Named().Matches(text) is [.., var last])
        {
            return last.Groups["path"].Value;
        }
        return Stars().Matches(text).Select(star => Application(folder, Absolute(star.Groups["module"].Value, module, isPackage), depth - 1)).FirstOrDefault(static found => found is not null);
    }

    /// <summary><c>.base</c> in mysite.settings.production is mysite.settings.base.</summary>
    private static string Absolute(string name, string module, bool isPackage)
    {
        var dots = name.Length - name.TrimStart('.').Length;
        if (dots == 0)
        {
            return name;
        }
        var parts = module.Split('.');
        var above = parts.Take(Math.Max(0, parts.Length - dots + (isPackage ? 1 : 0)));
        return string.Join('.', above.Append(name[dots..]).Where(static part => part.Length > 0));
    }

    [GeneratedRegex(@"DJANGO_SETTINGS_MODULE[""']\s*(,|\]\s*=)\s*[""'](?<module>[\w.]+)[""']", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Settings();

    [GeneratedRegex(@"^WSGI_APPLICATION\s*(:[^=\n]*)?=\s*[""'](?<path>[\w.]+)[""']", RegexOptions.ExplicitCapture | RegexOptions.Multiline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Named();

    [GeneratedRegex(@"^from\s+(?<module>[\w.]+)\s+import\s+\*", RegexOptions.ExplicitCapture | RegexOptions.Multiline, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Stars();
}
