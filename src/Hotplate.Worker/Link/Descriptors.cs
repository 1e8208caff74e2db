using Hotplate.Channel;
using Hotplate.Worker.Native;

namespace Hotplate.Worker.Link;

/// <summary>The second socket, which passes open files: request bodies from the front, files the application answers with to it.</summary>
/// <remarks>A message is eight bytes (stream and <see cref="DescriptorKind"/>) with one descriptor. Used with the GIL, so by one thread at a time.</remarks>
internal static unsafe class Descriptors
{
    private const int SOL_SOCKET = 1;
    private const int SCM_RIGHTS = 1;
    private const int MSG_CTRUNC = 8;
    private const int MaxEarly = 1024;
    private static int socket;
    private static uint* earlyStreams;
    private static int* early;
    private static int earlyCount;

    internal static void Open(int fd)
    {
        socket = fd;
        earlyStreams = (uint*)Libc.calloc(MaxEarly, sizeof(uint));
        early = (int*)Libc.calloc(MaxEarly, sizeof(int));
    }

    /// <summary>The descriptor that was passed before the stream's request frame; the caller owns it. -1: the kernel refused it, too many files are open here.</summary>
    internal static int Take(uint stream)
    {
        for (var i = 0; i < earlyCount; i++)
        {
            if (earlyStreams[i] == stream)
            {
                var fd = early[i];
                earlyCount--;
                earlyStreams[i] = earlyStreams[earlyCount];
                early[i] = early[earlyCount];
                return fd;
            }
        }
        while (TryReceive(out var other, out var fd))
        {
            if (other == stream)
            {
                return fd;
            }
            if (earlyCount == MaxEarly)
            {
                break;
            }
            earlyStreams[earlyCount] = other;
            early[earlyCount++] = fd;
        }
        Fatal.Exit($"the channel is broken: no descriptor came for stream {stream}");
        return -1;
    }

    /// <summary>Closes the descriptor of a request that was taken back.</summary>
    internal static void Forget(in FrameHeader header)
    {
        if (header.Flags.HasFlag(FrameFlags.BodyInFile))
        {
            var descriptor = Take(header.Stream);
            if (descriptor >= 0)
            {
                _ = Libc.close(descriptor);
            }
        }
    }

    /// <summary>Passes a file to the front; the caller keeps its own descriptor. False: not now, the socket is full.</summary>
    internal static bool TrySend(uint stream, int descriptor)
    {
        var text = stackalloc uint[2] { stream, (uint)DescriptorKind.ResponseFile };
        var control = stackalloc long[3];
        control[0] = 20;
        ((int*)control)[2] = SOL_SOCKET;
        ((int*)control)[3] = SCM_RIGHTS;
        ((int*)control)[4] = descriptor;
        var vector = new Libc.IoVector { Base = (byte*)text, Length = 8 };
        var message = new Libc.MessageHeader { Vectors = &vector, VectorCount = 1, Control = control, ControlLength = 24 };
        nint sent;
        do
        {
            sent = Libc.sendmsg(socket, &message, Libc.MSG_NOSIGNAL | Libc.MSG_DONTWAIT);
        }
        while (sent < 0 && Libc.Errno == Libc.EINTR);
        return sent == 8;
    }

    private static bool TryReceive(out uint stream, out int descriptor)
    {
        var text = stackalloc uint[2];
        var control = stackalloc long[3];
        var vector = new Libc.IoVector { Base = (byte*)text, Length = 8 };
        var message = new Libc.MessageHeader { Vectors = &vector, VectorCount = 1, Control = control, ControlLength = 24 };
        nint count;
        do
        {
            count = Libc.recvmsg(socket, &message, Libc.MSG_DONTWAIT | Libc.MSG_CMSG_CLOEXEC);
        }
        while (count < 0 && Libc.Errno == Libc.EINTR);
        stream = text[0];
        // The kernel passes none on to who may have no more files open, and says only that something was cut off (unix(7)).
        descriptor = message.ControlLength >= 20 && ((int*)control)[3] == SCM_RIGHTS ? ((int*)control)[4] : -1;
        return count == 8 && (descriptor >= 0 || (message.Flags & MSG_CTRUNC) != 0);
    }
}
