using System.Runtime.InteropServices;

namespace Hotplate.Control;

/// <summary>The system calls of this room. Names and arguments as in section 2 of the Linux manual.</summary>
internal static unsafe partial class Native
{
    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int statx(int directory, string path, int flags, uint mask, byte* result);

    [LibraryImport("libc")]
    internal static partial uint geteuid();
}
