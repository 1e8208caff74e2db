using Hotplate.Workers;

namespace Hotplate.Http;

internal static partial class Log
{
    [LoggerMessage(EventId = 600, Message = "{Method} {Target} {Status} {Reason}, request {RequestId}")]
    internal static partial void RequestFailed(this ILogger log, LogLevel level, string method, string target, int status, string reason, string requestId);

    [LoggerMessage(601, LogLevel.Warning, "{Count} more requests were refused since the last such line; the access log has each")]
    internal static partial void RefusalsPassedOver(this ILogger log, long count);

    [LoggerMessage(EventId = 602, Message = "{Method} {Target} {Status} {Reason}: {Detail} Request {RequestId}")]
    internal static partial void RequestRefused(
        this ILogger log, LogLevel level, string method, string target, int status, string reason, string detail, string requestId);

    [LoggerMessage(EventId = 603, Message = "{Method} {Target} was cut after {Bytes} bytes of its answer: {Status} {Reason}, request {RequestId}")]
    internal static partial void AnswerCut(
        this ILogger log, LogLevel level, string method, string target, long bytes, int status, string reason, string requestId);
}
