using Hotplate.Settings;
using Hotplate.Workers;

namespace Hotplate.Supervision;

/// <summary>Asks a worker for the paths of --warmup. What a reload starts is asked by <see cref="Supervisor"/>, to which no answer is a failure.</summary>
/// <param name="ask">Asks a worker for a path with GET and returns the status, 0 when there is none; gives up when it is told to.</param>
internal sealed class WarmUp(ReloadSettings settings, Func<Worker, string, CancellationToken, Task<int>> ask, TimeProvider time)
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(50);

    /// <param name="isNeeded">The worker must serve now, warm or not.</param>
    /// <param name="serve">Called once, when it may serve: it is warm, will never be, or is needed.</param>
    /// <returns>What went wrong first.</returns>
    internal async Task<WarmUpFailure?> RunAsync(Worker worker, Func<bool> isNeeded, Action serve)
    {
        var asked = AskAsync(worker);
        while (!asked.IsCompleted && !isNeeded())
        {
            await Task.WhenAny(asked, Task.Delay(Look, time));
        }
        serve();
        return await asked;
    }

    private async Task<WarmUpFailure?> AskAsync(Worker worker)
    {
        using var late = new CancellationTokenSource(settings.StartTimeout, time);
        WarmUpFailure? first = null;
        foreach (var path in settings.Warmup)
        {
            var status = await ask(worker, path, late.Token);
            if (status == 0)
            {
                var why = late.IsCancellationRequested ? $"was not answered within --start-timeout {Values.Show(settings.StartTimeout)}" : "was not answered, since it ended";
                return new WarmUpFailure(path, why, IsAnswered: false);
            }
            first ??= status >= 500 ? new WarmUpFailure(path, $"answered {status}", IsAnswered: true) : null;
        }
        return first;
    }
}

/// <summary>A warm-up that went wrong; <see cref="Why"/> is for the log.</summary>
internal sealed record WarmUpFailure(string Path, string Why, bool IsAnswered);
