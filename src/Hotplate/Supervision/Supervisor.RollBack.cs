namespace Hotplate.Supervision;

/// <content>After a swap: the old generation is kept for a while, and serves again when the new one does badly.</content>
internal sealed partial class Supervisor
{
    /// <summary>Keeps the old zygote for a while; when the new generation does badly, the old one serves again.</summary>
    private void Watch(Generation next, Generation old, double before)
    {
        watching?.Dispose();
        watching = new CancellationTokenSource();
        _ = WatchAsync(next, old, before, watching.Token);
    }

    private async Task WatchAsync(Generation next, Generation old, double before, CancellationToken cancel)
    {
        var began = context.Time.GetTimestamp();
        try
        {
            while (context.Time.GetElapsedTime(began) < settings.Watch)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(100), context.Time, cancel);
                var why = next.Deaths > 0 ? "a worker of it died" : FailsMore(next, before) ? "it fails more often" : null;
                if (why is not null)
                {
                    RollBack(next, old, why);
                    return;
                }
            }
        }
        catch (OperationCanceledException)
        {
            return;
        }
        await reloading.WaitAsync(CancellationToken.None);
        try
        {
            // Another reload, meanwhile, has ended it already. Whoever reloads next waits for the end, and is not refused because of it.
            if (!cancel.IsCancellationRequested)
            {
                RetireParked();
            }
        }
        finally
        {
            reloading.Release();
        }
    }

    /// <summary>Twenty answers or more, and a fifth of all beyond the old share is 5xx: chance does not do that.</summary>
    private static bool FailsMore(Generation next, double before) => ErrorShare(next, out var answers) > before + 0.2 && answers >= 20;

    private static double ErrorShare(Generation generation, out long answers)
    {
        var workers = generation.Workers;
        answers = workers.Sum(process => process.Worker.Answers);
        return answers == 0 ? 0 : (double)workers.Sum(process => process.Worker.ServerErrors) / answers;
    }

    private void RollBack(Generation next, Generation old, string why)
    {
        if (old.State != GenerationState.Parked || !old.CanServeAgain)
        {
            var because = old.State == GenerationState.Parked ? "none of its processes that has the old code in memory is left" : "the old zygote is gone";
            context.Log.CannotRollBack(context.App.Name, next.Number, why, because);
            return;
        }
        context.Log.RolledBack(context.App.Name, next.Number, old.Number, why);
        context.History.Reloaded(next.Number, ReloadOutcome.RolledBack, new ReloadResult(
            3, $"HP509  {context.App.Name}: rolled back to generation {old.Number}: {why}. The log has how; mend it, then reload again."));
        _ = RollBackAsync(next, old);
    }

    private async Task RollBackAsync(Generation next, Generation old)
    {
        await reloading.WaitAsync();
        try
        {
            // What runs then has the old code in memory, whatever is on disk now: its workers that rest, or those that are forked from its template.
            var back = old.Serve(context.Workforce.Wanted);
            serving = old;
            parked = next;
            var began = context.Time.GetTimestamp();
            while (!old.Workers.Any(process => process is { InService: true, Expected: false }) && context.Time.GetElapsedTime(began) < settings.StartTimeout)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(20), context.Time);
            }
            var replaced = next.Workers;
            _ = next.Park(forGood: true);
            context.Pool.Swap(back, [.. replaced.Select(process => process.Worker)]);
            RetireParked();
        }
        finally
        {
            reloading.Release();
        }
    }
}
