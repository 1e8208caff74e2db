namespace Hotplate.Supervision;

internal static partial class Log
{
    [LoggerMessage(300, LogLevel.Debug, "{App} worker {Pid} is ready")]
    internal static partial void WorkerReady(this ILogger log, string app, int pid);

    [LoggerMessage(301, LogLevel.Warning, "{App} worker {Pid} exited: {Reason}; restarting in {Delay}")]
    internal static partial void WorkerExited(this ILogger log, string app, int pid, ExitReason reason, TimeSpan delay);

    [LoggerMessage(302, LogLevel.Error, "{App} worker {Pid} failed to boot: {Reason}")]
    internal static partial void WorkerFailedToBoot(this ILogger log, string app, int pid, ExitReason reason);

    [LoggerMessage(303, LogLevel.Error, "{App} zygote {Pid} is gone ({Reason}) and its workers with it; starting a new one")]
    internal static partial void ZygoteGone(this ILogger log, string app, int pid, string reason);

    [LoggerMessage(304, LogLevel.Error, "{App} worker {Pid} broke the channel's protocol; killing it")]
    internal static partial void WorkerBrokeProtocol(this ILogger log, string app, int pid);

    [LoggerMessage(305, LogLevel.Information, "{App}: loading generation {Number}")]
    internal static partial void Reloading(this ILogger log, string app, int number);

    [LoggerMessage(306, LogLevel.Information, "{App}: generation {Number} serves; generation {Old} finishes what it has")]
    internal static partial void Reloaded(this ILogger log, string app, int number, int old);

    [LoggerMessage(307, LogLevel.Error, "{App}: generation {Number} is not fit to serve, and nothing has changed: {Why}")]
    internal static partial void ReloadFailed(this ILogger log, string app, int number, string why);

    [LoggerMessage(308, LogLevel.Error, "{App}: generation {Number} is rolled back to generation {Old}: {Why}")]
    internal static partial void RolledBack(this ILogger log, string app, int number, int old, string why);

    [LoggerMessage(309, LogLevel.Error, "{App}: generation {Number} does badly ({Why}), but there is nothing left to roll back to: the old zygote is gone")]
    internal static partial void CannotRollBack(this ILogger log, string app, int number, string why);

    [LoggerMessage(310, LogLevel.Warning, "{App} worker {Pid} is replaced: {Why}")]
    internal static partial void ReplacingWorker(this ILogger log, string app, int pid, string why);

    [LoggerMessage(311, LogLevel.Error, "{App} worker {Pid} is killed: {Why}")]
    internal static partial void KillingWorker(this ILogger log, string app, int pid, string why);
}
