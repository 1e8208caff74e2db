using System.Runtime.InteropServices;
using System.Text;
using Hotplate.Workers;

namespace Hotplate.Supervision;

/// <summary>Reads what applications print, line by line, and passes it on with the pid before it.</summary>
/// <remarks>One thread for all pipes. A pipe's owner is told when it has ended, after its last line.</remarks>
internal sealed unsafe class OutputPump : IDisposable
{
    private const short POLLIN = 1;
    private const int LongestLine = 64 * 1024;
    private readonly List<OutputPipe> pipes = [];
    private readonly Lock gate = new();
    private readonly int wakeRead;
    private readonly int wakeWrite;
    private volatile bool stopped;

    internal OutputPump()
    {
        var ends = stackalloc int[2];
        _ = Libc.pipe2(ends, Libc.O_CLOEXEC | 0x800 /* O_NONBLOCK */);
        (wakeRead, wakeWrite) = (ends[0], ends[1]);
        new Thread(Run, 128 * 1024) { IsBackground = true, Name = "app output" }.Start();
    }

    /// <summary>A new pipe whose lines go to <paramref name="write"/>. Returns the end to give away and then close.</summary>
    internal int Open(Func<int> pid, Action<string> write, LastWords? words = null)
    {
        var ends = stackalloc int[2];
        if (Libc.pipe2(ends, Libc.O_CLOEXEC) != 0)
        {
            throw new IOException("no descriptors left for a pipe");
        }
        lock (gate)
        {
            pipes.Add(new OutputPipe(ends[0], pid, write, words));
        }
        Wake();
        return ends[1];
    }

    public void Dispose()
    {
        stopped = true;
        Wake();
    }

    private void Wake()
    {
        byte one = 1;
        _ = Libc.write(wakeWrite, &one, 1);
    }

    private void Run()
    {
        var buffer = stackalloc byte[16 * 1024];
        while (!stopped)
        {
            OutputPipe[] open;
            lock (gate)
            {
                open = [.. pipes];
            }
            var polled = new Libc.PollDescriptor[open.Length + 1];
            polled[0] = new Libc.PollDescriptor { Fd = wakeRead, Events = POLLIN };
            for (var i = 0; i < open.Length; i++)
            {
                polled[i + 1] = new Libc.PollDescriptor { Fd = open[i].Fd, Events = POLLIN };
            }
            fixed (Libc.PollDescriptor* descriptors = polled)
            {
                if (Libc.poll(descriptors, (ulong)polled.Length, -1) <= 0)
                {
                    continue;
                }
            }
            if (polled[0].Received != 0)
            {
                _ = Libc.read(wakeRead, buffer, 64);
            }
            for (var i = 0; i < open.Length; i++)
            {
                if (polled[i + 1].Received != 0)
                {
                    Read(open[i], buffer);
                }
            }
        }
    }

    private void Read(OutputPipe pipe, byte* buffer)
    {
        var n = Libc.read(pipe.Fd, buffer, 16 * 1024);
        if (n > 0)
        {
            pipe.Add(new ReadOnlySpan<byte>(buffer, (int)n));
            return;
        }
        if (n < 0 && Marshal.GetLastPInvokeError() == Libc.EINTR)
        {
            return;
        }
        pipe.End();
        lock (gate)
        {
            pipes.Remove(pipe);
        }
        _ = Libc.close(pipe.Fd);
    }

    private sealed class OutputPipe(int fd, Func<int> pid, Action<string> write, LastWords? words)
    {
        private readonly List<byte> line = [];

        internal int Fd { get; } = fd;

        internal void Add(ReadOnlySpan<byte> bytes)
        {
            while (bytes.IndexOf((byte)'\n') is var end and >= 0)
            {
                line.AddRange(bytes[..end]);
                Emit();
                bytes = bytes[(end + 1)..];
            }
            line.AddRange(bytes);
            if (line.Count > LongestLine)
            {
                Emit();
            }
        }

        internal void End()
        {
            if (line.Count > 0)
            {
                Emit();
            }
            words?.End();
        }

        private void Emit()
        {
            var text = Encoding.UTF8.GetString(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(line));
            line.Clear();
            words?.Add(text);
            write($"[{pid()}] {text}");
        }
    }
}
