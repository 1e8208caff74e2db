namespace Hotplate.Workers;

internal static partial class Log
{
    [LoggerMessage(200, LogLevel.Debug, "{Count} requests taken back from behind a slow one")]
    internal static partial void Reclaimed(this ILogger log, int count);

    [LoggerMessage(201, LogLevel.Critical, "handling what worker {Pid} sent failed; this is a defect of Hotplate")]
    internal static partial void Defect(this ILogger log, int pid, Exception error);
}
