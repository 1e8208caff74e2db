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
            foreach (var (folder, version) in ControlGroups.Folders(root, "cpu"))
            {
                var limit = version == 2 ? ReadV2(folder) : ReadV1(folder);
                tightest = limit is null ? tightest : Math.Min(limit.Value, tightest ?? limit.Value);
            }
            return tightest;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    // "150000 100000": microseconds of CPU in a period of so many; "max 100000": no limit.
    private static double? ReadV2(string folder)
    {
        var parts = ControlGroups.First(Path.Join(folder, "cpu.max")).Split(' ');
        return parts.Length == 2 ? Ratio(parts[0], parts[1]) : null;
    }

    // -1: no limit.
    private static double? ReadV1(string folder) => Ratio(ControlGroups.First(Path.Join(folder, "cpu.cfs_quota_us")), ControlGroups.First(Path.Join(folder, "cpu.cfs_period_us")));

    private static double? Ratio(string quota, string period) =>
        long.TryParse(quota, NumberStyles.None, CultureInfo.InvariantCulture, out var allowed) && long.TryParse(period, out var each) && allowed > 0 && each > 0
            ? (double)allowed / each
            : null;
}
