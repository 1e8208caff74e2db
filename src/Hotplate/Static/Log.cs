namespace Hotplate.Static;

/// <summary>What this room says. Its events are 350 and following.</summary>
internal static partial class Log
{
    [LoggerMessage(350, LogLevel.Warning, "{Folder}: {Target} was not given to its client: {Reason}. Told at most every ten seconds.")]
    internal static partial void FileNotGiven(this ILogger log, string folder, string target, string reason);
}
