using Hotplate.Workers;

namespace Hotplate.Http;

internal static partial class Log
{
    [LoggerMessage(EventId = 600, Message = "{Method} {Target} {Status} {Reason}, request {RequestId}")]
    internal static partial void RequestFailed(this ILogger log, LogLevel level, string method, string target, int status, string reason, string requestId);
}
