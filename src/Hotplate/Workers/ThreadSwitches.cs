using System.Globalization;

namespace Hotplate.Workers;

/// <summary>How often the threads of a worker have gone to sleep, which tells those that wait for the GIL from all others.</summary>
/// <remarks>
/// CPython waits for the GIL in steps of five milliseconds (sys.setswitchinterval): some two hundred times a second such a thread sleeps and wakes.
/// A thread in a system call or at work does not, so of the threads of a worker whose GIL is held these are the victims.
/// </remarks>
internal static class ThreadSwitches
{
    private const string Line = "voluntary_ctxt_switches:";

    /// <summary>So many a second at least: a quarter of what they are on a machine that is not busy.</summary>
    private const long Least = 50;

    /// <summary>By the kernel's thread ids; empty when there is no such process, or the kernel does not tell.</summary>
    internal static IReadOnlyDictionary<int, long> OfAll(int pid)
    {
        var all = new Dictionary<int, long>();
        try
        {
            foreach (var folder in Directory.EnumerateDirectories($"/proc/{pid}/task"))
            {
                if (int.TryParse(Path.GetFileName(folder), out var thread) && Of(folder) is { } count)
                {
                    all[thread] = count;
                }
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // It has ended.
        }
        return all;
    }

    /// <summary>True when a thread that slept so often waited for the GIL all the time from one look to the other, in nanoseconds.</summary>
    internal static bool LookLikeWaiting(long before, long after, long from, long to) => to > from && (after - before) * 1_000_000_000 >= Least * (to - from);

    private static long? Of(string folder)
    {
        try
        {
            var line = File.ReadLines(Path.Combine(folder, "status")).FirstOrDefault(static line => line.StartsWith(Line, StringComparison.Ordinal));
            return line is null ? null : long.Parse(line.AsSpan(Line.Length), NumberStyles.AllowLeadingWhite, CultureInfo.InvariantCulture);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or FormatException)
        {
            return null; // that thread has ended
        }
    }
}
