using System.Runtime.InteropServices;
using Hotplate.Channel;
using Hotplate.Worker.Link;
using Hotplate.Worker.Native;

namespace Hotplate.Worker.Threads;

/// <summary>The Python stacks of all threads, for whoever asks why a request takes so long.</summary>
/// <remarks>
/// faulthandler writes them into a memfd when its signal comes, which works without the GIL, and so also when C code does not give it up. The
/// thread that reads the request for stacks sends the signal to itself.
/// </remarks>
internal static unsafe class Stacks
{
    private const int MaxText = 60 * 1024;
    private static int file = -1;
    private static int signal;

    internal static void Open(int memoryFile, int number)
    {
        file = memoryFile;
        signal = number;
    }

    /// <summary>The reader of the channel calls this, with or without the GIL.</summary>
    internal static void Send(uint argument)
    {
        if (file >= 0)
        {
            var set = stackalloc ulong[16];
            var old = stackalloc ulong[16];
            new Span<ulong>(set, 16).Clear();
            set[(signal - 1) / 64] = 1UL << ((signal - 1) % 64);
            _ = Libc.pthread_sigmask(1 /* unblock */, set, old);
            _ = Libc.raise(signal);
            _ = Libc.pthread_sigmask(2 /* set */, old, null);
        }
        var buffer = (byte*)Libc.malloc(MaxText);
        var at = 0L;
        nint length;
        do
        {
            length = file < 0 ? 0 : Libc.pread(file, buffer, MaxText, at);
            at += Math.Max(length, 0);
            Outbox.Append(
                FrameType.Stack, length < MaxText ? FrameFlags.End : FrameFlags.None, 0, 0, argument,
                new ReadOnlySpan<byte>(buffer, (int)Math.Max(length, 0)));
        }
        while (length == MaxText);
        Libc.free(buffer);
        if (file >= 0)
        {
            _ = Libc.ftruncate(file, 0);
            _ = Libc.lseek(file, 0, 0);
        }
    }
}
