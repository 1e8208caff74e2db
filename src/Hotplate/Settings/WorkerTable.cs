namespace Hotplate.Settings;

/// <summary>Settings of workers, threads and the queue before them.</summary>
internal static class WorkerTable
{
    public static IReadOnlyList<Setting> All { get; } =
    [
        new(SettingGroup.Workers, "workers", "N|MIN-MAX|auto", "Worker processes, 1 to 1024. MIN-MAX: another when requests wait for a tenth of a second and memory allows, one "
            + "fewer when half of them would do for a minute or memory gets short. auto: one for each CPU this process may use, a container's limit included, and down to two while little is to do; one where the application keeps its sessions in the process (Socket.IO). The "
            + "signals TTIN and TTOU make it one more and one fewer, and from then on the number stays.")
        {
            Letter = 'w',
            PlatformVariable = "WEB_CONCURRENCY",
            Read = (draft, text) => draft.Workers = ReadWorkers(draft, text),
            Show = settings => ShowWorkers(settings.Workers),
            DefaultText = "auto",
        },
        new(SettingGroup.Workers, "threads", "N|auto", "Most threads of one worker that run the application at a time, 1 to 1024. They are started only when requests "
            + "wait for blocked ones. With 1, for applications that are not thread-safe, the main thread runs all requests; with more it runs none, "
            + "as under gunicorn. auto: 256.")
        {
            Read = (draft, text) => draft.Workers = draft.Workers with
            {
                Threads = text == "auto" ? new WorkerSettings().Threads : Values.Whole(text, 1, 1024, or: "auto"),
            },
            Show = settings => settings.Workers.Threads.ToString(),
            DefaultText = "auto",
        },
        new(SettingGroup.Workers, "fair-queue", "N|off", "How many times the share of fast requests when fast and slow ones wait, 1 to 1000. off: first come, first served.")
        {
            Read = (draft, text) => draft.Workers = draft.Workers with { FairQueue = text == "off" ? 1 : Values.Whole(text, 1, 1000, or: "off") },
            Show = settings => settings.Workers.FairQueue == 1 ? "off" : settings.Workers.FairQueue.ToString(),
        },
        new(SettingGroup.Workers, "max-queue", "N", "Most requests that may wait for a worker, 0 to 1000000. The next gets 503.")
        {
            Read = (draft, text) => draft.Workers = draft.Workers with { MaxQueue = Values.Whole(text, 0, 1_000_000) },
            Show = settings => settings.Workers.MaxQueue.ToString(),
        },
        new(SettingGroup.Workers, "max-queue-time", "TIME", "How long a request may wait for a worker before it gets 503.")
        {
            Read = (draft, text) => draft.Workers = draft.Workers with { MaxQueueTime = Values.Duration(text, least: TimeSpan.FromMilliseconds(1)) },
            Show = settings => Values.Show(settings.Workers.MaxQueueTime),
        },
        new(SettingGroup.Workers, "affinity", "none|client|query:NAME|cookie:NAME", "Requests that belong together go to one worker for as long as it "
            + "lives: those of a client's address, or with the same value of a query argument or a cookie. For applications that keep sessions in a "
            + "process: query:sid for Socket.IO. One without the value goes where its client's others go.")
        {
            Read = (draft, text) => draft.Workers = draft.Workers with { Affinity = AffinityRule.Parse(text) },
            Show = settings => settings.Workers.Affinity?.ToString() ?? "none",
        },
        new(SettingGroup.Workers, "idle-stop", "TIME|none", "For applications in tables [apps.NAME]: one that nobody asks for so long ends, and the next "
            + "request, which waits, starts it. Such an application is not started with the server. From 1s.")
        {
            Read = (draft, text) => draft.Workers = draft.Workers with
            {
                IdleStop = text == "none" ? null : Values.Duration(text, least: TimeSpan.FromSeconds(1), most: TimeSpan.FromDays(365)),
            },
            Show = settings => settings.Workers.IdleStop is { } idle ? Values.Show(idle) : "none",
        },
        new(SettingGroup.Workers, "ready-work", "TIME|auto",
            "How much predicted work may lie ready at a busy worker, up to 1s; auto is by load: a share of what requests wait, 8ms at most.")
        {
            Read = (draft, text) => draft.Workers = draft.Workers with
            {
                ReadyWorkMicroseconds = text == "auto" ? null
                    : (int)Values.Duration(text, least: TimeSpan.Zero, most: TimeSpan.FromSeconds(1)).TotalMicroseconds,
            },
            Show = settings => settings.Workers.ReadyWorkMicroseconds is { } ready ? Values.Show(TimeSpan.FromMicroseconds(ready)) : "auto",
        },
    ];

    private static WorkerSettings ReadWorkers(SettingsDraft draft, string text)
    {
        if (text == "auto")
        {
            return draft.Workers.WithWorkersFor(draft.Cpus);
        }
        if (text.Split('-') is not [var least, var most])
        {
            var count = Values.Whole(text, 1, 1024, or: "MIN-MAX or auto");
            return draft.Workers with { Count = count, Least = count, Most = count, IsAuto = false };
        }
        var fewest = Values.Whole(least, 1, 1024);
        return draft.Workers with { Count = fewest, Least = fewest, Most = Values.Whole(most, fewest, 1024), IsAuto = false };
    }

    private static string ShowWorkers(WorkerSettings workers) =>
        workers.Least is not { } least || workers.Most is not { } most || least == most ? workers.Count.ToString()
        : workers.Count == most ? "auto"
        : $"{least}-{most}";
}
