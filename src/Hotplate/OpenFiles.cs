using System.Runtime.InteropServices;

namespace Hotplate;

/// <summary>How many files this process may have open: RLIMIT_NOFILE.</summary>
internal static unsafe partial class OpenFiles
{
    /// <summary>What the front has open before the first client comes, with some room: some for itself, seven for each of a few workers.</summary>
    internal const int Least = 160;

    private const int RLIMIT_NOFILE = 7;

    internal static long Limit
    {
        get
        {
            var limits = stackalloc long[2];
            return getrlimit(RLIMIT_NOFILE, limits) == 0 && limits[0] >= 0 ? limits[0] : long.MaxValue;
        }
    }

    /// <summary>Raises the soft limit to the hard one, as every server does: the soft one, often 1024, is there for programs that use select(2).</summary>
    internal static void Raise()
    {
        var limits = stackalloc long[2];
        if (getrlimit(RLIMIT_NOFILE, limits) == 0 && limits[0] != limits[1])
        {
            limits[0] = limits[1];
            _ = setrlimit(RLIMIT_NOFILE, limits);
        }
    }

    /// <summary>Null, or what to tell the user.</summary>
    internal static string? Problem() => Limit is var limit && limit >= Least
        ? null
        : $"HP604  this process may have only {limit} files open, and the front needs {Least} before the first client comes. "
            + "Raise the limit: ulimit -n 4096, LimitNOFILE=4096 of systemd, docker run --ulimit nofile=4096.";

    [LibraryImport("libc", SetLastError = true)]
    private static partial int getrlimit(int resource, long* limits);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int setrlimit(int resource, long* limits);
}
