using Hotplate.Settings;

namespace Hotplate.Supervision;

/// <content>A new generation may get a share of the requests before it takes over.</content>
internal sealed partial class Supervisor
{
    private volatile Canary? canary;
    private Task trying = Task.CompletedTask;
    private int asking;

    /// <summary>What is tried at the moment; null: nothing.</summary>
    internal Canary? Canary => canary;

    /// <summary>As <see cref="ReloadAsync(CancellationToken)"/>.</summary>
    /// <param name="order">How it is tried before; null: it is not.</param>
    internal async Task<ReloadResult> ReloadAsync(CanaryOrder? order, CancellationToken giveUp = default)
    {
        if (stopping)
        {
            return Stopping();
        }
        Interlocked.Increment(ref asking);
        try
        {
            // Only what is being loaded refuses this one. The end of a watch, a roll-back and what is tried have the turn too, and are
            // waited for.
            while (!await reloading.WaitAsync(loading is not null ? TimeSpan.Zero : s_aTurn))
            {
                if (loading is not null)
                {
                    const string why = "another reload is under way. Wait until it is decided: hotplate status tells of it.";
                    return new ReloadResult(1, $"HP501  {context.App.Name}: {why}");
                }
            }
        }
        finally
        {
            Interlocked.Decrement(ref asking);
        }
        return await ReloadNowAsync(giveUp, order);
    }

    /// <summary>Gives it its share until it is decided. If it does not take over, it finishes what it has.</summary>
    private async Task<CanaryVerdict> TryAsync(Generation next, CanaryOrder order, CancellationToken halted)
    {
        var trial = new Canary(next, serving, order, context.Pool, context.Time);
        (canary, loading) = (trial, null);
        // Nobody who waits for a reload waits so long: systemd would call it hung.
        TellReloading?.Invoke(false);
        context.Log.CanaryBegins(context.App.Name, next.Number, order.ToString(), serving.Number);
        var verdict = await trial.RunAsync(WhyItEnds, halted);
        verdict = verdict.Why is null && stopping ? verdict with { Why = WhyItEnds() } : verdict;
        if (verdict.Why is not null)
        {
            context.Pool.EndTrial();
            Retire(next);
        }
        return verdict;
    }

    /// <summary>Nothing that is newer waits for what is tried.</summary>
    private string? WhyItEnds() => stopping ? "the application is to stop"
        : Volatile.Read(ref inTurn) == 1 || Volatile.Read(ref asking) > 0 ? "another reload was asked for"
        : null;

    private ReloadResult RolledBack(Generation next, CanaryVerdict verdict)
    {
        var what = $"generation {next.Number} is rolled back to generation {serving.Number}: {verdict.Why}. {verdict.Figures}.";
        var result = new ReloadResult(3, $"HP513  {context.App.Name}: {what}");
        context.History.Reloaded(next.Number, ReloadOutcome.RolledBack, result);
        return result;
    }
}
