using System.Text;
using Hotplate.Service;
using Hotplate.Settings;

namespace Hotplate.Installing;

/// <summary>What stands in the files of a site.</summary>
internal static class SiteFiles
{
    // What the unit gives, in seconds.
    private const int StartSeconds = 300;
    private const int StopSeconds = 120;

    // What the unit says itself, or what stands in the file whether it was given or not.
    private static readonly HashSet<string> s_written = new(StringComparer.Ordinal) { "bind", "control", "python", "venv", "chdir", "env", "pid" };

    /// <summary>Every setting that was given, and what was found out, as variables.</summary>
    /// <param name="given">The settings that the user gave a value to.</param>
    public static string Variables(Site site, ServerSettings settings, IEnumerable<Setting> given)
    {
        var text = new StringBuilder()
            .Append($"# The settings of {site.Name}: each flag of hotplate serve is a variable (hotplate help serve). Any other goes to the application.\n")
            .Append($"# After a change: systemctl restart {site.Unit}\n");
        Add("HOTPLATE_TARGET", TargetOf(settings.App.Target));
        Add("HOTPLATE_NAME", settings.App.Name == settings.App.Target.Split(':')[0] ? "" : settings.App.Name);
        Add("HOTPLATE_BIND", string.Join(',', settings.Binds.Select(static bind => bind.Text)));
        Add(settings.App.Venv is null ? "HOTPLATE_PYTHON" : "HOTPLATE_VENV", settings.App.Venv ?? settings.App.Python);
        foreach (var setting in given.Where(static setting => !s_written.Contains(setting.Name) && setting.Name != "name").Distinct())
        {
            Add(setting.Variable, setting.Show(settings));
        }
        foreach (var (name, value) in settings.App.Environment)
        {
            Add(name, value);
        }
        return text.ToString();

        void Add(string name, string value)
        {
            if (value.Length > 0)
            {
                text.Append($"{name}={Quoted(value)}\n");
            }
        }
    }

    /// <summary>The service starts in the application's folder, so that a file's path is made whole.</summary>
    private static string TargetOf(string target)
    {
        var end = target.LastIndexOf(':') is var colon and > 0 && !File.Exists(target) ? colon : target.Length;
        return File.Exists(target[..end]) ? Path.GetFullPath(target[..end]) + target[end..] : target;
    }

    public static string DropIn(Site site, ServerSettings settings, string program) =>
        $"""
        # Written by hotplate install. The rest is in hotplate@.service.
        [Service]
        User={site.User}
        WorkingDirectory={Specified(settings.App.Directory)}
        ExecStart=
        ExecStart={Word(program)} serve $HOTPLATE_TARGET
        ExecReload=
        ExecReload={Word(program)} reload
        {More(new UnitNeeds(settings, program))}# Where the application may write besides {site.State}:
        #ReadWritePaths={Specified(settings.App.Directory)}

        """.Replace("$HOTPLATE_TARGET", "${HOTPLATE_TARGET}", StringComparison.Ordinal);

    /// <summary>What the unit of all sites does not give.</summary>
    private static string More(UnitNeeds needs) =>
        (needs.StartSeconds > StartSeconds ? $"TimeoutStartSec={needs.StartSeconds}\n" : "")
        + (needs.StopSeconds > StopSeconds ? $"TimeoutStopSec={needs.StopSeconds}\n" : "")
        + (needs.Tmp ? "# The application or its Python is in there, where it will not stay.\nPrivateTmp=no\n" : "");

    /// <summary>systemd.exec(5), EnvironmentFile: in double quotes, in which four characters are escaped.</summary>
    private static string Quoted(string value) => value.All(static one => char.IsAsciiLetterOrDigit(one) || "/:.,_-+=@%".Contains(one, StringComparison.Ordinal))
        ? value
        : "\"" + value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("$", "\\$", StringComparison.Ordinal).Replace("`", "\\`", StringComparison.Ordinal) + "\"";

    /// <summary>In a unit a percent sign begins a specifier.</summary>
    private static string Specified(string path) => path.Replace("%", "%%", StringComparison.Ordinal);

    private static string Word(string path) => path.Contains(' ', StringComparison.Ordinal) ? $"\"{Specified(path)}\"" : Specified(path);
}
