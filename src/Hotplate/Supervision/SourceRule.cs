namespace Hotplate.Supervision;

/// <summary>Which files are code, templates or configuration, and which folders hold none of ours.</summary>
internal static class SourceRule
{
    private static readonly HashSet<string> s_endings = new(StringComparer.OrdinalIgnoreCase)
    {
        ".py", ".wsgi", ".html", ".htm", ".xhtml", ".jinja", ".jinja2", ".j2", ".mako", ".tmpl", ".tpl",
        ".toml", ".yaml", ".yml", ".ini", ".cfg", ".conf", ".env", ".mo",
    };

    private static readonly HashSet<string> s_foreign = new(StringComparer.Ordinal)
    {
        "__pycache__", "node_modules", "site-packages", "dist-packages", "venv", "env", "build", "dist",
    };

    /// <summary>True when a change of this file is a reason to load the application anew.</summary>
    internal static bool IsSource(string path)
    {
        var name = Path.GetFileName(path);
        if (name.StartsWith('.'))
        {
            // .env, .env.local, .flaskenv; whatever else begins so is an editor's own.
            return name is ".env" or ".flaskenv" || name.StartsWith(".env.", StringComparison.Ordinal);
        }
        if (name.EndsWith('~') || name.StartsWith('#'))
        {
            return false;
        }
        var ending = Path.GetExtension(name);
        return s_endings.Contains(ending)
            || (ending == ".json" && (name.Contains("config", StringComparison.OrdinalIgnoreCase) || name.Contains("settings", StringComparison.OrdinalIgnoreCase)))
            || (ending is ".txt" or ".xml" or ".md" && path.Contains("/templates/", StringComparison.Ordinal));
    }

    /// <summary>True for what no one edits, or what is too much to watch: .git, caches, virtual environments, node_modules.</summary>
    internal static bool IsPassedOver(string folder)
    {
        var name = Path.GetFileName(folder);
        return name.StartsWith('.') || s_foreign.Contains(name) || name.EndsWith(".egg-info", StringComparison.Ordinal)
            || File.Exists(Path.Combine(folder, "pyvenv.cfg"));
    }
}
