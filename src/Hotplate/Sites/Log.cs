namespace Hotplate.Sites;

internal static partial class Log
{
    [LoggerMessage(103, LogLevel.Information, "Ready: {Apps}")]
    internal static partial void ServingSeveral(this ILogger log, string apps);

    [LoggerMessage(120, LogLevel.Information, "the file was read again: {Changes}")]
    internal static partial void Applied(this ILogger log, string changes);

    [LoggerMessage(121, LogLevel.Error, "the file was read again and cannot be served, so nothing has changed: {Why}")]
    internal static partial void NotApplied(this ILogger log, string why);
}
