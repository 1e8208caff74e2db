using System.ComponentModel;
using System.Runtime.InteropServices;
using Hotplate.Workers;
using Microsoft.Win32.SafeHandles;

namespace Hotplate.Apps;

/// <summary>Where bodies go that memory is too dear for: files that never have a name, under one quota for all of them.</summary>
internal sealed class SpoolDirectory(string path, long quota)
{
    private const int O_TMPFILE = 0x410000;
    private const int O_EXCL = 0x80;
    private long used;

    internal string Path { get; } = path;

    /// <summary>Bytes on disk.</summary>
    internal long Used => Interlocked.Read(ref used);

    /// <summary>False: the quota is used up.</summary>
    internal bool TryReserve(long bytes)
    {
        if (Interlocked.Add(ref used, bytes) <= quota)
        {
            return true;
        }
        Interlocked.Add(ref used, -bytes);
        return false;
    }

    internal void Release(long bytes) => Interlocked.Add(ref used, -bytes);

    /// <summary>A new file, open for reading and writing, gone when its last descriptor is closed.</summary>
    /// <exception cref="IOException">The disk is full, or the directory cannot be written.</exception>
    internal SafeFileHandle Create()
    {
        var fd = Libc.open(Path, O_TMPFILE | Libc.O_RDWR | Libc.O_CLOEXEC | O_EXCL, 0x180 /* 0600 */);
        if (fd >= 0)
        {
            return new SafeFileHandle(fd, ownsHandle: true);
        }
        // Some file systems (overlayfs of old kernels, NFS) have no nameless files: make one and take its name away.
        var name = System.IO.Path.Combine(Path, $"hotplate-{Guid.NewGuid():N}");
        fd = Libc.open(name, 0xC0 /* O_CREAT, O_EXCL */ | Libc.O_RDWR | Libc.O_CLOEXEC, 0x180);
        if (fd < 0)
        {
            throw new IOException($"cannot make a file in {Path}: {new Win32Exception(Marshal.GetLastPInvokeError()).Message}");
        }
        File.Delete(name);
        return new SafeFileHandle(fd, ownsHandle: true);
    }
}
