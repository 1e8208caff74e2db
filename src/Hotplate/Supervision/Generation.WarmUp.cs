namespace Hotplate.Supervision;

/// <content>What a worker goes through that becomes ready while its generation serves: it is warmed up, and then gets requests.</content>
internal sealed partial class Generation
{
    /// <summary>So many workers in a row that give no answer, and it is the warm-up's fault: the next ones would do no better.</summary>
    private const int MostUnanswered = 2;

    /// <summary>A client that has waited for so long should not wait for a warm-up.</summary>
    private static readonly TimeSpan LongWait = TimeSpan.FromSeconds(1);

    private int unanswered;
    private bool warmUpFailureTold;

    /// <summary>Under the lock.</summary>
    private bool HasInService => workers.Values.Any(static process => process is { InService: true, Expected: false });

    /// <summary>It gets requests as soon as it is warm, but at once where it is the only one that could.</summary>
    private void Begin(WorkerProcess process)
    {
        bool first, warms;
        lock (gate)
        {
            first = !firstReady.Task.IsCompleted;
            warms = context.WarmUp is not null && unanswered < MostUnanswered;
        }
        if (!warms)
        {
            EnterService(process);
            return;
        }
        // Not here: this is the thread that reads its channel, and its answers.
        _ = Task.Run(() => WarmUpAsync(process, first));
    }

    private async Task WarmUpAsync(WorkerProcess process, bool first)
    {
        try
        {
            var failure = await context.WarmUp!.RunAsync(process.Worker, () => !first && IsNeeded(), () => EnterService(process));
            Note(process, failure);
        }
        catch (Exception error)
        {
            context.Log.WarmUpFailedItself(context.App.Name, process.Worker.Pid, error);
            EnterService(process);
        }
    }

    private bool IsNeeded()
    {
        lock (gate)
        {
            if (!HasInService)
            {
                return true;
            }
        }
        return context.Pool.LongestWait >= LongWait;
    }

    private void EnterService(WorkerProcess process)
    {
        lock (gate)
        {
            if (process.InService || process.Expected || State != GenerationState.Serving || !workers.ContainsKey(process.Id))
            {
                return;
            }
            process.InService = true;
        }
        context.Pool.Admit(process.Worker);
        LetReplacedGo();
        TellFirstReady();
    }

    private void Note(WorkerProcess process, WarmUpFailure? failure)
    {
        bool tells, givesUp;
        lock (gate)
        {
            if (process.Expected || State != GenerationState.Serving)
            {
                return; // it was to end
            }
            unanswered = failure is { IsAnswered: false } ? unanswered + 1 : 0;
            givesUp = unanswered == MostUnanswered;
            tells = failure is not null && !warmUpFailureTold;
            warmUpFailureTold |= tells;
        }
        if (tells)
        {
            context.Log.WarmUpFailed(context.App.Name, process.Worker.Pid, failure!.Path, failure.Why);
        }
        if (givesUp)
        {
            context.Log.WarmUpGivenUp(context.App.Name, MostUnanswered);
        }
    }
}
