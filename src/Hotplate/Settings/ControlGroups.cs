namespace Hotplate.Settings;

/// <summary>Where the limits of this process's control groups are written, of both versions.</summary>
internal static class ControlGroups
{
    /// <summary>The folders that may limit us, from our own group to the top, each with the version of its hierarchy (cgroups(7)).</summary>
    /// <param name="root">Where /proc and /sys begin; a folder of a test's own, or "/".</param>
    /// <param name="controller">As version 1 names it: cpu, memory.</param>
    internal static IEnumerable<(string Folder, int Version)> Folders(string root, string controller) =>
        from hierarchy in Groups(root, controller)
        from folder in Upwards(hierarchy.Mount, hierarchy.Inside)
        select (folder, hierarchy.Version);

    /// <summary>The first line of a file; empty when there is none.</summary>
    internal static string First(string path) => Lines(path).FirstOrDefault() ?? "";

    /// <summary>All of a file's; none when there is no such file.</summary>
    internal static string[] Lines(string path) => File.Exists(path) ? File.ReadAllLines(path) : [];

    // Each hierarchy that has the controller: where it is mounted and which folder below that is ours.
    private static IEnumerable<(string Mount, string Inside, int Version)> Groups(string root, string controller)
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
                "cgroup" when fields[dash + 3].Split(',').Contains(controller, StringComparer.Ordinal) => 1,
                _ => 0,
            };
            var group = version switch
            {
                2 => ours.Find(parts => parts[0] == "0"),
                1 => ours.Find(parts => parts[1].Split(',').Contains(controller, StringComparer.Ordinal)),
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
}
