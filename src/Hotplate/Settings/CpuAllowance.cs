using System.Globalization;

namespace Hotplate.Settings;

/// <summary>How many CPUs this process may use: those it may run on, and no more than its control groups grant.</summary>
internal static class CpuAllowance
{
    /// <param name="runnable">CPUs by affinity.</param>
    /// <param name="root">Where /proc and /sys begin; a folder of a test's own, or "/".</param>
    public static int Count(int runnable, string root = "/")
    {
        var quota = Quota(root);
        // 1.5 CPUs are worth two workers: one would leave half a CPU unused.
        return Math.Max(1, quota is null ? runnable : Math.Min(runnable, (int)Math.Ceiling(quota.Value)));
    }

    /// <summary>The tightest limit on the way from our group to the top, in CPUs; null is none.</summary>
    internal static double? Quota(string root)
    {
        try
        {
            double? tightest = null;
            foreach (var (mount, inside, version) in Groups(root))
            {
                foreach (var folder in Upwards(mount, inside))
                {
                    var limit = version == 2 ? ReadV2(folder) : ReadV1(folder);
                    tightest = limit is null ? tightest : Math.Min(limit.Value, tightest ?? limit.Value);
                }
            }
            return tightest;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    // Each hierarchy that can limit CPUs: where it is mounted and which folder below that is ours.
    private static IEnumerable<(string Mount, string Inside, int Version)> Groups(string root)
    {
        var ours = Lines(Path.Join(root, "proc/self/cgroup")).Select(line => line.Split(':', 3)).Where(parts => parts.Length == 3).ToList();
        foreach (var line in Lines(Path.Join(root, "proc/self/mountinfo")))
        {
            // 36 35 98:0 /root-of-mount /mount/point options [fields] - type source super-options
            var fields = line.Split(' ');
            var dash = Array.IndexOf(fields, "-");
            if (dash < 6 || fields.Length < dash + 4)
            {
                continue;
            }
            var version = fields[dash + 1] switch
            {
                "cgroup2" => 2,
                "cgroup" when fields[dash + 3].Split(',').Contains("cpu", StringComparer.Ordinal) => 1,
                _ => 0,
            };
            var group = version switch
            {
                2 => ours.Find(parts => parts[0] == "0"),
                1 => ours.Find(parts => parts[1].Split(',').Contains("cpu", StringComparer.Ordinal)),
                _ => null,
            };
            if (group is not null)
            {
                yield return (Path.Join(root, fields[4]), Inside(group[2], mountRoot: fields[3]), version);
            }
        }
    }

    // In a container the mount begins at our group or above it; a group outside what is mounted (/../..) is not ours to see.
    private static string Inside(string group, string mountRoot)
    {
        if (group.StartsWith("/..", StringComparison.Ordinal))
        {
            return "";
        }
        if (mountRoot == "/")
        {
            return group.Trim('/');
        }
        return group.StartsWith(mountRoot + "/", StringComparison.Ordinal) ? group[mountRoot.Length..].Trim('/') : "";
    }

    private static IEnumerable<string> Upwards(string mount, string inside)
    {
        for (; inside.Length > 0; inside = Path.GetDirectoryName(inside) ?? "")
        {
            yield return Path.Join(mount, inside);
        }
        yield return mount;
    }

    // "150000 100000": microseconds of CPU in a period of so many; "max 100000": no limit.
    private static double? ReadV2(string folder)
    {
        var parts = First(Path.Join(folder, "cpu.max")).Split(' ');
        return parts.Length == 2 ? Ratio(parts[0], parts[1]) : null;
    }

    // -1: no limit.
    private static double? ReadV1(string folder) => Ratio(First(Path.Join(folder, "cpu.cfs_quota_us")), First(Path.Join(folder, "cpu.cfs_period_us")));

    private static double? Ratio(string quota, string period) =>
        long.TryParse(quota, NumberStyles.None, CultureInfo.InvariantCulture, out var allowed) && long.TryParse(period, out var each) && allowed > 0 && each > 0
            ? (double)allowed / each
            : null;

    private static string First(string path) => Lines(path).FirstOrDefault() ?? "";

    private static string[] Lines(string path) => File.Exists(path) ? File.ReadAllLines(path) : [];
}
