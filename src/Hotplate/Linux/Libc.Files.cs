using System.Runtime.InteropServices;

namespace Hotplate.Linux;

// Files beneath a folder.
internal static unsafe partial class Libc
{
    internal const int ENOSYS = 38;
    internal const int ELOOP = 40;
    internal const int EXDEV = 18;
    internal const int ENAMETOOLONG = 36;
    internal const int O_NOCTTY = 0x100;
    internal const int O_PATH = 0x200000;

    // x86-64 and arm64 have different numbers for these two.
    internal static readonly int O_DIRECTORY = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 0x4000 : 0x10000;
    internal static readonly int O_NOFOLLOW = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 0x8000 : 0x20000;

    private const nint OpenAt2 = 437;
    private const ulong NoMagicLinks = 0x02;
    private const ulong Beneath = 0x08;

    [LibraryImport("libc", SetLastError = true)]
    internal static partial int openat(int directory, byte* path, int flags, uint mode);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint syscall(nint number, nint directory, nint path, nint how, nint size);

    /// <summary>
    /// Opens what does not lie outside of the folder, whatever links and dots there are on the way: EXDEV. ENOSYS of kernels before
    /// 5.6.
    /// </summary>
    /// <param name="path">Relative, ends with a NUL.</param>
    internal static int OpenBeneath(int directory, byte* path, int flags)
    {
        var how = stackalloc ulong[3] { (ulong)flags, 0, Beneath | NoMagicLinks };
        return (int)syscall(OpenAt2, directory, (nint)path, (nint)how, 3 * sizeof(ulong));
    }

    /// <summary>Null: the kernel does not say.</summary>
    internal static FileStatus? StatusOf(int fd)
    {
        const int wholeStructure = 256, emptyPath = 0x1000, basic = 0x7FF;
        const int modeAt = 28, sizeAt = 40, modifiedAt = 112;
        var result = stackalloc byte[wholeStructure];
        return statx(fd, "", emptyPath, basic, result) == 0
            ? new FileStatus(
                *(ushort*)(result + modeAt),
                *(long*)(result + sizeAt),
                *(long*)(result + modifiedAt),
                *(uint*)(result + modifiedAt + sizeof(long)))
            : null;
    }
}
