using Hotplate.Workers;

namespace Hotplate.Http;

internal static partial class Log
{
    [LoggerMessage(600, LogLevel.Debug, "request failed: {Failure}")]
    internal static partial void RequestFailed(this ILogger log, RequestFailure failure);
}
