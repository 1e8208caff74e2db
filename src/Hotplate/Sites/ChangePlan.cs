using System.Text.Json.Nodes;
using Hotplate.Apps;
using Hotplate.Settings;

namespace Hotplate.Sites;

/// <summary>What becomes of each application when a site follows another.</summary>
/// <param name="Apps">Of the next site, in its order: its settings, the one that stays as it is or null, and the one whose
/// place it takes or null.</param>
/// <param name="Gone">Those that no application of the next site has the name of.</param>
/// <param name="HasOtherRoutes">Requests go elsewhere.</param>
/// <param name="HasOtherLimits">They may come more often or less.</param>
/// <param name="ForNextStart">Settings that differ and are for the whole server: they are taken when it is started again.</param>
internal sealed record ChangePlan(
    IReadOnlyList<(ServerSettings Settings, App? Kept, App? Before)> Apps, IReadOnlyList<string> Gone, bool HasOtherRoutes,
    bool HasOtherLimits, IReadOnlyList<string> ForNextStart)
{
    internal static ChangePlan Make(IReadOnlyList<App> now, ServerSettings started, ServerSettings running, ServerSettings next)
    {
        var apps = next.Tenants.Select(settings =>
        {
            var before = now.FirstOrDefault(app => app.Name == settings.App.Name);
            return (settings, before is not null && IsSame(before.Settings, settings) ? before : null, before);
        }).ToList();
        return new ChangePlan(
            apps,
            [.. now.Select(static app => app.Name).Except(apps.Select(static app => app.settings.App.Name))],
            HasOther(RouteKind.Routes, running, next),
            HasOther(RouteKind.Limits, running, next) || running.Http.RateLimit != next.Http.RateLimit,
            [.. SettingTable.All.Where(one => !one.IsPerApp && !IsOfSite(one) && one.Show(next) != one.Show(started))
                .Select(static one => one.Name)]);
    }

    /// <summary>In words, a line for each that changes.</summary>
    internal string Describe()
    {
        var lines = Apps.Where(static app => app.Kept is null)
            .Select(static app => $"{app.Settings.App.Name}: "
                + (app.Before is null ? "new" : $"changed, {WhatDiffers(app.Before.Settings, app.Settings)}"))
            .Concat(Gone.Select(static name => $"{name}: gone"))
            .Concat(HasOtherRoutes ? ["routes: changed"] : [])
            .Concat(HasOtherLimits ? ["limits: changed"] : [])
            .Concat(ForNextStart.Select(static name => $"{name}: taken at the next start (hotplate upgrade loses no request)")).ToList();
        return lines.Count == 0 ? "nothing changes" : string.Join('\n', lines);
    }

    /// <summary>It is taken with the site, or names no setting of it.</summary>
    private static bool IsOfSite(Setting setting) => setting.Name is "rate-limit" or "name" or "config";

    private static bool HasOther(RouteKind kind, ServerSettings one, ServerSettings other) => !JsonNode.DeepEquals(
        ConfigDocument.Read(one.FileText)[kind.Table], ConfigDocument.Read(other.FileText)[kind.Table]);

    private static bool IsSame(ServerSettings one, ServerSettings other) => WhatDiffers(one, other).Length == 0;

    /// <summary>The keys, with commas between. Values may be secret.</summary>
    private static string WhatDiffers(ServerSettings one, ServerSettings other)
    {
        var keys = SettingTable.All.Where(setting => setting.IsPerApp && setting.Name is not ("env" or "config") && setting.Show(one) != setting.Show(other))
            .Select(static setting => setting.Name);
        var isOtherTarget = (one.App.Target, one.App.Script) != (other.App.Target, other.App.Script);
        var hasOtherVariables = !one.App.Environment.OrderBy(static pair => pair.Key, StringComparer.Ordinal)
            .SequenceEqual(other.App.Environment.OrderBy(static pair => pair.Key, StringComparer.Ordinal));
        string[] first = [.. isOtherTarget ? ["target"] : Array.Empty<string>(), .. hasOtherVariables ? ["env"] : Array.Empty<string>()];
        return string.Join(", ", first.Concat(keys));
    }
}
