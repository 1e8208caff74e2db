using Hotplate.Workers;

namespace Hotplate.Http;

internal static partial class Log
{
    [LoggerMessage(EventId = 600, Message = "{Method} {Target} {Status} {Reason}, request {RequestId}")]
    internal static partial void RequestFailed(this ILogger log, LogLevel level, string method, string target, int status, string reason, string requestId);

    [LoggerMessage(601, LogLevel.Warning, "{Count} more requests were refused since the last such line; the access log has each")]
    internal static partial void RefusalsPassedOver(this ILogger log, long count);

    [LoggerMessage(605, LogLevel.Warning, "HP605  clients hold {Used} MiB of the {Limit} MiB that there are for them, in {Open} of {Most} connections: "
        + "the largest and oldest unfinished requests and idle connections are ended. If these are no attackers, give the server more memory, or see --client-memory and --max-connections")]
    internal static partial void ClientsSentAway(this ILogger log, long used, long limit, int open, int most);

    [LoggerMessage(607, LogLevel.Debug, "a crowd has gone: {Alive} MiB are in use, {Committed} MiB held")]
    internal static partial void Tidied(this ILogger log, long alive, long committed);

    [LoggerMessage(606, LogLevel.Warning, "HP606  the kernel refuses a descriptor for a connection: {Reason} (ulimit -n is {Limit}). "
        + "Clients wait until others have gone")]
    internal static partial void NoDescriptor(this ILogger log, string reason, long limit);

    [LoggerMessage(EventId = 602, Message = "{Method} {Target} {Status} {Reason}: {Detail} Request {RequestId}")]
    internal static partial void RequestRefused(
        this ILogger log, LogLevel level, string method, string target, int status, string reason, string detail, string requestId);

    [LoggerMessage(614, LogLevel.Debug, "no TLS was agreed on with a client that asked for {Name}: {Reason}")]
    internal static partial void HandshakeFailed(this ILogger log, string name, string reason);

    [LoggerMessage(EventId = 615, Message = "HP611  a connection from {Peer} was closed: {Reason}")]
    internal static partial void ProxyRefused(this ILogger log, LogLevel level, string peer, string reason);

    [LoggerMessage(EventId = 613, Message = "{Method} {Target} was cut after {Bytes} bytes of its answer: {Status} {Reason}, request {RequestId}")]
    internal static partial void AnswerCut(
        this ILogger log, LogLevel level, string method, string target, long bytes, int status, string reason, string requestId);
}
