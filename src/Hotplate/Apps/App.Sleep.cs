using Hotplate.Settings;
using Hotplate.Supervision;

namespace Hotplate.Apps;

/// <content>An application that nobody asks may end, and is started by the next request; one that is stopped waits for a command.</content>
internal sealed partial class App
{
    private readonly Lock waking = new();
    private int lastNumber;
    private volatile bool isStopped;

    /// <summary>Whoever was told to end, and has not yet.</summary>
    private volatile Task going = Task.CompletedTask;

    /// <summary>By a command: its requests get 503.</summary>
    internal bool IsStopped => isStopped;

    /// <summary>Lets it finish what it has, and ends it until it is reloaded.</summary>
    internal async Task<ReloadResult> StopByCommandAsync()
    {
        AppRun? ended;
        lock (waking)
        {
            if (isStopped)
            {
                return new ReloadResult(0, $"{Name} is stopped already");
            }
            isStopped = true;
            Handler.Waker = null;
            ended = Rest();
        }
        asked.TrySetResult();
        if (ended is not null && failure is null)
        {
            await (going = EndAsync(ended));
        }
        failure = null;
        shared.Log.AppStopped(Name);
        return new ReloadResult(0, $"{Name} is stopped, and its requests get 503. hotplate reload {Name} starts it again");
    }

    private void StartAgain()
    {
        isStopped = false;
        Handler.Waker = Settings.Workers.IdleStop is null ? null : WakeAsync;
        Begin();
    }

    /// <summary>Not on the thread of the request: it takes a millisecond or two.</summary>
    private Task WakeAsync() => Task.Run(() =>
    {
        if (Begin())
        {
            shared.Log.AppWakes(Name);
        }
    });

    /// <summary>Makes a pool where requests wait, and workers for it. False: there is one.</summary>
    private bool Begin()
    {
        lock (waking)
        {
            if (run is not null || isStopped || gone.IsCancellationRequested)
            {
                return false;
            }
            run = NewRun();
            Handler.Pool = run.Pool;
        }
        _ = Task.Run(KeepAsync);
        return true;
    }

    /// <summary>Gives requests to what has come to serve, unless it was stopped meanwhile.</summary>
    private void Serve(AppRun? begun)
    {
        lock (waking)
        {
            if (begun is not null && begun == run)
            {
                Handler.Pool = begun.Pool;
                Handler.Waker = Settings.Workers.IdleStop is null ? null : WakeAsync;
            }
            else if (begun is not null)
            {
                failure = null;
            }
        }
    }

    private AppRun NewRun() => new(Settings, shared, History, LastNumber + 1);

    /// <summary>Under the lock. Whoever asks from now on finds nobody.</summary>
    private AppRun? Rest()
    {
        var ended = run;
        lastNumber = LastNumber;
        run = null;
        Handler.Pool = null;
        return ended;
    }

    private async Task SleepWhenIdleAsync(AppRun running, TimeSpan idle)
    {
        var look = TimeSpan.FromMilliseconds(Math.Clamp(idle.TotalMilliseconds / 10, 50, 5_000));
        var (answered, since) = (-1L, shared.Time.GetTimestamp());
        while (running == run && !gone.IsCancellationRequested)
        {
            await Task.Delay(look, shared.Time, gone.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            var now = running.Workers.Sum(static process => process.Worker.Answers);
            if (now != answered || running.Requests > 0 || running.Pool.IsPaused || running.Supervisor.IsReloading)
            {
                (answered, since) = (now, shared.Time.GetTimestamp());
            }
            else if (shared.Time.GetElapsedTime(since) >= idle)
            {
                lock (waking)
                {
                    if (running != run || isStopped || gone.IsCancellationRequested)
                    {
                        return;
                    }
                    Rest();
                }
                shared.Log.AppSleeps(Name, Values.Show(idle));
                going = EndAsync(running);
                return;
            }
        }
    }

    /// <summary>Whoever found it a moment ago is refused by its pool, and asks again.</summary>
    private async Task EndAsync(AppRun ended)
    {
        using var patience = new CancellationTokenSource(Settings.GracefulTimeout, shared.Time);
        await ended.StopAsync(patience.Token);
        await ended.DisposeAsync();
    }
}
