using System.ComponentModel;
using System.Runtime.InteropServices;
using Hotplate.Linux;
using Hotplate.Workers;
using Microsoft.Win32.SafeHandles;

namespace Hotplate.Apps;

/// <summary>Where bodies go that memory is too dear for: files that never have a name, under one quota for all of them.</summary>
/// <param name="path">The folder.</param>
/// <param name="quota">Most bytes of all files together.</param>
/// <param name="log">Is told when a file is refused; null: nobody.</param>
internal sealed class SpoolDirectory(string path, long quota, ILogger? log = null)
{
    // A full disk is met by every large answer: once a minute is enough to be seen.
    private const int BetweenWarnings = 60_000;
    private const long MostOnDisk = 16L << 30;

    // Of the pool's eight threads: a slow disk keeps these, and nobody else waits for it.
    private const int MostAtOnce = 4;
    private const int O_TMPFILE = 0x410000;
    private const int O_EXCL = 0x80;
    private readonly SemaphoreSlim turns = new(MostAtOnce);
    private long used;
    private long warned = -BetweenWarnings;

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

    /// <summary>The first folder that a file can be made in: the one that TMPDIR names, /tmp, /var/tmp. What speaks against those before it goes into the log.</summary>
    /// <param name="memory">The budget for what clients make us hold: files of a file system in memory must fit into it too.</param>
    internal static SpoolDirectory Find(ClientMemory memory, ILogger log)
    {
        string[] candidates = [.. new[] { System.IO.Path.GetTempPath(), "/tmp/", "/var/tmp/" }.Distinct(StringComparer.Ordinal)];
        var refused = new List<string>();
        foreach (var path in candidates)
        {
            try
            {
                new SpoolDirectory(path, MostOnDisk).Create().Dispose();
                if (refused.Count > 0)
                {
                    log.OtherSpoolFolder(path, string.Join("; ", refused));
                }
                return new SpoolDirectory(path, IsMemory(path) ? Math.Max(memory.Limit / 2, 1 << 20) : MostOnDisk, log);
            }
            catch (IOException error)
            {
                refused.Add(error.Message);
            }
        }
        log.NoSpoolFolder(string.Join("; ", refused));
        return new SpoolDirectory(candidates[0], MostOnDisk, log);
    }

    /// <summary>Why a file could not be made or written. .NET says of EFBIG (ulimit -f) that an argument was out of range.</summary>
    internal static bool IsRefusal(Exception error) => error is IOException or UnauthorizedAccessException or ArgumentOutOfRangeException;

    /// <summary>Nothing more can be put there. What that means for the request at hand is the caller's to say.</summary>
    internal void Refused(string reason)
    {
        var now = Environment.TickCount64;
        var last = Interlocked.Read(ref warned);
        if (now - last >= BetweenWarnings && Interlocked.CompareExchange(ref warned, now, last) == last)
        {
            log?.SpoolRefused(Path, reason);
        }
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

    internal async ValueTask WriteAsync(SafeFileHandle file, ReadOnlyMemory<byte> piece, long offset)
    {
        await turns.WaitAsync();
        try
        {
            await RandomAccess.WriteAsync(file, piece, offset);
        }
        finally
        {
            turns.Release();
        }
    }

    internal async ValueTask WriteAsync(SafeFileHandle file, IReadOnlyList<ReadOnlyMemory<byte>> pieces, long offset)
    {
        await turns.WaitAsync();
        try
        {
            await RandomAccess.WriteAsync(file, pieces, offset);
        }
        finally
        {
            turns.Release();
        }
    }

    /// <summary>Reads a file of ours, or one that the application gave: either may lie on a slow disk.</summary>
    internal async ValueTask<int> ReadAsync(SafeFileHandle file, Memory<byte> to, long offset)
    {
        await turns.WaitAsync();
        try
        {
            return await RandomAccess.ReadAsync(file, to, offset);
        }
        finally
        {
            turns.Release();
        }
    }

    /// <summary>tmpfs and ramfs: what is written there is memory of the container that nobody counts.</summary>
    private static bool IsMemory(string path)
    {
        try
        {
            return new DriveInfo(path).DriveFormat is "tmpfs" or "ramfs";
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return false;
        }
    }
}
