using System.Runtime.InteropServices;
using System.Text;
using Hotplate.Linux;
using Hotplate.Workers;

namespace Hotplate.Supervision;

/// <summary>Tells which files of an application have changed: inotify(7).</summary>
/// <remarks>
/// Not FileSystemWatcher, which cannot leave out node_modules or .git and spends a watch on each of their folders. Safe to call from any
/// thread; a thread of its own tells.
/// </remarks>
internal sealed unsafe class SourceWatch : IDisposable
{
    /// <summary>Most folders: fs.inotify.max_user_watches was 8,192 on older kernels.</summary>
    internal const int MostFolders = 4096;

    private const uint IN_CLOSE_WRITE = 0x8, IN_MOVED_FROM = 0x40, IN_MOVED_TO = 0x80, IN_CREATE = 0x100, IN_DELETE = 0x200;
    private const uint IN_Q_OVERFLOW = 0x4000, IN_IGNORED = 0x8000, IN_ONLYDIR = 0x0100_0000, IN_ISDIR = 0x4000_0000;
    private const uint Wanted = IN_CLOSE_WRITE | IN_MOVED_FROM | IN_MOVED_TO | IN_CREATE | IN_DELETE | IN_ONLYDIR;
    private const short POLLIN = 1;

    private readonly Lock gate = new();
    private readonly Dictionary<int, (string Path, bool Tree)> folders = [];
    private readonly Action<string> changed;
    private readonly string? script;
    private readonly int inotify;
    private readonly int wakeRead;
    private readonly int wakeWrite;
    private readonly Thread thread;

    /// <param name="changed">Takes the path of a source file that was written, made, moved or deleted; empty: many were.</param>
    /// <param name="script">A file that is source whatever it is called.</param>
    /// <exception cref="IOException">The kernel refuses it, with its reason: no more than fs.inotify.max_user_instances, or a filter of system calls.</exception>
    internal SourceWatch(Action<string> changed, string? script = null)
    {
        this.changed = changed;
        this.script = script;
        inotify = Libc.inotify_init1(Libc.O_CLOEXEC);
        if (inotify < 0)
        {
            throw new IOException(Marshal.GetLastPInvokeErrorMessage());
        }
        var ends = stackalloc int[2];
        if (Libc.pipe2(ends, Libc.O_CLOEXEC) != 0)
        {
            var why = Marshal.GetLastPInvokeErrorMessage();
            _ = Libc.close(inotify);
            throw new IOException(why);
        }
        (wakeRead, wakeWrite) = (ends[0], ends[1]);
        thread = new Thread(Run, 256 * 1024) { IsBackground = true, Name = "source watch" };
        thread.Start();
    }

    /// <summary>How many folders are watched.</summary>
    internal int Folders
    {
        get
        {
            lock (gate)
            {
                return folders.Count;
            }
        }
    }

    /// <summary>Folders that could not be watched, because there are too many.</summary>
    internal int LeftOut { get; private set; }

    /// <summary>Watches the files of one folder.</summary>
    internal void AddFolder(string path) => Add(path, tree: false);

    /// <summary>Watches a folder and those below, also those to come.</summary>
    internal void AddTree(string path) => AddTree(path, static _ => { });

    public void Dispose()
    {
        byte one = 1;
        _ = Libc.write(wakeWrite, &one, 1);
        thread.Join();
        _ = Libc.close(inotify);
        _ = Libc.close(wakeRead);
        _ = Libc.close(wakeWrite);
    }

    private void AddTree(string path, Action<string> found)
    {
        if (!Add(path, tree: true))
        {
            return;
        }
        try
        {
            foreach (var entry in new DirectoryInfo(path).EnumerateFileSystemInfos())
            {
                if (entry is FileInfo)
                {
                    found(entry.FullName);
                }
                else if (entry.LinkTarget is null && !SourceRule.IsPassedOver(entry.FullName))
                {
                    AddTree(entry.FullName, found);
                }
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // It went while it was read, or is not ours to read.
        }
    }

    /// <returns>False: it is there already, or cannot be watched.</returns>
    private bool Add(string path, bool tree)
    {
        lock (gate)
        {
            if (folders.Count >= MostFolders)
            {
                LeftOut++;
                return false;
            }
            var watch = Libc.inotify_add_watch(inotify, path, Wanted);
            if (watch < 0)
            {
                LeftOut += Marshal.GetLastPInvokeError() == 28 /* ENOSPC: max_user_watches */ ? 1 : 0;
                return false;
            }
            var known = folders.TryGetValue(watch, out var before);
            folders[watch] = (path, tree || before.Tree);
            return !known || before.Path != path || (tree && !before.Tree);
        }
    }

    private void Run()
    {
        var buffer = stackalloc byte[16 * 1024];
        var polled = stackalloc Libc.PollDescriptor[2];
        while (true)
        {
            polled[0] = new Libc.PollDescriptor { Fd = inotify, Events = POLLIN };
            polled[1] = new Libc.PollDescriptor { Fd = wakeRead, Events = POLLIN };
            if (Libc.poll(polled, 2, -1) <= 0)
            {
                continue;
            }
            if (polled[1].Received != 0)
            {
                return;
            }
            var read = Libc.read(inotify, buffer, 16 * 1024);
            for (nint at = 0; at < read;)
            {
                at += Take(buffer + at);
            }
        }
    }

    /// <summary>struct inotify_event: i32 watch, u32 mask, u32 cookie, u32 length of the name, the name. Returns its size.</summary>
    private int Take(byte* from)
    {
        var watch = *(int*)from;
        var mask = *(uint*)(from + 4);
        var length = *(int*)(from + 12);
        var name = length == 0 ? "" : Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(from + 16));
        if ((mask & IN_Q_OVERFLOW) != 0)
        {
            changed("");
        }
        else if ((mask & IN_IGNORED) != 0)
        {
            lock (gate)
            {
                folders.Remove(watch);
            }
        }
        else if (length > 0)
        {
            Tell(watch, mask, name);
        }
        return 16 + length;
    }

    private void Tell(int watch, uint mask, string name)
    {
        (string Path, bool Tree) folder;
        lock (gate)
        {
            if (!folders.TryGetValue(watch, out folder))
            {
                return;
            }
        }
        var path = Path.Combine(folder.Path, name);
        if ((mask & IN_ISDIR) == 0)
        {
            TellFile(path);
        }
        else if (folder.Tree && (mask & (IN_CREATE | IN_MOVED_TO)) != 0 && !SourceRule.IsPassedOver(path))
        {
            // What was put into it before it was watched has changed too.
            AddTree(path, TellFile);
        }
    }

    private void TellFile(string path)
    {
        if (path == script || SourceRule.IsSource(path))
        {
            changed(path);
        }
    }
}
