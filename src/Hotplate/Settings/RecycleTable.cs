namespace Hotplate.Settings;

/// <summary>Settings of when a worker is replaced by a fresh one.</summary>
internal static class RecycleTable
{
    private const long LeastMemory = 1 << 20;
    private const long MostMemory = 1L << 50;

    public static IReadOnlyList<Setting> All { get; } =
    [
        new(SettingGroup.Recycling, "max-requests", "N", "Requests that a worker answers before it is replaced, up to 2000000000; 0 is no limit. Its successor is ready before it "
            + "finishes what it has and ends, and never are two replaced at a time: so are those of the other limits, but the hard one.")
        {
            Read = (draft, text) => draft.Recycle = draft.Recycle with { MaxRequests = Values.Whole(text, 0, 2_000_000_000) },
            Show = settings => settings.Recycle.MaxRequests.ToString(),
        },
        new(SettingGroup.Recycling, "max-requests-jitter", "N", "Up to so many more than --max-requests for each worker, by chance, so that not all come to it together.")
        {
            Read = (draft, text) => draft.Recycle = draft.Recycle with { MaxRequestsJitter = Values.Whole(text, 0, 100_000_000) },
            Show = settings => settings.Recycle.MaxRequestsJitter.ToString(),
        },
        new(SettingGroup.Recycling, "max-worker-memory", "SIZE|none", "Resident memory (as ps and top show it) above which a worker is replaced, when it is at least ten seconds old.")
        {
            Read = (draft, text) => draft.Recycle = draft.Recycle with { MaxWorkerMemory = Memory(text) },
            Show = settings => Show(settings.Recycle.MaxWorkerMemory),
        },
        new(SettingGroup.Recycling, "max-worker-memory-hard", "SIZE|none", "Resident memory above which a worker is killed at once. The log names the requests that ran; they are treated "
            + "as those of any worker that dies.")
        {
            Read = (draft, text) => draft.Recycle = draft.Recycle with { MaxWorkerMemoryHard = Memory(text) },
            Show = settings => Show(settings.Recycle.MaxWorkerMemoryHard),
        },
        new(SettingGroup.Recycling, "max-worker-age", "TIME|none", "How old a worker may get, less up to a tenth by chance.")
        {
            Read = (draft, text) => draft.Recycle = draft.Recycle with
            {
                MaxWorkerAge = text == "none" ? null : Values.Duration(text, least: TimeSpan.FromSeconds(1), most: TimeSpan.FromDays(365)),
            },
            Show = settings => settings.Recycle.MaxWorkerAge is { } age ? Values.Show(age) : "none",
        },
    ];

    /// <summary>What each value allows, the others may forbid.</summary>
    public static string? Contradiction(RecycleSettings settings) =>
        settings.MaxWorkerMemoryHard < settings.MaxWorkerMemory
            ? $"{Values.ShowSize(settings.MaxWorkerMemoryHard.Value)} is less than --max-worker-memory {Values.ShowSize(settings.MaxWorkerMemory.Value)}, so no worker would "
                + "ever be replaced in time. Give the hard limit more."
            : null;

    private static long? Memory(string text) => text == "none" ? null : Values.Size(text, LeastMemory, MostMemory, or: "none");

    private static string Show(long? size) => size is { } bytes ? Values.ShowSize(bytes) : "none";
}
