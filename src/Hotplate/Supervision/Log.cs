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
}
