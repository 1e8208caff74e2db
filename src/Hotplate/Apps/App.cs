using System.ComponentModel;
using Hotplate.Settings;
using Hotplate.Supervision;

namespace Hotplate.Apps;

/// <summary>One application of a site: what requests meet, whether it runs or not, and what runs of it.</summary>
internal sealed partial class App : IAsyncDisposable
{
    private static readonly TimeSpan s_firstRest = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_longestRest = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(20);
    private readonly AppSurroundings shared;
    private readonly CancellationTokenSource gone;
    private readonly TaskCompletionSource decided = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource tried = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile AppRun? run;
    private volatile ReloadResult? failure;

    /// <param name="settings">What a server for this application alone would be told.</param>
    /// <param name="before">The one whose place it takes; null: there was none of that name.</param>
    internal App(ServerSettings settings, AppSurroundings shared, App? before = null)
    {
        this.shared = shared;
        Settings = settings;
        gone = CancellationTokenSource.CreateLinkedTokenSource(shared.Ending);
        History = before?.History ?? new ServiceHistory(shared.Time);
        lastNumber = before?.LastNumber ?? 0;
        // Who sleeps costs nothing until somebody asks, not even threads and timers.
        run = settings.Workers.IdleStop is not null && before?.run is null ? null : NewRun();
        Handler = new AppHandler(settings.App, settings.Http, run?.Pool, shared.Spool, shared.Memory)
        {
            Notices = new RouteNotices(shared.Log, () => run?.Supervisor.Serving.Number ?? lastNumber),
            Affinity = settings.Workers.Affinity,
            Waker = settings.Workers.IdleStop is null ? null : WakeAsync,
        };
    }

    internal ServerSettings Settings { get; }

    internal string Name => Settings.App.Name;

    internal AppHandler Handler { get; }

    /// <summary>What became of it since the server first had it.</summary>
    internal ServiceHistory History { get; }

    /// <summary>What runs of it, or ran until it could not be started again; null: it sleeps, or was stopped.</summary>
    internal AppRun? Run => run;

    /// <summary>Of its last generation; 0: there was none.</summary>
    internal int LastNumber => run?.Supervisor.LastNumber ?? lastNumber;

    /// <summary>Why it does not run; null: it does, or is about to.</summary>
    internal ReloadResult? Failure => failure;

    /// <summary>Completes when it serves or could not be started: see <see cref="KeepAsync"/>.</summary>
    internal Task Decided => decided.Task;

    /// <summary>Starts it, once. Null: a worker serves.</summary>
    internal async Task<ReloadResult?> StartAsync(CancellationToken giveUp)
    {
        if (run is not { } begun)
        {
            // The first request starts it.
            return null;
        }
        try
        {
            begun.Supervisor.Start();
            var failed = await begun.Supervisor.StartedAsync(giveUp);
            if (failed is null && Settings.Workers.IdleStop is { } idle)
            {
                _ = SleepWhenIdleAsync(begun, idle);
            }
            return failed;
        }
        catch (Exception error) when (error is IOException or Win32Exception)
        {
            return new ReloadResult(1, error is Win32Exception ? StartFailure.Explain(Settings.App, error) : error.Message);
        }
    }

    /// <summary>Starts it; where that fails tries again, after longer and longer rests, until it serves. Others are not held up.</summary>
    internal async Task KeepAsync()
    {
        var stop = gone.Token;
        for (var rest = s_firstRest; ; rest = rest * 2 < s_longestRest ? rest * 2 : s_longestRest)
        {
            var begun = run;
            failure = await StartAsync(stop);
            if (failure is null || stop.IsCancellationRequested || begun is null || begun != run)
            {
                Serve(begun);
                Decide();
                return;
            }
            shared.Log.AppDown(Name, failure.Headline.TrimEnd('.'), Values.Show(rest));
            // Nobody waits for what is broken.
            Handler.Waker = null;
            Handler.Pool = null;
            begun.Pool.TurnAway();
            await begun.DisposeAsync();
            Decide();
            await Task.WhenAny(asked.Task, Task.Delay(rest, shared.Time, stop));
            asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
            if (stop.IsCancellationRequested || begun != run)
            {
                // Whoever waits for a verdict has it.
                Decide();
                return;
            }
            run = NewRun();
        }
    }

