using Hotplate.Observability;
using Hotplate.Settings;

namespace Hotplate.Cli;

/// <summary><c>hotplate config TARGET</c>: every effective value and where it came from.</summary>
internal static class ConfigVerb
{
    public static int Run(SettingsOutcome outcome, bool json, bool toml)
    {
        if (outcome.Settings is null)
        {
            return ProblemReport.Print(outcome.Problems);
        }
        Console.Out.Write(json ? ConfigText.Json(outcome) : toml ? ConfigText.Toml(outcome) : Make(outcome));
        return 0;
    }

    internal static string Make(SettingsOutcome outcome) =>
        (outcome.Apps.Count == 0 ? Table(outcome.Settings!, outcome) : Tables(outcome)) + Limits(outcome.Settings!);

    /// <summary>Those of the file: what the flag says is a setting.</summary>
    internal static IEnumerable<RouteSettings> LimitsOf(ServerSettings settings) =>
        settings.Limits.Where(static limit => limit.Place != SettingsReader.RateLimitFlag);

    private static string Limits(ServerSettings settings)
    {
        var table = new TextTable("HOST", "PATH", "LIMIT", "WHERE");
        foreach (var limit in LimitsOf(settings))
        {
            table.Add(string.Join(',', limit.Hosts), string.Join(',', limit.Paths), limit.Action.Describe(), limit.Place);
        }
        var text = new System.Text.StringBuilder("\n");
        table.Write(text, int.MaxValue);
        return LimitsOf(settings).Any() ? Visible.Lines(text.ToString()) : "";
    }

    /// <summary>What is for the whole server, then what each application has of its own.</summary>
    private static string Tables(SettingsOutcome outcome)
    {
        var first = outcome.Apps[0];
        var text = Table(first.Settings!, first, IsOfServer, hasTarget: false);
        return text + string.Concat(outcome.Apps.Select(static app =>
            $"\n[apps.{app.Settings!.App.Name}]\n" + Table(app.Settings!, app, static setting => setting.IsPerApp, hasTarget: true)));
    }

    /// <summary>Where there are several applications.</summary>
    internal static bool IsOfServer(Setting setting) => !setting.IsPerApp && setting.Name != "name";

    internal static string Table(ServerSettings settings, SettingsOutcome outcome) =>
        Table(settings, outcome, static _ => true, hasTarget: true);

    private static string Table(ServerSettings settings, SettingsOutcome outcome, Func<Setting, bool> isWanted, bool hasTarget)
    {
        var rows = new List<(string Name, string Value, string Source)>();
        if (hasTarget)
        {
            rows.Add(("target", settings.App.Target, outcome.TargetFrom ?? outcome.Search?.Only?.Why ?? "target"));
        }
        rows.AddRange(SettingTable.All.Where(isWanted)
            .Select(setting => (setting.Name, setting.Show(settings), Source(setting, settings, outcome))));
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
