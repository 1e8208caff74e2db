using Hotplate.Supervision;
using Hotplate.Workers;

namespace Hotplate.Service;

/// <summary>How the server does, in the line that <c>systemctl status</c> shows.</summary>
internal static class StatusLine
{
    /// <summary>"2 of 4 workers serve, 3 requests wait; the last reload failed (HP204), the code before it serves".</summary>
    internal static string Make(Supervisor supervisor, WorkerPool pool)
    {
        var ready = supervisor.Serving.Workers.Count(static process => process.Worker.State == WorkerState.Ready);
        var wanted = supervisor.Workforce.Wanted;
        var workers = ready == wanted ? $"{ready} worker{(ready == 1 ? " serves" : "s serve")}" : $"{ready} of {wanted} workers serve";
        var waiting = pool.Waiting switch { 0 => "no request waits", 1 => "1 request waits", var many => $"{many} requests wait" };
        var reload = supervisor.History.LastReload is { Outcome: not ReloadOutcome.Serves } last
            ? $"; the last reload {(last.Outcome == ReloadOutcome.RolledBack ? "was rolled back" : "failed")}{(last.Error is { } code ? $" ({code})" : "")}, the code before it serves"
            : "";
        return $"{workers}, {waiting}{reload}";
    }
}
