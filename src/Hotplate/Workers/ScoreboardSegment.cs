using System.ComponentModel;
using Hotplate.Channel;
using Hotplate.Linux;

namespace Hotplate.Workers;

/// <summary>The memory behind a worker's scoreboard, its unsent frames and large bodies: a memfd of fixed size, mapped here and passed on
/// as a descriptor.</summary>
/// <remarks>Sealed against shrinking and growing: a worker that truncated it would otherwise kill the front with SIGBUS.</remarks>
internal sealed unsafe class ScoreboardSegment : IDisposable
{
    private const int F_ADD_SEALS = 1033;
    private const int F_SEAL_SEAL = 1;
    private const int F_SEAL_SHRINK = 2;
    private const int F_SEAL_GROW = 4;
    private const uint MFD_CLOEXEC = 1;
    private const int O_TMPFILE = 0x410000;
    private const uint MFD_ALLOW_SEALING = 2;
    private readonly int size;
    private byte* memory;

    internal ScoreboardSegment(int slots)
    {
        Descriptor = Libc.memfd_create("hotplate-scoreboard", MFD_CLOEXEC | MFD_ALLOW_SEALING);
        var canBeSealed = Descriptor >= 0;
        if (!canBeSealed)
        {
            Descriptor = CreateFile(new Win32Exception().Message);
        }
        // More than the lines only in a memfd: a file's pages may be refused when they are used (a small /dev/shm), and that would kill the
        // worker.
        // And where files may not be so large (ulimit -f), bodies go through the socket, or the worker keeps its unsent frames to itself
        // too.
        var unsent = UnsentFrames.OffsetFor(slots);
        size = SharedBodies.SegmentSize(slots);
        if (!canBeSealed || Libc.ftruncate(Descriptor, size) != 0)
        {
            size = unsent + UnsentFrames.Size;
        }
        if (!canBeSealed || Libc.ftruncate(Descriptor, size) != 0)
        {
            size = Scoreboard.SizeFor(slots);
        }
        if (Libc.ftruncate(Descriptor, size) != 0
            || (canBeSealed && Libc.fcntl(Descriptor, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW) != 0))
        {
            throw new Win32Exception();
        }
        memory = Libc.mmap(null, size, 3 /* read, write */, 1 /* MAP_SHARED */, Descriptor, 0);
        if ((nint)memory == -1)
        {
            throw new Win32Exception();
        }
        Board = new Scoreboard(memory, slots);
        Board.Worker.Magic = Scoreboard.Magic;
        Board.Worker.Slots = (uint)slots;
        Unsent = new UnsentFrames(size > unsent ? memory + unsent : null);
        var hasBodies = size == SharedBodies.SegmentSize(slots);
        Bodies = new SharedBodies(hasBodies ? memory + SharedBodies.RequestsIn(slots) : null);
        AnswerBodies = new SharedBodies(hasBodies ? memory + SharedBodies.AnswersIn(slots) : null);
    }

    /// <summary>Null, or why the kernel refuses what it takes to keep a worker's unsent frames where the front finds them; for the log.</summary>
    internal static string? Refusal(int slots)
    {
        const string Lost = "what a worker gives in the milliseconds before it is killed or crashes can be lost";
        var descriptor = Libc.memfd_create("hotplate-trial", MFD_CLOEXEC | MFD_ALLOW_SEALING);
        if (descriptor < 0)
        {
            return $"the kernel refuses memfd_create ({new Win32Exception().Message}), so {Lost}, and an import that takes long is told without its stack. "
                + "Allow memfd_create in the container's seccomp profile or systemd's SystemCallFilter";
        }
        var fits = Libc.ftruncate(descriptor, UnsentFrames.OffsetFor(slots) + UnsentFrames.Size) == 0;
        _ = Libc.close(descriptor);
        return fits ? null : $"no file, also none in memory, may be as large as 2 MiB (ulimit -f), so {Lost}. Allow that: ulimit -f 2048 of bash, LimitFSIZE=2M of systemd";
    }

    /// <summary>Where memfd_create is forbidden (a filter of system calls): a file without a name, which cannot be sealed.</summary>
    private static int CreateFile(string refused)
    {
        foreach (var folder in new[] { "/dev/shm", Path.GetTempPath() })
        {
            var file = Libc.open(folder, O_TMPFILE | Libc.O_RDWR | Libc.O_CLOEXEC, 0x180 /* 0600 */);
            if (file >= 0)
            {
                return file;
            }
        }
        throw new IOException($"memfd_create is refused ({refused}), and so is a file in /dev/shm and {Path.GetTempPath()}");
    }

    /// <summary>To be passed to the zygote, then closed by <see cref="CloseDescriptor"/>.</summary>
    internal int Descriptor { get; private set; }

    internal Scoreboard Board { get; }

    internal UnsentFrames Unsent { get; }

    /// <summary>Of requests.</summary>
    internal SharedBodies Bodies { get; }

    internal SharedBodies AnswerBodies { get; }

    internal void CloseDescriptor()
    {
        if (Descriptor >= 0)
        {
            _ = Libc.close(Descriptor);
            Descriptor = -1;
        }
    }

    public void Dispose()
    {
        CloseDescriptor();
        // The mapping stays: a late reader of another thread may still look. It is a few pages, and goes with the last reference.
    }

#pragma warning disable MA0055 // The mapping has no other owner, and an early munmap would be a crash of the front.
    ~ScoreboardSegment()
    {
        if (memory is not null)
        {
            _ = Libc.munmap(memory, size);
            memory = null;
        }
    }
#pragma warning restore MA0055
}
