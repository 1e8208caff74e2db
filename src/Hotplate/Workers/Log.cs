namespace Hotplate.Workers;

internal static partial class Log
{
    [LoggerMessage(200, LogLevel.Debug, "{Count} requests taken back from behind a slow one")]
    internal static partial void Reclaimed(this ILogger log, int count);
}
