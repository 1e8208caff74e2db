using System.Runtime.InteropServices;
using Hotplate.Channel;
using Hotplate.Linux;

namespace Hotplate.Workers;

/// <summary>The front's end of the second, rarely used socket of a worker, which passes open files in both directions.</summary>
/// <remarks>
/// A sequenced-packet socket: one message, one descriptor, eight bytes that say what it is. .NET cannot pass descriptors itself.
/// The lock keeps the socket open while it is used: a closed descriptor's number soon belongs to somebody else.
/// </remarks>
internal sealed unsafe class DescriptorSocket(int fd) : IDisposable
{
    /// <summary>Room for two descriptors, which is what the kernel makes of room for one; nobody should send two.</summary>
    private const int ControlSize = 24;
    private readonly Dictionary<uint, int> early = [];
    private readonly Lock gate = new();
    private int fd = fd;

    /// <summary>Passes a descriptor; the caller keeps its own.</summary>
    internal DescriptorPass Send(uint stream, DescriptorKind kind, int descriptor)
    {
        var text = stackalloc uint[2] { stream, (uint)kind };
        lock (gate)
        {
            if (fd < 0)
            {
                return DescriptorPass.NoWorker;
            }
            if (SendMessage(fd, (byte*)text, 8, new ReadOnlySpan<int>(&descriptor, 1), Libc.MSG_DONTWAIT) == 8)
            {
                return DescriptorPass.Passed;
            }
            return Marshal.GetLastPInvokeError() is Libc.EPIPE or Libc.ECONNRESET ? DescriptorPass.NoWorker : DescriptorPass.Refused;
        }
    }

    /// <summary>Takes the descriptor that was passed for a stream before the frame that names it.</summary>
    internal bool TryReceive(uint stream, out int descriptor)
    {
        lock (gate)
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
        lock (gate)
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

    /// <summary>False: nothing is there, or it is not one file with eight bytes; whatever came with it is closed.</summary>
    private bool TryReceiveNext(out uint stream, out int descriptor)
    {
        var text = stackalloc uint[2];
        var control = stackalloc byte[ControlSize];
        var vector = new Libc.IoVector { Base = text, Length = 8 };
        var message = new Libc.MessageHeader { Vectors = &vector, VectorCount = 1, Control = control, ControlLength = ControlSize };
        nint n;
        do
        {
            n = Libc.recvmsg(fd, &message, Libc.MSG_DONTWAIT | Libc.MSG_CMSG_CLOEXEC);
        }
        while (n < 0 && Marshal.GetLastPInvokeError() == Libc.EINTR);
        stream = 0;
        descriptor = -1;
        if (n < 0)
        {
            return false;
        }
        var header = (Libc.ControlHeader*)control;
        var count = 0;
        if (message.ControlLength >= sizeof(Libc.ControlHeader) && header->Level == Libc.SOL_SOCKET && header->Type == Libc.SCM_RIGHTS)
        {
            count = (int)((Math.Min(header->Length, message.ControlLength) - sizeof(Libc.ControlHeader)) / sizeof(int));
        }
        var received = (int*)(control + sizeof(Libc.ControlHeader));
        if (n == 8 && count == 1 && text[1] == (uint)DescriptorKind.ResponseFile)
        {
            stream = text[0];
            descriptor = received[0];
            return true;
        }
        for (var i = 0; i < count; i++)
        {
            _ = Libc.close(received[i]);
        }
        return false;
    }
}
