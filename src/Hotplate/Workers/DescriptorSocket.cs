using System.Runtime.InteropServices;
using Hotplate.Channel;

namespace Hotplate.Workers;

/// <summary>The front's end of the second, rarely used socket of a worker, which passes open files in both directions.</summary>
/// <remarks>A sequenced-packet socket: one message, one descriptor, eight bytes that say what it is. .NET cannot pass descriptors itself.</remarks>
internal sealed unsafe class DescriptorSocket(int fd) : IDisposable
{
    private const int ControlSize = 24; // CMSG_SPACE(sizeof(int))
    private readonly Dictionary<uint, int> early = [];
    private readonly Lock reading = new();
    private int fd = fd;

    /// <summary>Passes a descriptor; the caller keeps its own. False: the worker is gone or its queue is full.</summary>
    internal bool Send(uint stream, DescriptorKind kind, int descriptor)
    {
        var text = stackalloc uint[2] { stream, (uint)kind };
        return SendMessage(fd, (byte*)text, 8, new ReadOnlySpan<int>(&descriptor, 1), Libc.MSG_DONTWAIT) == 8;
    }

    /// <summary>Takes the descriptor that was passed for a stream before the frame that names it.</summary>
    internal bool TryReceive(uint stream, out int descriptor)
    {
        lock (reading)
        {
            while (!early.Remove(stream, out descriptor))
            {
                if (!TryReceiveNext(out var other, out var received))
                {
                    return false;
                }
                if (early.Count > Worker.MaxSlots || !early.TryAdd(other, received))
                {
                    _ = Libc.close(received);
                    return false;
                }
            }
            return true;
        }
    }

    public void Dispose()
    {
        lock (reading)
        {
            if (fd >= 0)
            {
                _ = Libc.close(fd);
                fd = -1;
            }
            foreach (var descriptor in early.Values)
            {
                _ = Libc.close(descriptor);
            }
            early.Clear();
        }
    }

    /// <summary>sendmsg(2) with SCM_RIGHTS; at most 16 descriptors. Returns what sendmsg returned.</summary>
    internal static nint SendMessage(int socket, byte* text, int length, ReadOnlySpan<int> descriptors, int flags)
    {
        var control = stackalloc byte[sizeof(Libc.ControlHeader) + (16 * sizeof(int))];
        var vector = new Libc.IoVector { Base = text, Length = length };
        var message = new Libc.MessageHeader { Vectors = &vector, VectorCount = 1 };
        if (descriptors.Length > 0)
        {
            var header = (Libc.ControlHeader*)control;
            header->Length = sizeof(Libc.ControlHeader) + (descriptors.Length * sizeof(int));
            header->Level = Libc.SOL_SOCKET;
            header->Type = Libc.SCM_RIGHTS;
            descriptors.CopyTo(new Span<int>(control + sizeof(Libc.ControlHeader), descriptors.Length));
            message.Control = control;
            message.ControlLength = (header->Length + 7) & ~(nint)7;
        }
        nint sent;
        do
        {
            sent = Libc.sendmsg(socket, &message, flags | Libc.MSG_NOSIGNAL);
        }
        while (sent < 0 && Marshal.GetLastPInvokeError() == Libc.EINTR);
        return sent;
    }

    private bool TryReceiveNext(out uint stream, out int descriptor)
    {
        var text = stackalloc uint[2];
        var control = stackalloc byte[ControlSize];
        var vector = new Libc.IoVector { Base = text, Length = 8 };
        var message = new Libc.MessageHeader { Vectors = &vector, VectorCount = 1, Control = control, ControlLength = ControlSize };
        var n = Libc.recvmsg(fd, &message, Libc.MSG_DONTWAIT | Libc.MSG_CMSG_CLOEXEC);
        var header = (Libc.ControlHeader*)control;
        if (n != 8 || message.ControlLength < sizeof(Libc.ControlHeader) + sizeof(int) || header->Type != Libc.SCM_RIGHTS)
        {
            stream = 0;
            descriptor = -1;
            return false;
        }
        stream = text[0];
        descriptor = *(int*)(control + sizeof(Libc.ControlHeader));
        return true;
    }
}
