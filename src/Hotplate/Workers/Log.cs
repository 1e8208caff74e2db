namespace Hotplate.Workers;

internal static partial class Log
{
    [LoggerMessage(200, LogLevel.Debug, "worker {Pid} took {Count} requests back: one has run for {Milliseconds} ms before them")]
    internal static partial void Reclaimed(this ILogger log, int pid, int count, long milliseconds);

    [LoggerMessage(201, LogLevel.Critical, "handling what worker {Pid} sent failed; this is a defect of Hotplate")]
    internal static partial void Defect(this ILogger log, int pid, Exception error);

    [LoggerMessage(202, LogLevel.Debug, "worker {Pid} gave {Count} requests to one that was free")]
    internal static partial void ReclaimedForFree(this ILogger log, int pid, int count);

    [LoggerMessage(203, LogLevel.Debug, "worker {Pid} now runs {Concurrency} requests at a time, before {Before}")]
    internal static partial void ConcurrencyChanged(this ILogger log, int pid, int concurrency, int before);

    [LoggerMessage(204, LogLevel.Debug, "{Route} is {Class} now: {Predicted} µs expected, before {Before}")]
    internal static partial void RouteChangedClass(this ILogger log, string route, string @class, int predicted, int before);

    [LoggerMessage(205, LogLevel.Debug,
        "in the last second {Sent} requests were sent, {Waited} after a wait of up to {Milliseconds} ms, at most {Longest} waited at a time, {Reclaimed} were taken back; workers hold {Depths}")]
    internal static partial void Scheduled(this ILogger log, int sent, int waited, long milliseconds, int longest, int reclaimed, string depths);

    [LoggerMessage(240, LogLevel.Debug, "worker {Pid} has begun nothing for a quarter of a second and gave {Count} requests back; it gets none until it moves")]
    internal static partial void WorkerStandsStill(this ILogger log, int pid, int count);

    [LoggerMessage(206, LogLevel.Debug, "worker {Pid} left {Moved} requests to others, {Failed} got no answer")]
    internal static partial void WorkerLeft(this ILogger log, int pid, int moved, int failed);

    [LoggerMessage(207, LogLevel.Error,
        "{Method} {Target} was ended: nothing came of it for {Limit} s (--timeout); request {RequestId}, {Queued} ms in the queue, {Ran} s running, worker {Pid}: {Outcome}")]
    internal static partial void TimedOut(
        this ILogger log, string method, string target, string limit, string requestId, long queued, string ran, int pid, string outcome, LogBlock? stack);

    [LoggerMessage(209, LogLevel.Error, "{Method} {Target} is given up: {Deaths} workers died while they ran it; request {RequestId}. See hotplate status")]
    internal static partial void Poisonous(this ILogger log, string method, string target, int deaths, string requestId);

    [LoggerMessage(208, LogLevel.Warning,
        "{Method} {Target} is slow: {Ran} s so far; request {RequestId}, {Queued} ms in the queue, worker {Pid}")]
    internal static partial void SlowRequest(
        this ILogger log, string method, string target, string ran, string requestId, long queued, int pid, LogBlock? stack);
}
