using System.Globalization;
using System.Runtime.InteropServices;

namespace Hotplate.Settings;

/// <summary>The listening sockets that systemd, which keeps them while the server is restarted, has passed to this process: sd_listen_fds(3).</summary>
internal static partial class PassedSockets
{
    public const int First = 3;
    private const int Most = 1024;
    private const int F_SETFD = 2;
    private const int FD_CLOEXEC = 1;

    /// <summary>None, when they are not for this process: a child of the one they are for has inherited the variables. One that follows it has no number yet when it is given them.</summary>
    public static IReadOnlyList<PassedSocket> Of(IReadOnlyDictionary<string, string> environment, int process)
    {
        if (!int.TryParse(environment.GetValueOrDefault(ServiceVariables.ListenCount), NumberStyles.None, CultureInfo.InvariantCulture, out var count) || count is < 1 or > Most
            || !(environment.ContainsKey(Handover.Variable) || environment.GetValueOrDefault(ServiceVariables.ListenProcess) == process.ToString(CultureInfo.InvariantCulture)))
        {
            return [];
        }
        var names = environment.GetValueOrDefault(ServiceVariables.ListenNames, "").Split(':');
        return [.. Enumerable.Range(0, count).Select(index => new PassedSocket(First + index, index < names.Length && names[index].Length > 0 ? names[index] : "unknown"))];
    }

    /// <summary>No program that this process starts gets them.</summary>
    public static void KeepFromChildren()
    {
        foreach (var socket in Of(OsText.Variables(), Environment.ProcessId))
        {
            KeepFromChildren(socket.Descriptor);
        }
        Handover.Of(OsText.Variables())?.KeepFromChildren();
    }

    public static void KeepFromChildren(int descriptor) => _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC);

    [LibraryImport("libc")]
    private static partial int fcntl(int descriptor, int command, nint argument);
}
