using Hotplate.Observability;
using Hotplate.Settings;

namespace Hotplate.Cli;

/// <summary><c>hotplate config TARGET</c>: every effective value and where it came from.</summary>
internal static class ConfigVerb
{
    public static int Run(SettingsOutcome outcome, bool json, bool toml)
    {
        if (outcome.Settings is not { } settings)
        {
            return ProblemReport.Print(outcome.Problems);
        }
        Console.Out.Write(json ? ConfigText.Json(settings, outcome) : toml ? ConfigText.Toml(settings, outcome) : Table(settings, outcome));
        return 0;
    }

    internal static string Table(ServerSettings settings, SettingsOutcome outcome)
    {
        var rows = new List<(string Name, string Value, string Source)> { ("target", settings.App.Target, outcome.TargetFrom ?? outcome.Search?.Only?.Why ?? "target") };
        rows.AddRange(SettingTable.All.Select(setting => (setting.Name, setting.Show(settings), Source(setting, settings, outcome))));
        var nameWidth = rows.Max(row => row.Name.Length);
        var valueWidth = Math.Min(40, rows.Max(row => row.Value.Length));
        return string.Concat(rows.Select(row => Visible.Line($"{row.Name.PadRight(nameWidth)}  {Shown(row.Value).PadRight(valueWidth)}  {row.Source}") + "\n"));
    }

    private static string Shown(string value) => value.Length == 0 ? "none" : value;

    internal static string Source(Setting setting, ServerSettings settings, SettingsOutcome outcome)
    {
        var source = outcome.SourceOf(setting);
        return source.Layer == SettingLayer.Default && setting.Name is "python" ? settings.App.PythonFoundBy : source.ToString();
    }
}
