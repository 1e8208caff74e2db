namespace Hotplate;

internal static partial class Log
{
    [LoggerMessage(100, LogLevel.Information, "Listening at: {Address}")]
    internal static partial void Listening(this ILogger log, string address);

    [LoggerMessage(101, LogLevel.Information, "Ready: {Workers}, Python {Python}")]
    private static partial void Serving(this ILogger log, string workers, string python);

    internal static void Serving(this ILogger log, int workers, string python) => log.Serving(workers == 1 ? "1 worker" : $"{workers} workers", python);

    [LoggerMessage(104, LogLevel.Information, "{App} is loaded anew when its code, a template or its configuration changes. This is for developing, not for the public")]
    internal static partial void Developing(this ILogger log, string app);

    [LoggerMessage(105, LogLevel.Debug, "watching {Folders} folders; {LeftOut} more were too many")]
    internal static partial void Watching(this ILogger log, int folders, int leftOut);

    [LoggerMessage(115, LogLevel.Warning,
        "HP511  the kernel refuses to watch files ({Why}), so a change is not noticed: send HUP to load the code anew. Is fs.inotify.max_user_instances reached, or does a filter of system calls forbid inotify?")]
    internal static partial void CannotWatch(this ILogger log, string why);

    [LoggerMessage(117, LogLevel.Warning, "HP609  {Why}")]
    internal static partial void UnsentCanBeLost(this ILogger log, string why);

    [LoggerMessage(118, LogLevel.Information,
        "HP610  the kernel refuses eventfd ({Why}), so workers use pipes in its place, which take more descriptors. Allow eventfd2 in the container's seccomp profile or systemd's SystemCallFilter; nothing else changes")]
    internal static partial void PipesForEvents(this ILogger log, string why);

    [LoggerMessage(102, LogLevel.Error, "{Message}")]
    internal static partial void CouldNotStart(this ILogger log, string message);

    [LoggerMessage(114, LogLevel.Error,
        "HP504  {App}: the application was not loaded within {Seconds} s. What it does while it is imported takes long or waits for "
        + "something, or the machine has no time for it; --start-timeout gives it more time")]
    internal static partial void StartTookTooLong(this ILogger log, string app, double seconds);

    [LoggerMessage(106, LogLevel.Information, "Metrics at: {Address}")]
    internal static partial void MetricsAt(this ILogger log, string address);

    [LoggerMessage(107, LogLevel.Information, "USR1 was received: the log files are opened anew")]
    internal static partial void LogsReopened(this ILogger log);

    [LoggerMessage(108, LogLevel.Error, "a log file cannot be opened anew, so the old one is written on: {Message}")]
    internal static partial void LogNotReopened(this ILogger log, string message);

    [LoggerMessage(119, LogLevel.Error, "a log file has grown to --log-max-size and cannot be moved away, so it grows on: {Message}")]
    internal static partial void LogNotRotated(this ILogger log, string message);

    [LoggerMessage(109, LogLevel.Error, "upgrade: this process will not serve: {Why}")]
    internal static partial void CouldNotFollow(this ILogger log, string why);

    [LoggerMessage(150, LogLevel.Error, "upgrade: {Message}")]
    internal static partial void NotTaken(this ILogger log, string message);

    [LoggerMessage(110, LogLevel.Warning, "signal {Signal} was received and changes nothing")]
    internal static partial void SignalPassedOver(this ILogger log, string signal);

    [LoggerMessage(112, LogLevel.Information, "stopping: {Why}; up to {Patience} (--graceful-timeout) for {Requests} in flight")]
    internal static partial void Stopping(this ILogger log, string why, string patience, string requests);

    [LoggerMessage(116, LogLevel.Information, "stopping: {Why}, before any worker served")]
    internal static partial void StoppedBeforeServing(this ILogger log, string why);

    [LoggerMessage(113, LogLevel.Information, "stopping: {Why}; /readyz says 503 from now on, and connections are taken for {Delay} more (--drain-delay)")]
    internal static partial void Draining(this ILogger log, string why, string delay);

    [LoggerMessage(134, LogLevel.Error,
        "unix:{Path} is no longer this server's: the socket's file was removed or another is there, and nobody can connect to this one. Restart the server to have it again (HP308)")]
    internal static partial void SocketLost(this ILogger log, string path);

    [LoggerMessage(111, LogLevel.Warning, "stopping at once: {Why}")]
    internal static partial void StoppingAtOnce(this ILogger log, string why);
}
