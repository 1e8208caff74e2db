namespace Hotplate.Settings;

/// <summary>Settings of how long a request may run.</summary>
internal static class TimeLimitTable
{
    public static IReadOnlyList<Setting> All { get; } =
    [
        new(SettingGroup.Workers, "timeout", "TIME", "How long a request may run without giving its client anything: until the answer begins, then between its "
            + "pieces. After that the client gets 504, the log the Python stack, and the request is ended. 0: no limit.")
        {
            Letter = 't',
            Read = (draft, text) => draft.Workers = draft.Workers with { Timeout = Values.Duration(text, least: TimeSpan.Zero) },
            Show = settings => Values.Show(settings.Workers.Timeout),
        },
        new(SettingGroup.Workers, "slow-request", "TIME|off", "From when on a request that gives its client nothing is logged with its Python stack, while it runs.")
        {
            Read = (draft, text) => draft.Workers = draft.Workers with { SlowRequest = text == "off" ? TimeSpan.Zero : Values.Duration(text, least: TimeSpan.Zero) },
            Show = settings => settings.Workers.SlowRequest == TimeSpan.Zero ? "off" : Values.Show(settings.Workers.SlowRequest),
        },
    ];
}
