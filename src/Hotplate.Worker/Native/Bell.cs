namespace Hotplate.Worker.Native;

/// <summary>Wakes who polls a descriptor: an eventfd, or a pipe where the kernel refuses one (a filter of system calls).</summary>
internal unsafe struct Bell
{
    private const int Flags = 0x80800; // close-on-exec, non-blocking: the same for both
    private int written;

    /// <summary>Readable once it was rung. -1: the kernel refuses it, since too many files are open.</summary>
    internal int Descriptor { get; private set; }

    internal static Bell None => new() { Descriptor = -1, written = -1 };

    internal static Bell Make()
    {
        var descriptor = Libc.eventfd(0, Flags);
        if (descriptor >= 0)
        {
            return new() { Descriptor = descriptor, written = descriptor };
        }
        var ends = stackalloc int[2];
        return Libc.pipe2(ends, Flags) == 0 ? new() { Descriptor = ends[0], written = ends[1] } : None;
    }

    internal readonly void Ring()
    {
        if (written >= 0)
        {
            var one = 1L;
            _ = Libc.write(written, (byte*)&one, 8);
        }
    }
}
