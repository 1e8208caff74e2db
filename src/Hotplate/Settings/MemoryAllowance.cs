using System.Globalization;

namespace Hotplate.Settings;

/// <summary>How much more memory the processes of this server may take: what the machine has left, and no more than their control groups grant.</summary>
internal static class MemoryAllowance
{
    /// <summary>Bytes that are free or can be freed without harm; null when nobody says.</summary>
    /// <param name="root">Where /proc and /sys begin; a folder of a test's own, or "/".</param>
    public static long? Free(string root = "/")
    {
        try
        {
            var least = Number(ControlGroups.Lines(Path.Join(root, "proc/meminfo")), "MemAvailable:") * 1024;
            foreach (var (folder, version) in ControlGroups.Folders(root, "memory"))
            {
                if (LeftIn(folder, version) is { } left)
                {
                    least = Math.Min(left, least ?? left);
                }
            }
            return least;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Bytes that all processes of this server may have together: the machine's, or what the strictest control group grants; null when nobody says.</summary>
    /// <param name="root">As for <see cref="Free"/>.</param>
    public static long? Granted(string root = "/")
    {
        try
        {
            var least = Number(ControlGroups.Lines(Path.Join(root, "proc/meminfo")), "MemTotal:") * 1024;
            foreach (var (folder, version) in ControlGroups.Folders(root, "memory"))
            {
                if (LimitOf(folder, version) is { } limit)
                {
                    least = Math.Min(limit, least ?? limit);
                }
            }
            return least;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static long? LimitOf(string folder, int version) =>
        Whole(ControlGroups.First(Path.Join(folder, version == 2 ? "memory.max" : "memory.limit_in_bytes")));

    /// <summary>Null: no limit. What files of the disk take up goes as soon as it is needed, but for what is in active use.</summary>
    private static long? LeftIn(string folder, int version)
    {
        if (LimitOf(folder, version) is not { } limit)
        {
            return null;
        }
        var used = Whole(ControlGroups.First(Path.Join(folder, version == 2 ? "memory.current" : "memory.usage_in_bytes"))) ?? 0;
        var files = Number(ControlGroups.Lines(Path.Join(folder, "memory.stat")), version == 2 ? "inactive_file" : "total_inactive_file") ?? 0;
        return Math.Max(0, limit - Math.Max(0, used - files));
    }

    private static long? Number(string[] lines, string name)
    {
        var line = Array.Find(lines, line => line.StartsWith(name, StringComparison.Ordinal) && line.Length > name.Length && line[name.Length] is ' ' or '\t');
        return line is null ? null : Whole(line[name.Length..].Trim().Split(' ')[0]);
    }

    private static long? Whole(string text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
