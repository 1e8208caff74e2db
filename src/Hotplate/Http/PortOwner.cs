using System.Globalization;
using Hotplate.Settings;

namespace Hotplate.Http;

/// <summary>Who listens on a port, as far as /proc tells this user; for the message about a busy port.</summary>
internal static class PortOwner
{
    /// <summary>" by gunicorn (process 4182)", " by Hotplate, which serves shop:app in /srv/shop (process 4182)", or nothing when it cannot be found out.</summary>
    internal static string Describe(int port)
    {
        try
        {
            foreach (var inode in ListeningInodes("/proc/net/tcp", port).Concat(ListeningInodes("/proc/net/tcp6", port)))
            {
                if (FindProcess($"socket:[{inode}]") is { } process)
                {
                    return $" by {Name(process)} (process {Path.GetFileName(process)})";
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It is a courtesy only.
        }
        return "";
    }

    /// <summary>What a command line of ours serves; null when it is none of ours.</summary>
    /// <param name="arguments">As in /proc/PID/cmdline: the front (of a debug build after dotnet), a verb, flags and the target.</param>
    internal static string? Served(IReadOnlyList<string> arguments)
    {
        var front = arguments.Take(2).ToList().FindIndex(static argument => Path.GetFileName(argument) is "hotplate" or "hotplate.dll");
        if (front < 0)
        {
            return null;
        }
        var verb = false;
        for (var i = front + 1; i < arguments.Count; i++)
        {
            var argument = arguments[i];
            if (argument is ['-', _, ..])
            {
                // Its value is the next one, unless it stands in the same, or there is none.
                var setting = argument.Contains('=', StringComparison.Ordinal) ? null : SettingTable.Find(argument);
                var takesValue = setting is not null ? setting.Bare is null : GunicornTable.Find(argument)?.TakesValue ?? false;
                i += takesValue ? 1 : 0;
            }
            else if (!verb)
            {
                verb = true;
            }
            else
            {
                return argument;
            }
        }
        return "";
    }

    private static string Name(string process)
    {
        var served = Served(File.ReadAllText($"{process}/cmdline").Split('\0', StringSplitOptions.RemoveEmptyEntries));
        if (served is null)
        {
            return File.ReadAllText($"{process}/comm").Trim();
        }
        var folder = new DirectoryInfo($"{process}/cwd").LinkTarget;
        return "Hotplate" + (served.Length > 0 ? $", which serves {served}" : "") + (folder is null ? "" : $" in {folder}");
    }

    // Fields: slot, local address:port in hex, remote, state (0A listens), …, the inode as the tenth.
    private static IEnumerable<string> ListeningInodes(string table, int port) =>
        from line in File.ReadLines(table).Skip(1)
        let fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries)
        where fields.Length > 9
            && fields[3] == "0A"
            && fields[1].EndsWith(":" + port.ToString("X4", CultureInfo.InvariantCulture), StringComparison.Ordinal)
        select fields[9];

    /// <summary>A descriptor may be closed while the others of its process are looked at, which are there all the same.</summary>
    private static bool Leads(string descriptor, string to)
    {
        try
        {
            return File.ResolveLinkTarget(descriptor, returnFinalTarget: false)?.Name == to;
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static string? FindProcess(string socket)
    {
        foreach (var process in Directory.EnumerateDirectories("/proc").Where(path => char.IsAsciiDigit(Path.GetFileName(path)[0])))
        {
            try
            {
                if (Directory.EnumerateFiles($"{process}/fd").Any(fd => Leads(fd, socket)))
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
