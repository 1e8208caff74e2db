namespace Hotplate;

internal static partial class Log
{
    [LoggerMessage(100, LogLevel.Information, "Listening at: {Address}")]
    internal static partial void Listening(this ILogger log, string address);

    [LoggerMessage(101, LogLevel.Information, "Ready: {Workers} workers, Python {Python}")]
    internal static partial void Serving(this ILogger log, int workers, string python);

    [LoggerMessage(104, LogLevel.Information, "{App} is loaded anew when its code, a template or its configuration changes. This is for developing, not for the public")]
    internal static partial void Developing(this ILogger log, string app);

    [LoggerMessage(105, LogLevel.Debug, "watching {Folders} folders; {LeftOut} more were too many")]
    internal static partial void Watching(this ILogger log, int folders, int leftOut);

    [LoggerMessage(102, LogLevel.Error, "{Message}")]
    internal static partial void CouldNotStart(this ILogger log, string message);

    [LoggerMessage(104, LogLevel.Information, "Metrics at: {Address}")]
    internal static partial void MetricsAt(this ILogger log, string address);

    [LoggerMessage(EventId = 103, Message = "[{Pid}] {RequestId} {Text}")]
    private static partial void Said(this ILogger log, LogLevel level, int pid, string requestId, string text);

    /// <summary>Text that a worker logged, with the numbers of <see cref="LogLevel"/>: one line of the log for each of its lines.</summary>
    internal static void AppSaid(this ILogger log, uint level, int pid, string? requestId, string text)
    {
        foreach (var line in text.TrimEnd('\n').Split('\n'))
        {
            log.Said((LogLevel)Math.Clamp(level, (uint)LogLevel.Debug, (uint)LogLevel.Error), pid, requestId ?? "-", line);
        }
    }
}
