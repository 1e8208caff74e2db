using System.Globalization;

namespace Hotplate.Cli;

/// <summary>Times and sizes as people read them at a glance.</summary>
internal static class Amount
{
    /// <summary>Seconds as "250ms", "4.2s", "12m 5s", "2h 14m", "3d 7h".</summary>
    internal static string Time(double seconds) => seconds switch
    {
        < 1 => string.Create(CultureInfo.InvariantCulture, $"{Math.Max(0, seconds) * 1000:0}ms"),
        < 10 => string.Create(CultureInfo.InvariantCulture, $"{seconds:0.0}s"),
        < 60 => string.Create(CultureInfo.InvariantCulture, $"{seconds:0}s"),
        < 3600 => $"{(int)seconds / 60}m {(int)seconds % 60}s",
        < 86400 => $"{(int)seconds / 3600}h {(int)seconds / 60 % 60}m",
        _ => $"{(int)(seconds / 86400)}d {(int)(seconds / 3600) % 24}h",
    };

    /// <summary>Bytes as "512K", "38M", "1.2G".</summary>
    internal static string Size(long bytes) => bytes switch
    {
        < 1 << 20 => $"{bytes >> 10}K",
        < 1 << 30 => $"{bytes >> 20}M",
        _ => string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1 << 30):0.0}G"),
    };
}
