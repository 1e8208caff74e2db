namespace Hotplate.Service;

/// <summary>What this room tells. Ids 800 to 899.</summary>
internal static partial class Log
{
    [LoggerMessage(800, LogLevel.Information, "upgrade: {Program} ({Version}) is started beside this process")]
    internal static partial void Upgrading(this ILogger log, string program, string version);

    [LoggerMessage(801, LogLevel.Information, "upgrade: {Message}")]
    internal static partial void Upgraded(this ILogger log, string message);

    [LoggerMessage(802, LogLevel.Error, "upgrade: nothing has changed: {Message}")]
    internal static partial void NotUpgraded(this ILogger log, string message);

    [LoggerMessage(803, LogLevel.Information, "upgrade: {Signal} was received and is passed on to the process that serves")]
    internal static partial void SignalPassedOn(this ILogger log, string signal);
}
