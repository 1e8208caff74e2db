using System.Globalization;
using System.Text;

namespace Hotplate.Control;

/// <summary>What /proc tells of a process by its number.</summary>
internal static class ProcessTimes
{
    private const int TicksPerSecond = 100; // USER_HZ, the same on every Linux that .NET runs on

    /// <summary>When a process began, UTC; null when there is none of that number, or only what is left for its parent to see.</summary>
    internal static DateTime? StartOf(int pid)
    {
        var stat = Read($"/proc/{pid}/stat");
        var boot = Read("/proc/stat").Split('\n').FirstOrDefault(static line => line.StartsWith("btime ", StringComparison.Ordinal));
        // proc(5): the name stands in brackets and may hold anything; the state follows, and 19 fields behind it the start.
        var fields = stat[(stat.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (boot is null || fields.Length < 20 || fields[0] is "Z" or "X")
        {
            return null;
        }
        var ticks = long.Parse(fields[19], CultureInfo.InvariantCulture);
        return DateTime.UnixEpoch.AddSeconds(long.Parse(boot["btime ".Length..], CultureInfo.InvariantCulture)).AddSeconds((double)ticks / TicksPerSecond);
    }

    /// <summary>CPU time that a process has used, its own and the kernel's for it, in seconds; 0 when it is gone.</summary>
    internal static double CpuSeconds(int pid)
    {
        var stat = Read($"/proc/{pid}/stat");
        // proc(5): as above; utime and stime stand 11 and 12 fields behind the state.
        var fields = stat[(stat.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return fields.Length < 13 ? 0
            : (double)(long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture))
                / TicksPerSecond;
    }

    /// <summary>Memory of a process in RAM, in bytes, what it shares with others included; 0 when it is gone.</summary>
    internal static long ResidentBytes(int pid)
    {
        var fields = Read($"/proc/{pid}/statm").Split(' ');
        return fields.Length > 1 ? long.Parse(fields[1], CultureInfo.InvariantCulture) * Environment.SystemPageSize : 0;
    }

    /// <summary>Who a process belongs to; null when there is none.</summary>
    internal static uint? OwnerOf(int pid)
    {
        var line = Read($"/proc/{pid}/status").Split('\n').FirstOrDefault(static line => line.StartsWith("Uid:", StringComparison.Ordinal));
        return line?.Split('\t') is { Length: > 2 } ids ? uint.Parse(ids[2], CultureInfo.InvariantCulture) : null;
    }

    private static string Read(string path)
    {
        try
        {
            return File.ReadAllText(path, Encoding.Latin1);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
