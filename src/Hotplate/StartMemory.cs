using System.Globalization;
using Hotplate.Linux;

namespace Hotplate;

/// <summary>What only the start needed: half of the program's code, and objects that nobody knows any more. It would be resident for good.</summary>
internal static unsafe class StartMemory
{
    private const int MADV_DONTNEED = 4;

    /// <summary>Once, when the server serves: a few milliseconds.</summary>
    internal static void GiveBack()
    {
        GC.Collect(2, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        try
        {
            foreach (var line in File.ReadAllLines("/proc/self/maps"))
            {
                // FROM-TO r-xp OFFSET DEVICE INODE PATH. Code is never written to, so what is needed again comes from its file; memory of
                // any other kind may hold what was relocated.
                var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
                if (words is [var place, "r-xp", _, _, _, ['/', ..]])
                {
                    var ends = place.Split('-');
                    var from = nuint.Parse(ends[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
                    var to = nuint.Parse(ends[1], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
                    _ = Libc.madvise((byte*)from, to - from, MADV_DONTNEED);
                }
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // No /proc: it stays.
        }
    }
}
