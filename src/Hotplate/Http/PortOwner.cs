using System.Globalization;

namespace Hotplate.Http;

/// <summary>Who listens on a port, as far as /proc tells this user; for the message about a busy port.</summary>
internal static class PortOwner
{
    /// <summary>" by gunicorn (process 4182)", or nothing when it cannot be found out.</summary>
    internal static string Describe(int port)
    {
        try
        {
            foreach (var inode in ListeningInodes("/proc/net/tcp", port).Concat(ListeningInodes("/proc/net/tcp6", port)))
            {
                if (FindProcess($"socket:[{inode}]") is { } process)
                {
                    return $" by {File.ReadAllText($"{process}/comm").Trim()} (process {Path.GetFileName(process)})";
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It is a courtesy only.
        }
        return "";
    }

    // Fields: slot, local address:port in hex, remote, state (0A listens), …, the inode as the tenth.
    private static IEnumerable<string> ListeningInodes(string table, int port) =>
        from line in File.ReadLines(table).Skip(1)
        let fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries)
        where fields.Length > 9
            && fields[3] == "0A"
            && fields[1].EndsWith(":" + port.ToString("X4", CultureInfo.InvariantCulture), StringComparison.Ordinal)
        select fields[9];

    private static string? FindProcess(string socket)
    {
        foreach (var process in Directory.EnumerateDirectories("/proc").Where(path => char.IsAsciiDigit(Path.GetFileName(path)[0])))
        {
            try
            {
                if (Directory.EnumerateFiles($"{process}/fd").Any(fd => File.ResolveLinkTarget(fd, returnFinalTarget: false)?.Name == socket))
                {
                    return process;
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Another user's process, or one that ended meanwhile.
            }
        }
        return null;
    }
}
