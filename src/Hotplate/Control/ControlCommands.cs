using System.Text.Json;
using Hotplate.Apps;
using Hotplate.Settings;
using Hotplate.Sites;
using Hotplate.Supervision;
using Hotplate.Workers;

namespace Hotplate.Control;

/// <summary>What the commands of the control API do.</summary>
/// <param name="addresses">Where the server listens, as it knows at the moment.</param>
internal sealed class ControlCommands(CurrentSite site, Func<IEnumerable<string>> addresses, TimeProvider time)
{
    private static readonly TimeSpan StackPatience = TimeSpan.FromSeconds(5);

    /// <summary>The server is about to end.</summary>
    internal bool Stopping { get; set; }

    /// <summary>Another process serves in its place, or is about to.</summary>
    internal bool IsReplaced { get; set; }

    /// <summary>The file has tables for applications.</summary>
    internal bool IsForSeveral { get; init; }

    /// <summary>The server's.</summary>
    internal required Func<TimeSpan> Uptime { get; init; }

    internal required Func<Task<ReloadResult>> Upgrade { get; init; }

    /// <summary>Reads a file of settings, null for the one that was read last, and serves what it says; or only tells what that would
    /// be.</summary>
    internal required Func<string?, bool, Task<ReloadResult>> Apply { get; init; }

    internal required Func<ReloadResult> Stop { get; init; }

    /// <summary>The file of the server's own log; null: its standard error.</summary>
    internal string? Log { get; init; }

    internal required Func<bool> IsUpgrading { get; init; }

    /// <summary>The applications that are meant.</summary>
    /// <param name="name">Null: all.</param>
    /// <returns>None: there is none of that name, and <paramref name="refusal"/> says so.</returns>
    internal IReadOnlyList<App> Find(string? name, out ReloadResult refusal)
    {
        var all = site.Now.Apps;
        refusal = new ReloadResult(
            1, $"HP409  there is no application {name} here. There are {string.Join(", ", all.Select(static app => app.Name))}.");
        return name is null ? all : [.. all.Where(app => app.Name == name)];
    }

    internal async Task<ReloadResult> PauseAsync(IReadOnlyList<App> all)
    {
        var apps = all.Where(static app => !app.IsStopped && app.Failure is null).ToList();
        if (apps.Count == 0)
        {
            return new ReloadResult(1, $"HP410  {all[0].Name} does not run, so its requests do not wait: they get 503.");
        }
        using var patience = new CancellationTokenSource(apps.Max(static app => app.Settings.GracefulTimeout), time);
        var running = await Task.WhenAll(apps.Select(app => app.PauseAsync(patience.Token)));
        return new ReloadResult(0, string.Join('\n', apps.Zip(running, static (app, count) =>
            $"{app.Name} is paused: requests wait, up to {app.Settings.Workers.MaxQueue} of them and each for "
            + $"{Values.Show(app.Settings.Workers.MaxQueueTime)}. "
            + (count switch
            {
                0 => "None runs.",
                1 => "1 that began before still runs.",
                _ => $"{count} that began before still run.",
            }))));
    }

    internal static ReloadResult Resume(IReadOnlyList<App> apps)
    {
        var waited = apps.Select(static app => app.Run?.Pool.Waiting ?? 0).ToList();
        foreach (var app in apps)
        {
            app.Run?.Pool.Resume();
        }
        return new ReloadResult(0, string.Join('\n', apps.Zip(waited, static (app, count) =>
            $"{app.Name} serves again: {(count == 1 ? "1 request" : $"{count} requests")} waited")));
    }

    /// <param name="order">How each is tried before it takes over; null: it is not.</param>
    internal async Task<ReloadResult> ReloadAsync(IReadOnlyList<App> apps, CanaryOrder? order)
    {
        if (IsUpgrading())
        {
            // A program that has begun loads the code as it is now.
            const string why = "an upgrade is under way, which loads the application anew. Wait until it is decided: the log tells of it.";
            return new ReloadResult(1, $"HP501  {apps[0].Name}: {why}");
        }
        if (apps.Count == 1)
        {
            return await apps[0].ReloadAsync(order);
        }
        var results = await Task.WhenAll(apps.Select(app => app.ReloadAsync(order)));
        return new ReloadResult(
            results.Max(static one => one.Code),
            string.Join('\n', apps.Zip(results, static (app, one) => one.Code == 0 ? $"{app.Name}: {one.Message}" : one.Message)));
    }

