namespace Hotplate.Control;

internal static partial class Log
{
    [LoggerMessage(700, LogLevel.Warning, "there is no control socket, so \"hotplate status\" cannot ask this server: {Why}. --control PATH chooses a place")]
    internal static partial void NoControlSocket(this ILogger log, string why);

    [LoggerMessage(701, LogLevel.Warning, "user {User} connected to the control socket and was refused: only the server's own user and root are answered")]
    internal static partial void ControlRefused(this ILogger log, uint user);

    [LoggerMessage(702, LogLevel.Error, "a command on the control socket failed; this is a defect of Hotplate")]
    internal static partial void ControlDefect(this ILogger log, Exception error);
}
