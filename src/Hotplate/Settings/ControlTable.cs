using System.Net;
using System.Text;
using Hotplate.Linux;

namespace Hotplate.Settings;

/// <summary>Settings of how a running server is found and asked. The commands that ask it take them too.</summary>
internal static class ControlTable
{
    // sun_path of sockaddr_un is 107 bytes; the socket is made under a longer name first.
    private const int LongestPath = 96;

    public static IReadOnlyList<Setting> All { get; } =
    [
        new(SettingGroup.Control, "control", "PATH|auto|none", "The Unix socket for hotplate status, ps, stacks, kill, reload and upgrade; only this user and root are "
            + "answered. auto: in hotplate/ in $XDG_RUNTIME_DIR, or in /tmp/hotplate-UID.")
        {
            Read = (draft, text) => draft.Control = draft.Control with { Socket = text switch { ControlSettings.Auto => text, "none" => null, _ => SocketPath(draft, text) } },
            Show = settings => settings.Control.Socket ?? "none",
        },
        new(SettingGroup.Control, "pid", "FILE|none", "A file for the server's process id.")
        {
            Letter = 'p',
            Read = (draft, text) => draft.Control = draft.Control with { PidFile = text == "none" ? null : FilePath(draft, text) },
            Show = settings => settings.Control.PidFile ?? "none",
        },
        new(SettingGroup.Control, "metrics", "HOST:PORT|none", "A listener of its own for Prometheus, at /metrics. 127.0.0.1 keeps it to this machine.")
        {
            Read = (draft, text) => draft.Control = draft.Control with { Metrics = text == "none" ? null : MetricsAddress(text) },
            Show = settings => settings.Control.Metrics?.ToString() ?? "none",
        },
    ];

    /// <summary>Those that tell a client where the server is.</summary>
    public static IReadOnlyList<Setting> Client { get; } = [All[0], All[1], ApplicationTable.Name];

    private static IPEndPoint MetricsAddress(string text) =>
        text.Contains(':', StringComparison.Ordinal) && char.IsAsciiDigit(text[^1]) && BindAddressText.Parse(text) is { EndPoint: { } endPoint, Http2: false }
            ? endPoint
            : throw new SettingException(ErrorCode.BadBind, "an address with a port is needed here: 127.0.0.1:9100, [::1]:9100, or :9100 for every address of this machine.");

    private static string SocketPath(SettingsDraft draft, string text)
    {
        var path = FilePath(draft, text.StartsWith("unix:", StringComparison.Ordinal) ? text["unix:".Length..] : text);
        return Encoding.UTF8.GetByteCount(path) <= LongestPath
            ? path
            : throw new SettingException(ErrorCode.BadControlPath, $"the path of a control socket may be {LongestPath} bytes long at most. Choose a shorter one.");
    }

    private static string FilePath(SettingsDraft draft, string text)
    {
        if (text.Length == 0)
        {
            throw new SettingException(ErrorCode.BadControlPath, "a path is needed here; this is empty.");
        }
        var path = OsText.ReachableFile(draft.FullPath(text));
        if (Directory.Exists(path))
        {
            throw new SettingException(ErrorCode.BadControlPath, $"{path} is a folder. Name a file in it.");
        }
        return HandedDescriptors.Has(HandedDescriptors.OfPid(path)) || HandedDescriptors.Has(HandedDescriptors.OfControl(path)) || Directory.Exists(Path.GetDirectoryName(path))
            ? path
            : throw new SettingException(ErrorCode.BadControlPath, Reach.Wall(path) ?? $"there is no folder {Path.GetDirectoryName(path)}. Make it first.");
    }
}
