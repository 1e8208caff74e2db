using System.Globalization;
using System.Text;

namespace Hotplate.Tests.Fixtures;

/// <summary>What /proc tells of the processes of this machine.</summary>
internal static class ProcessTable
{
    public static IEnumerable<int> All() =>
        Directory.EnumerateDirectories("/proc")
            .Select(path => int.TryParse(Path.GetFileName(path), NumberStyles.None, CultureInfo.InvariantCulture, out var pid) ? pid : 0)
            .Where(pid => pid > 0);

    /// <summary>A file of a process; empty when the process is gone, or is not ours to read.</summary>
    public static byte[] Read(int pid, string file)
    {
        try
        {
            return File.ReadAllBytes($"/proc/{pid}/{file}");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    public static bool IsAlive(int pid) => Stat(pid) is { } stat && stat[0] is not ("Z" or "X");

    public static IReadOnlyList<int> ChildrenOf(int pid) =>
        [.. All().Where(child => Stat(child) is { } stat && stat[0] != "Z" && int.Parse(stat[1], CultureInfo.InvariantCulture) == pid)];

    /// <summary>Ports of TCP over IPv4 that a process listens on.</summary>
    public static IEnumerable<int> ListeningPorts(int pid)
    {
        var folder = $"/proc/{pid}/fd";
        var sockets = Directory.Exists(folder) ? Directory.EnumerateFiles(folder).Select(
            static file => new FileInfo(file).LinkTarget).ToHashSet() : [];
        // proc(5), /proc/net/tcp: the local address, the state (0A: it listens), the inode.
        return
        [
            .. from line in Encoding.ASCII.GetString(Read(pid, "net/tcp")).Split('\n').Skip(1)
               let fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries)
               where fields.Length > 9 && fields[3] == "0A" && sockets.Contains($"socket:[{fields[9]}]")
               select int.Parse(fields[1].Split(':')[1], NumberStyles.HexNumber, CultureInfo.InvariantCulture),
        ];
    }

    /// <summary>KiB of memory, what is shared counted in parts (PSS).</summary>
    public static long ProportionalMemory(int pid)
    {
        var line = Encoding.ASCII.GetString(Read(pid, "smaps_rollup")).Split('\n').FirstOrDefault(line => line.StartsWith("Pss:", StringComparison.Ordinal));
        return line is null ? 0 : long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
    }

    // proc(5): the fields behind the name in brackets, state and parent first.
    private static string[]? Stat(int pid)
    {
        var text = Encoding.ASCII.GetString(Read(pid, "stat"));
        var end = text.LastIndexOf(')');
        return end < 0 ? null : text[(end + 2)..].Split(' ');
    }
}
