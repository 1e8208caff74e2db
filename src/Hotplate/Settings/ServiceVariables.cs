namespace Hotplate.Settings;

/// <summary>The variables by which systemd, or whoever starts a server as it does, speaks to that one process: sd_notify(3), sd_listen_fds(3).</summary>
/// <remarks>They are never an application's: what it started would speak in the server's name, or take its descriptors for sockets of its own.</remarks>
internal static class ServiceVariables
{
    public const string NotifySocket = "NOTIFY_SOCKET";
    public const string WatchdogTime = "WATCHDOG_USEC";
    public const string WatchdogProcess = "WATCHDOG_PID";
    public const string ListenCount = "LISTEN_FDS";
    public const string ListenProcess = "LISTEN_PID";
    public const string ListenNames = "LISTEN_FDNAMES";

    // The last two: systemd 257 and later.
    public static bool Contains(string name) => name is NotifySocket or WatchdogTime or WatchdogProcess or ListenCount or ListenProcess or ListenNames or "LISTEN_PIDFDID" or "MAINPIDFDID";
}
