using System.Globalization;
using Hotplate.Settings;

namespace Hotplate.Supervision;

/// <summary>Whether the kernel has killed for memory in our control group lately.</summary>
/// <remarks>
/// A worker that was killed just when the counter rose is taken for its victim. The counter is that of the nearest group that has one, of
/// either version, without the groups below it, where others live; the kernel raises it for the whole machine's want of memory as well
/// (cgroups(7), Documentation/admin-guide/cgroup-v2: memory.events.local). Only where no group counts does the machine's own
/// (/proc/vmstat), which in a container tells of the neighbours' victims too.
/// </remarks>
/// <param name="root">Where /proc and /sys begin; a folder of a test's own, or "/".</param>
internal sealed class MemoryKills(string root = "/")
{
    private static readonly string[] OfVersion1 = ["memory.oom_control"];
    private static readonly string[] OfVersion2 = ["memory.events.local", "memory.events"];

    private readonly Lock gate = new();
    private long last = Count(root);

    /// <summary>True when there were more since the last call, or since this was made.</summary>
    internal bool HaveRisen()
    {
        lock (gate)
        {
            var now = Count(root);
            var risen = now > last;
            last = now;
            return risen;
        }
    }

    private static long Count(string root)
    {
        try
        {
            return OfNearestGroup(root) ?? Counter(Path.Join(root, "proc/vmstat")) ?? 0;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return 0;
        }
    }

    private static long? OfNearestGroup(string root) =>
        (from folder in ControlGroups.Folders(root, "memory")
         from file in folder.Version == 2 ? OfVersion2 : OfVersion1
         select Counter(Path.Join(folder.Folder, file))).FirstOrDefault(static count => count is not null);

    // All of these files have a line "oom_kill 3"; null when there is no such file or line.
    private static long? Counter(string path)
    {
        var line = Array.Find(ControlGroups.Lines(path), static line => line.StartsWith("oom_kill ", StringComparison.Ordinal));
        return line is not null && long.TryParse(line.AsSpan("oom_kill ".Length), NumberStyles.None, CultureInfo.InvariantCulture, out var count)
            ? count
            : null;
    }
}