    /// <summary>Ends an application until it is reloaded.</summary>
    internal Task<ReloadResult> StopAsync(App app) => IsForSeveral
        ? app.StopByCommandAsync()
        : Task.FromResult(new ReloadResult(1, $"HP410  {app.Name} is all that this server serves. hotplate stop ends the server."));

    /// <summary>From now on there are so many workers, as after TTIN and TTOU.</summary>
    internal static ReloadResult Scale(IReadOnlyList<App> all, int workers)
    {
        var apps = all.Where(static app => app.Run is not null).ToList();
        if (apps.Count == 0)
        {
            return new ReloadResult(1, $"HP410  {all[0].Name} does not run: it begins with as many workers as its settings say.");
        }
        var before = apps.Select(static app => app.Run!.Supervisor.Workforce.Wanted).ToList();
        foreach (var (app, wanted) in apps.Zip(before))
        {
            app.Pin(workers - wanted);
        }
        return new ReloadResult(0, string.Join('\n', apps.Zip(before, static (app, wanted) =>
            $"{app.Name} is to have {Count(app.Run!.Supervisor.Workforce.Wanted)}, and had {wanted}")));

        static string Count(int workers) => workers == 1 ? "1 worker" : $"{workers} workers";
    }

    internal IReadOnlyList<RequestStatus> Requests() =>
        [.. site.Now.Apps.SelectMany(static app => (app.Run?.Look() ?? []).Select(view => Describe(view, app.Name)))
            .OrderByDescending(static request => request.Age)];

    internal async Task<IReadOnlyList<WorkerStacks>> StacksAsync()
    {
        var asked = site.Now.Apps.SelectMany(static app => app.Run?.Workers ?? [])
            .Where(static process => process.Worker.State is WorkerState.Ready or WorkerState.Draining)
            .Select(static process => (Process: process, Text: process.Worker.DumpStacksAsync())).ToList();
        await Task.WhenAny(Task.WhenAll(asked.Select(static one => one.Text)), Task.Delay(StackPatience, time));
        return [.. asked.Select(static one => new WorkerStacks
        {
            Worker = one.Process.Worker.Pid,
            Generation = one.Process.Generation.Number,
            Text = one.Text.IsCompletedSuccessfully ? one.Text.Result : "",
        })];
    }

    /// <summary>Which route a request takes.</summary>
    /// <exception cref="FormatException">The address is none.</exception>
    internal RouteReport Explain(string method, string url)
    {
        var now = site.Now;
        return RouteReport.Make(now.Routes, now.Limits, now.Rest?.App.Name, method, url);
    }

    /// <summary>Ends a request for its client.</summary>
    internal ReloadResult Kill(string id)
    {
        var killed = id.Length == 0 ? [] : site.Now.Apps.SelectMany(app => app.Run?.Kill(id) ?? []).ToList();
        return killed.Count == 0
            ? new ReloadResult(1, $"HP407  no request {id} waits or runs here. hotplate ps lists those that do.")
            : new ReloadResult(0, string.Join('\n', killed.Select(Tell)));
    }

    private static string Tell(RequestView killed) => $"{killed.Name} was ended" + killed.Phase switch
    {
        RequestPhase.Waiting or RequestPhase.Ready => ", which no worker had begun",
        _ => $" for its client; its thread in worker {killed.Worker!.Pid} gets an exception as soon as it runs Python code",
    };

    private static RequestStatus Describe(RequestView view, string app) => new()
    {
        Id = view.Name?.Id ?? "-",
        Phase = Word(view.Phase),
        Age = Math.Round(view.Age / 1e9, 6),
        QueueTime = Math.Round(view.QueueTime / 1e9, 6),
        Method = view.Name?.Method ?? "-",
        Path = view.Name?.Target ?? "-",
        App = app,
        Worker = view.Worker?.Pid,
        Thread = view.Thread == 0 ? null : view.Thread,
    };

    internal IReadOnlyList<AppStatus> Apps() => [.. site.Now.Apps.Select(Describe)];

