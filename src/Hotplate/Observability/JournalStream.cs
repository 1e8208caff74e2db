using System.Globalization;

namespace Hotplate.Observability;

/// <summary>Whether a standard stream goes to systemd's journal, which takes a priority at the start of each line: systemd.exec(5), JOURNAL_STREAM; sd-daemon(3).</summary>
internal static class JournalStream
{
    /// <param name="descriptor">1 or 2. A service's stdout may be the journal's while its stderr is a file.</param>
    /// <param name="variable">JOURNAL_STREAM: device and inode of the journal's socket, which a child with other streams has inherited as well.</param>
    internal static bool Is(int descriptor, string? variable) =>
        variable?.Split(':') is [var device, var inode]
        && ulong.TryParse(device, NumberStyles.None, CultureInfo.InvariantCulture, out var deviceNumber)
        && ulong.TryParse(inode, NumberStyles.None, CultureInfo.InvariantCulture, out var inodeNumber)
        && FileIdentity.Of(descriptor) is { } file && file.Device == deviceNumber && file.Inode == inodeNumber;
}
