namespace Hotplate.Settings;

/// <summary>Settings of how a new generation proves itself.</summary>
internal static class ReloadTable
{
    public static IReadOnlyList<Setting> All { get; } =
    [
        new(SettingGroup.Reloading, "health-path", "/PATH|none", "A path that each new worker must answer with 2xx or 3xx before it gets requests.")
        {
            Read = (draft, text) => draft.Reload = draft.Reload with { HealthPath = text == "none" ? null : Values.LocalPath(text) },
            Show = settings => settings.Reload.HealthPath ?? "none",
        },
        new(SettingGroup.Reloading, "warmup", "/PATH", "A path that each new worker is asked for before it gets requests, at the start, after a reload and in another's place; may be given several "
            + "times. A worker in another's place serves at once when no other does or clients wait for a second, and is asked beside. After a reload no answer within --start-timeout is a failure; "
            + "otherwise no answer and 5xx are logged once, and the worker serves.")
        {
            Repeatable = true,
            Read = (draft, text) => draft.Reload = draft.Reload with { Warmup = [.. draft.Reload.Warmup, Values.LocalPath(text)] },
            Show = settings => settings.Reload.Warmup.Count == 0 ? "none" : string.Join(',', settings.Reload.Warmup),
        },
        new(SettingGroup.Reloading, "watch", "TIME", "How long after a reload the new generation is rolled back when it fails; 0 is never.")
        {
            Read = (draft, text) => draft.Reload = draft.Reload with { Watch = Values.Duration(text, least: TimeSpan.Zero) },
            Show = settings => Values.Show(settings.Reload.Watch),
        },
        new(SettingGroup.Reloading, "start-timeout", "TIME", "How long the application may take to load, at the first start too, and a new generation to load, warm up and answer the health path.")
        {
            Read = (draft, text) => draft.Reload = draft.Reload with { StartTimeout = Values.Duration(text, least: TimeSpan.FromSeconds(1)) },
            Show = settings => Values.Show(settings.Reload.StartTimeout),
        },
    ];
}
