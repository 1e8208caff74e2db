using System.Globalization;

namespace Hotplate.Supervision;

/// <summary>Whether the kernel has killed for memory lately: the counters of our control group, of both versions, and of the machine.</summary>
/// <remarks>A worker that was killed just when one of them rose is taken for its victim.</remarks>
/// <param name="root">Where /proc and /sys begin; a folder of a test's own, or "/".</param>
internal sealed class MemoryKills(string root = "/")
{
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
        var sum = Counter(Path.Join(root, "proc/vmstat"));
        foreach (var line in Lines(Path.Join(root, "proc/self/cgroup")))
        {
            // 0::/user.slice/shop.service, or 7:memory:/docker/4711. In a container its own group may be the top of what is mounted.
            var parts = line.Split(':', 3);
            if (parts is ["0", "", var unified])
            {
                sum += OfGroup(Path.Join(root, "sys/fs/cgroup"), unified, "memory.events");
            }
            else if (parts is [_, var controllers, var group] && controllers.Split(',').Contains("memory", StringComparer.Ordinal))
            {
                sum += OfGroup(Path.Join(root, "sys/fs/cgroup/memory"), group, "memory.oom_control");
            }
        }
        return sum;
    }

    private static long OfGroup(string mount, string group, string file)
    {
        var own = Path.Join(mount, group, file);
        return Counter(!group.Contains("..", StringComparison.Ordinal) && File.Exists(own) ? own : Path.Join(mount, file));
    }

    // All three files have lines "oom_kill 3".
    private static long Counter(string path)
    {
        var line = Array.Find(Lines(path), static line => line.StartsWith("oom_kill ", StringComparison.Ordinal));
        return line is not null && long.TryParse(line.AsSpan("oom_kill ".Length), NumberStyles.None, CultureInfo.InvariantCulture, out var count) ? count : 0;
    }

    private static string[] Lines(string path)
    {
        try
        {
            return File.Exists(path) ? File.ReadAllLines(path) : [];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