    internal ServerStatus Status()
    {
        var apps = Apps().ToList();
        var first = apps[0];
        return new ServerStatus
        {
            Version = typeof(ControlCommands).Assembly.GetName().Version!.ToString(3),
            Pid = Environment.ProcessId,
            State = IsReplaced ? "replaced" : Stopping ? "stopping"
                : apps.Count == 1 ? first.State
                : apps.Exists(static app => app.State == "starting") ? "starting"
                : apps.Exists(static app => app.State == "reloading") ? "reloading" : "serving",
            Uptime = Seconds(Uptime()),
            App = first.App,
            Target = first.Target,
            Log = Log,
            Python = first.Python,
            Addresses = [.. addresses()],
            Waiting = apps.Sum(static app => app.Waiting),
            InFlight = apps.Sum(static app => app.InFlight),
            Generations = first.Generations,
            Restarts = first.Restarts,
            Deaths = first.Deaths,
            Poisons = first.Poisons,
            Canary = first.Canary,
            LastReload = first.LastReload,
            Apps = IsForSeveral ? apps : null,
        };
    }

    internal AppStatus Describe(App app)
    {
        var run = app.Run;
        var (supervisor, pool, history) = (run?.Supervisor, run?.Pool, app.History);
        return new AppStatus
        {
            App = app.Name,
            Target = app.Settings.App.Target,
            State = app.Failure is not null ? "down"
                : supervisor is null ? app.IsStopped ? "stopped" : "asleep"
                : !supervisor.Started.IsCompleted ? "starting"
                : supervisor.IsReloading ? "reloading"
                : pool!.IsPaused ? "paused" : "serving",
            Why = app.Failure?.Message,
            Python = supervisor?.Serving.Python ?? "",
            Waiting = pool?.Waiting ?? 0,
            InFlight = run?.InFlight ?? 0,
            Generations = [.. supervisor?.Generations.Select(generation => Describe(pool!, generation)) ?? []],
            Restarts = new SortedDictionary<string, long>(history.Restarts.ToDictionary(), StringComparer.Ordinal),
            Deaths = [.. history.Deaths.Select(death => new DeathStatus
            {
                Ago = Seconds(time.GetElapsedTime(death.At)),
                Pid = death.Pid,
                Generation = death.Generation,
                Reason = death.Reason,
            })],
            Poisons = [.. (pool?.Poisons.All ?? []).Select(poison => new PoisonStatus
            {
                Ago = Seconds(time.GetElapsedTime(poison.At)),
                Method = poison.Name.Method,
                Path = poison.Name.Target,
                Count = poison.Count,
                Id = poison.Name.Id,
            })],
            Canary = supervisor?.Canary is not { } canary ? null : Describe(canary),
            LastReload = history.LastReload is not { } last ? null : new ReloadStatus
            {
                Ago = Seconds(time.GetElapsedTime(last.At)),
                Generation = last.Generation,
                Outcome = Word(last.Outcome),
                Message = last.Message,
                Error = last.Error,
            },
        };
    }

    private static CanaryStatus Describe(Canary canary)
    {
        var (tried, old) = canary.Compare();
        return new CanaryStatus
        {
            Generation = canary.Generation.Number,
            Share = Math.Round(canary.Order.Share, 5),
            Left = Seconds(canary.Left),
            New = Describe(tried),
            Old = Describe(old),
        };
    }

    private static AnswerStatus Describe(AnswerView view) =>
        new() { Answers = view.Answers, ServerErrors = view.ServerErrors, P99 = view.Answers == 0 ? null : view.P99 / 1e6 };

    private GenerationStatus Describe(WorkerPool pool, Generation generation) => new()
    {
        Number = generation.Number,
        State = Word(generation.State),
        ZygotePid = generation.ZygotePid,
        Workers = [.. generation.Workers.OrderBy(static process => process.Id).Select(process => Describe(pool, process))],
    };

    private WorkerStatus Describe(WorkerPool pool, WorkerProcess process) => new()
    {
        Id = process.Id,
        Pid = process.Worker.Pid,
        State = Word(process.Worker.State),
        Uptime = Seconds(time.GetElapsedTime(process.StartedAt)),
        InFlight = process.Worker.InFlight,
        Concurrency = process.Worker.Concurrency,
        Answered = process.Worker.Answers,
        ServerErrors = process.Worker.ServerErrors,
        GilWait = Math.Round(pool.GilWait(process.Worker), 6),
        Cpu = ProcessTimes.CpuSeconds(process.Worker.Pid),
        Memory = ProcessTimes.ResidentBytes(process.Worker.Pid),
    };

    private static double Seconds(TimeSpan time) => Math.Round(time.TotalSeconds, 3);

    private static string Word(Enum value) => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());
}
