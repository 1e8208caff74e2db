using Hotplate.Workers;

namespace Hotplate.Supervision;

/// <content>What is found out and told when a worker has died.</content>
internal sealed partial class Generation
{
    /// <summary>More requests than these are counted, not named.</summary>
    private const int MostNamed = 10;

    /// <summary>How long workers that start beside one that failed may take to fail too, so that all are told of at once.</summary>
    private static readonly TimeSpan OthersFail = TimeSpan.FromSeconds(1);

    /// <summary>Under the lock.</summary>
    private void OnExited(WorkerProcess process, ExitReason reason)
    {
        process.Exit = reason;
        workers.Remove(process.Id);
        process.Worker.OnProcessGone();
        NoteDrained();
        if (process.Expected || State is GenerationState.Parked or GenerationState.Ended)
        {
            _ = BuryAsync(process, reason, null);
            return;
        }
        if (failed)
        {
            // That another worker of it fails too is no news.
            failedBoots += process.WasReady ? 0 : 1;
            NoteBootsOver();
            _ = ReleaseAsync(process);
            _ = BuryAsync(process, reason, null);
            return;
        }
        if (!process.WasReady && (!firstReady.Task.IsCompleted || State == GenerationState.Starting))
        {
            // The first to fail speaks for all. gunicorn's codes: 4 the app did not load, 3 anything else.
            failed = true;
            failedBoots = 1;
            NoteBootsOver();
            _ = FailAsync(process, reason);
            return;
        }
        _ = ReleaseAsync(process);
        Deaths++;
        context.History.WorkerDied(process, reason);
        var delay = restarts.Exited(process.WasReady);
        _ = BuryAsync(process, reason, delay);
        if (delay == TimeSpan.Zero)
        {
            TryStartMissing();
            return;
        }
        _ = StartMissingLaterAsync(delay);
    }

    /// <summary>Under the lock. No worker is on its way that could fail as well.</summary>
    private void NoteBootsOver()
    {
        if (workers.Values.All(static process => process.WasReady))
        {
            bootsOver.TrySetResult();
        }
    }

    private async Task FailAsync(WorkerProcess first, ExitReason reason)
    {
        await Task.WhenAny(bootsOver.Task, Task.Delay(OthersFail));
        await ReleaseAsync(first);
        string? several;
        lock (gate)
        {
            several = begun > 1 ? $"{failedBoots} of {begun} workers" : null;
        }
        if (several is null)
        {
            context.Log.WorkerFailedToBoot(context.App.Name, first.Worker.Pid, reason);
        }
        else
        {
            context.Log.WorkersFailedToBoot(context.App.Name, several, first.Worker.Pid, reason);
        }
        Fail(new GenerationStart(reason.Code == 4 ? 4 : 3, first.Words, reason.ToString(), several is null ? null : $"{several} failed"));
    }

    private void Fail(GenerationStart start)
    {
        failed = true;
        loaded.TrySetResult();
        firstReady.TrySetResult(start);
        allReady.TrySetResult(start);
    }

    private async Task ReleaseAsync(WorkerProcess ended)
    {
        await ended.Words.CompleteAsync();
        bootMessages.Release(ended.Id);
    }

    /// <summary>Finds out how it came to its end, has the pool decide about its requests, and tells all of it.</summary>
    /// <param name="delay">How long until another is started; null when its end is no news.</param>
    private async Task BuryAsync(WorkerProcess process, ExitReason exit, TimeSpan? delay)
    {
        try
        {
            var forMemory = exit.Signal == 9 && context.MemoryKills.HaveRisen();
            if (exit.IsCrash)
            {
                await process.Words.CompleteAsync();
            }
            var found = Postmortem.Of(exit, process.Words, forMemory, process.KilledFor);
            var casualties = await context.Pool.JudgeAsync(process.Worker, found.Verdict);
            if (delay is null)
            {
                return;
            }
            await process.Words.CompleteAsync();
            found = Postmortem.Of(exit, process.Words, forMemory, process.KilledFor);
            context.Log.WorkerExited(
                context.App.Name, process.Worker.Pid, found.Reason, Describe(delay.Value), Describe(casualties), LogBlock.Of(found.Words));
        }
        catch (Exception error)
        {
            context.Log.BurialFailed(context.App.Name, process.Worker.Pid, error);
        }
    }

    private static string Describe(TimeSpan delay) => delay == TimeSpan.Zero ? "at once" : FormattableString.Invariant($"in {delay.TotalSeconds:0.#} s");

    private static string Describe(IReadOnlyList<Casualty> casualties)
    {
        if (casualties.Count == 0)
        {
            return "no request had begun";
        }
        var named = string.Join("; ", casualties.Take(MostNamed).Select(static one => $"{one.Name} ({one.Name.Id}) {InWords(one.Fate)}"));
        return casualties.Count > MostNamed ? $"{casualties.Count} requests had begun: {named}; …" : $"{casualties.Count} had begun: {named}";
    }

    private static string InWords(Fate fate) => fate switch
    {
        Fate.RunsAgain => "runs again",
        Fate.RunsAlone => "runs once more, alone",
        Fate.Failed => "failed",
        Fate.TimedOut => "ran over its time limit",
        _ => "had nobody waiting for it",
    };
}