    /// <summary>Loads it anew; where it does not run, tries at once whether it will. For a signal, whose sender is told nothing.</summary>
    internal void Reload()
    {
        if (failure is null)
        {
            _ = run?.Supervisor.ReloadInTurnAsync();
        }
        asked.TrySetResult();
    }

    /// <summary>The same for somebody who waits for what comes of it.</summary>
    /// <param name="order">How it is tried before it takes over, where there is something that it follows; null: it is not.</param>
    internal async Task<ReloadResult> ReloadAsync(CanaryOrder? order = null)
    {
        if (failure is null && run is { } running)
        {
            return await running.Supervisor.ReloadAsync(order);
        }
        if (run is null && !isStopped)
        {
            return new ReloadResult(0, "it sleeps: the next request loads the code as it is then");
        }
        var verdict = tried.Task;
        if (isStopped)
        {
            StartAgain();
        }
        asked.TrySetResult();
        await verdict;
        return failure ?? new ReloadResult(0, $"generation {run?.Supervisor.Serving.Number ?? lastNumber} serves");
    }

    /// <summary>From now on its requests wait. Completes when none runs any more, or <paramref name="giveUp"/>.</summary>
    /// <returns>How many run yet.</returns>
    internal async Task<int> PauseAsync(CancellationToken giveUp)
    {
        if (Handler.Sleeps)
        {
            await WakeAsync();
        }
        if (run is not { } running)
        {
            return 0;
        }
        running.Pool.Pause();
        while (running.InFlight > 0 && !giveUp.IsCancellationRequested)
        {
            await Task.Delay(s_look, shared.Time, CancellationToken.None);
        }
        return running.InFlight;
    }

    /// <summary>The server is to stop: answers ask the client to come back on another connection, and nothing is loaded any more.</summary>
    internal void Halt()
    {
        Handler.Stopping = true;
        if (failure is null)
        {
            run?.Supervisor.Halt();
        }
    }

    /// <summary>Lets what is in hand finish until <paramref name="patience"/> is over. Where it is down nothing is.</summary>
    internal Task StopAsync(CancellationToken patience) =>
        failure is null && run is { } running ? Task.WhenAll(running.StopAsync(patience), going) : going;

    /// <summary>One worker more or fewer from now on. What is down begins with as many as its settings say.</summary>
    internal void Pin(int change)
    {
        if (failure is null)
        {
            run?.Supervisor.Pin(change);
        }
    }

    /// <summary>It is no part of the site any more: lets it finish what it has, then ends it.</summary>
    /// <param name="successor">Who gets what still comes for it; null: nobody.</param>
    internal async Task RetireAsync(App? successor)
    {
        if (successor is not null)
        {
            Handler.Follow(successor.Handler);
        }
        await gone.CancelAsync();
        using var patience = new CancellationTokenSource(Settings.GracefulTimeout, shared.Time);
        // What waits in its queue is begun by its own workers yet.
        while (run?.Requests > 0 && !patience.IsCancellationRequested)
        {
            await Task.Delay(s_look, shared.Time, CancellationToken.None);
        }
        await StopAsync(patience.Token);
        await DisposeAsync();
    }

    /// <summary>Says so where memory is too short for as many workers as are wanted.</summary>
    internal void TellFewer()
    {
        if (run?.Supervisor.Workforce.Wanted is { } wanted && wanted < Settings.Workers.Count)
        {
            shared.Log.FewerForMemory(Name, wanted, Settings.Workers.Count);
        }
    }

    /// <summary>"shop, 2 workers".</summary>
    internal string Describe() => failure is not null ? $"{Name} does not run"
        : run is not { } running ? isStopped ? $"{Name} is stopped" : $"{Name} sleeps"
        : running.Supervisor.Workforce.Wanted is 1 ? $"{Name}, 1 worker"
        : $"{Name}, {running.Supervisor.Workforce.Wanted} workers";

    public async ValueTask DisposeAsync()
    {
        await gone.CancelAsync();
        if (run is { } running)
        {
            await running.DisposeAsync();
        }
        await going;
        gone.Dispose();
    }

    private void Decide()
    {
        decided.TrySetResult();
        Interlocked.Exchange(ref tried, new(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();
    }
}
