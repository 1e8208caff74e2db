namespace Hotplate.Settings;

/// <content>A file with applications in tables: each is read as if it were the only one, with what the file says for all of them.</content>
internal sealed partial class SettingsReader
{
    private SettingsOutcome ReadSeveral(
        HotplateFile file, string? target, IReadOnlyList<GivenFlag> flags, IReadOnlyList<GivenFlag>? variable, List<string> warnings)
    {
        var apps = file.Apps;
        if (file.Target is not null)
        {
            const string twice = "each table [apps.NAME] of the file has a target of its own. Move this key into the right one.";
            _problems.Add(new SettingsProblem(ErrorCode.UnknownKey, $"{file.TargetPlace!.At} target", twice));
        }
        if (target is not null)
        {
            var all = string.Join(", ", apps.Select(static app => app.Name));
            _problems.Add(new SettingsProblem(
                ErrorCode.BadTarget, target, $"the file names what is served: {all}. Leave the target away, or the file: --config none."));
        }
        if (development)
        {
            var named = _draft.Name ?? (apps.Count == 1 ? apps[0].Name : null);
            apps = [.. apps.Where(app => app.Name == named)];
            if (apps.Count == 0)
            {
                var words = string.Join(", ", file.Apps.Select(static app => app.Name));
                _problems.Add(new SettingsProblem(
                    ErrorCode.SeveralApplications, "hotplate dev",
                    $"one application is developed at a time. Name one with --name: {words}."));
            }
        }
        if (!_isFileWrong && !development)
        {
            CheckRoutes(apps, warnings);
        }
        var outcomes = apps.Select(app =>
            new SettingsReader(environment, currentDirectory, cpus, development, run, app, whole: file)
                .Read((string?)null, flags, variable)).ToList();
        _problems.AddRange(outcomes.SelectMany(static one => one.Problems));
        foreach (var (app, outcome) in apps.Zip(outcomes))
        {
            if (outcome.Settings is not null || outcome.Problems.Count > 0)
            {
                continue;
            }
            var found = outcome.Search?.Found.Count switch
            {
                null or 0 => "no application was found in its folder",
                var many => $"{many} applications were found in its folder",
            };
            _problems.Add(new SettingsProblem(ErrorCode.NoApplication, app.Place, $"{found}. Name one: target = \"shop:app\".{app.Line}"));
        }
        var problems = _problems.Distinct().ToList();
        var settings = problems.Count > 0 || outcomes.Count == 0 ? null : outcomes[0].Settings! with
        {
            Apps = [.. outcomes.Select(static one => one.Settings!)],
            Routes = _routes,
            RoutesText = _routesText,
            Limits = AllLimits(outcomes[0].Settings!.Http),
            FileText = _fileText,
        };
        return new SettingsOutcome(settings, null, problems, outcomes.Count == 0 ? _sources : outcomes[0].Sources, [
            .. warnings.Concat(outcomes.SelectMany(static one => one.Warnings)).Distinct()])
        {
            Json = _draft.Log.Json,
            Apps = outcomes,
        };
    }

    /// <summary>Whether requests come to each of them.</summary>
    private void CheckRoutes(IReadOnlyList<FileApp> apps, List<string> warnings)
    {
        if (apps.Count == 1 && _routes.All(static route => !route.Apps.Any()))
        {
            return;
        }
        if (_routes.Count == 0)
        {
            var second = apps[1];
            const string what = "there are several applications, and no route says which gets what. Write one for each:";
            var example = string.Concat(apps.Select(static app =>
                $"\n  [[routes]]\n  host = \"{app.Name}.example.org\"\n  app = \"{app.Name}\""));
            _problems.Add(new SettingsProblem(ErrorCode.BadRoute, $"{second.Place} apps.{second.Name}", what + example));
            return;
        }
        var led = _routes.SelectMany(static route => route.Apps).ToHashSet(StringComparer.Ordinal);
        warnings.AddRange(apps.Where(app => !led.Contains(app.Name))
            .Select(static app => $"{app.Place}: no route leads to {app.Name}, so it runs and gets no requests."));
    }
}
