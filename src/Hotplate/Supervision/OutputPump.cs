using System.Runtime.InteropServices;
using Hotplate.Linux;
using Hotplate.Observability;
using Hotplate.Workers;

namespace Hotplate.Supervision;

/// <summary>Reads what applications print and passes it on.</summary>
/// <remarks>One thread for all pipes. A pipe's owner is told when it has ended, after its last line.</remarks>
internal sealed unsafe class OutputPump : IDisposable
{
    private const short POLLIN = 1;
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

    /// <summary>A new pipe. Returns the end to give away and then close.</summary>
    /// <param name="pid">Whose it is; nothing is read before that is known.</param>
    /// <param name="write">Takes what is said there.</param>
    /// <param name="raw">Takes the bytes instead, as they are.</param>
    internal int Open(Func<int> pid, Action<AppWords> write, LastWords? words = null, LineWriter? raw = null)
    {
        var ends = stackalloc int[2];
        if (Libc.pipe2(ends, Libc.O_CLOEXEC) != 0)
        {
            throw new IOException("no descriptors left for a pipe");
        }
        Read(ends[0], pid, write, words, raw);
        return ends[1];
    }

    /// <summary>A pipe that is there: its end to read at, which is closed when it has ended.</summary>
    internal void Read(int end, Func<int> pid, Action<AppWords> write, LastWords? words = null, LineWriter? raw = null)
    {
        lock (gate)
        {
            pipes.Add(new OutputPipe(end, pid, write, words, raw));
        }
        Wake();
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
            var nameless = Array.Exists(open, static pipe => !pipe.IsKnown);
            var patience = open.Select(static pipe => pipe.Patience).Where(static time => time >= 0).DefaultIfEmpty(-1).Min();
            var polled = new Libc.PollDescriptor[open.Length + 1];
            polled[0] = new Libc.PollDescriptor { Fd = wakeRead, Events = POLLIN };
            for (var i = 0; i < open.Length; i++)
            {
                // A line cannot be told without the pid, which another socket brings. That there is an end is heard of in any case, once.
                polled[i + 1] = open[i].IsKnown ? new Libc.PollDescriptor { Fd = open[i].Fd, Events = POLLIN }
                    : new Libc.PollDescriptor { Fd = open[i].HasEnded ? -1 : open[i].Fd };
            }
            int found;
            fixed (Libc.PollDescriptor* descriptors = polled)
            {
                found = Libc.poll(descriptors, (ulong)polled.Length, nameless ? 5 : patience);
            }
            for (var i = 0; patience >= 0 && i < open.Length; i++)
            {
                if (found <= 0 || polled[i + 1].Received == 0)
                {
                    open[i].SettleIfQuiet();
                }
            }
            if (found <= 0)
            {
                continue;
            }
            if (polled[0].Received != 0)
            {
                _ = Libc.read(wakeRead, buffer, 64);
            }
            for (var i = 0; i < open.Length; i++)
            {
                if (polled[i + 1].Received == 0)
                {
                    continue;
                }
                if (polled[i + 1].Events == 0)
                {
                    open[i].NoteEnd();
                }
                else
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
}
