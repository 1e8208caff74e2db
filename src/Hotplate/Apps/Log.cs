namespace Hotplate.Apps;

internal static partial class Log
{
    [LoggerMessage(400, LogLevel.Information, "{App}: {Path} has changed")]
    internal static partial void CodeChanged(this ILogger log, string app, string path);

    [LoggerMessage(401, LogLevel.Error, "{App} cannot be loaded; a browser on this machine shows why. Mend it and save")]
    internal static partial void CodeIsBroken(this ILogger log, string app);
}
