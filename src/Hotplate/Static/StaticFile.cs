using System.Globalization;
using Hotplate.Linux;
using Microsoft.Net.Http.Headers;
using Microsoft.Win32.SafeHandles;

namespace Hotplate.Static;

/// <summary>A file or a folder below the folder that is served, open.</summary>
internal sealed class StaticFile(SafeFileHandle handle, FileStatus status) : IDisposable
{
    internal SafeFileHandle Handle { get; } = handle;

    internal bool IsFolder => status.IsFolder;

    internal long Size => status.Size;

    /// <summary>To the second, which is what HTTP's dates can say.</summary>
    internal DateTimeOffset Modified { get; } = DateTimeOffset.FromUnixTimeSeconds(Math.Clamp(status.ModifiedSeconds, 0, 253402300799));

    /// <summary>Strong: made of size and of the time of change, in nanoseconds.</summary>
    internal EntityTagHeaderValue Tag { get; } = new(string.Create(
        CultureInfo.InvariantCulture, $"\"{status.ModifiedSeconds:x}{status.ModifiedNanoseconds:x8}-{status.Size:x}\""));

    public void Dispose() => Handle.Dispose();
}
