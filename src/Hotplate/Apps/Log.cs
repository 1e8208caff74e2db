namespace Hotplate.Apps;

internal static partial class Log
{
    [LoggerMessage(400, LogLevel.Information, "{App}: {Path} has changed")]
    internal static partial void CodeChanged(this ILogger log, string app, string path);

    [LoggerMessage(401, LogLevel.Error, "{App} cannot be loaded; a browser on this machine shows why. Mend it and save")]
    internal static partial void CodeIsBroken(this ILogger log, string app);

    [LoggerMessage(402, LogLevel.Warning, "HP601  large bodies and answers go to {Folder}, since no file can be made elsewhere: {Refused}. "
        + "Set TMPDIR to a folder that this user may write to")]
    internal static partial void OtherSpoolFolder(this ILogger log, string folder, string refused);

    [LoggerMessage(403, LogLevel.Warning, "HP601  there is no folder for large bodies and answers: {Refused}. Uploads beyond --spool-threshold "
        + "get 503, and the application waits for clients that read slowly. Set TMPDIR to a folder that this user may write to")]
    internal static partial void NoSpoolFolder(this ILogger log, string refused);

    [LoggerMessage(404, LogLevel.Warning, "HP602  a file in {Folder} cannot grow: {Reason}. Until there is room, uploads beyond --spool-threshold "
        + "get 503, and the application waits for clients that read slowly")]
    internal static partial void SpoolRefused(this ILogger log, string folder, string reason);

    [LoggerMessage(410, LogLevel.Warning, "HP701  {Route} answers with a {Field} field, which the server decides about (PEP 3333): it is left out. Told once for this route; request {RequestId}")]
    internal static partial void FieldOfConnection(this ILogger log, string route, string field, string requestId);

    [LoggerMessage(411, LogLevel.Error, "HP702  {Route} was answered by worker {Pid} with a head that HTTP forbids: the client gets 500. Told once for this route; request {RequestId}")]
    internal static partial void ForbiddenHead(this ILogger log, string route, int pid, string requestId);

    [LoggerMessage(412, LogLevel.Warning, "HP703  {Route} was asked for a WebSocket, which Hotplate does not carry: the application gets a plain request. "
        + "Serve that path with a server that does, behind the same proxy; Socket.IO falls back to polling by itself. Told once; request {RequestId}")]
    internal static partial void WebSocketAsked(this ILogger log, string route, string requestId);

    [LoggerMessage(421, LogLevel.Information, "{App} sleeps: nobody asked it for {Idle}. The next request starts it")]
    internal static partial void AppSleeps(this ILogger log, string app, string idle);

    [LoggerMessage(422, LogLevel.Information, "{App} wakes: a request came")]
    internal static partial void AppWakes(this ILogger log, string app);

    [LoggerMessage(423, LogLevel.Information, "{App} was stopped by a command: its requests get 503 until hotplate reload {App}")]
    internal static partial void AppStopped(this ILogger log, string app);

    [LoggerMessage(420, LogLevel.Error, "{App} does not run: {Why}. Its requests get 503, the other applications serve on. "
        + "It is tried again in {Rest}; hotplate reload tries it at once")]
    internal static partial void AppDown(this ILogger log, string app, string why, string rest);
}
