using System.Runtime.InteropServices;
using System.Text.Json;
using Hotplate.Channel;
using Hotplate.Linux;
using Hotplate.Supervision;
using Hotplate.Tests.Worker;
using Hotplate.Workers;

namespace Hotplate.Tests.Supervision;

/// <summary>Plays a zygote and all its workers in this process: the far end of a real control socket and of real channels. Its pid is a program that sleeps.</summary>
internal sealed unsafe class FarZygote
{
    private readonly Lock gate = new();
    private readonly Dictionary<int, (int Pid, int Channel)> workers = [];
    private readonly FarCode code;
    private readonly int pid;
    private int control;
    private int pids = 1_000_000;

    private FarZygote(FarCode code, int pid, int control) => (this.code, this.pid, this.control) = (code, pid, control);

    internal int Pid => pid;

    internal bool IsAlive => Volatile.Read(ref control) >= 0;

    internal static (FarZygote Far, Zygote Near) Start(FarCode code)
    {
        var pair = stackalloc int[2];
        Assert.Equal(0, Libc.socketpair(Libc.AF_UNIX, Libc.SOCK_SEQPACKET | Libc.SOCK_CLOEXEC, 0, pair));
        var sleeper = ChildProcess.Start(["/bin/sleep", "3600"], new Dictionary<string, string>(StringComparer.Ordinal), "/", []);
        var far = new FarZygote(code, sleeper, pair[1]);
        new Thread(far.Run) { IsBackground = true, Name = "far zygote" }.Start();
        return (far, new Zygote(sleeper, pair[0]));
    }

    /// <summary>One of its workers dies by a signal; nothing when it has none.</summary>
    internal void KillWorker(int choice)
    {
        lock (gate)
        {
            if (workers.Count > 0)
            {
                End(workers.Keys.Order().ElementAt(choice % workers.Count), status: 9);
            }
        }
    }

    /// <summary>It dies, and its workers with it.</summary>
    internal void Kill()
    {
        lock (gate)
        {
            if (control < 0)
            {
                return;
            }
            foreach (var (_, channel) in workers.Values)
            {
                _ = Libc.close(channel);
            }
            workers.Clear();
            _ = Libc.kill(pid, 9);
            _ = Libc.shutdown(control, 2);
            _ = Libc.close(control);
            Volatile.Write(ref control, -1);
        }
    }

    private void Run()
    {
        var polled = stackalloc Libc.PollDescriptor[40];
        while (true)
        {
            int[] ids;
            lock (gate)
            {
                if (control < 0)
                {
                    return;
                }
                ids = [.. workers.Keys];
                polled[0] = new Libc.PollDescriptor { Fd = control, Events = 1 };
                for (var i = 0; i < ids.Length; i++)
                {
                    polled[i + 1] = new Libc.PollDescriptor { Fd = workers[ids[i]].Channel, Events = 1 };
                }
            }
            // A worker that is killed meanwhile is looked at again in a moment.
            if (Libc.poll(polled, (ulong)ids.Length + 1, 20) <= 0)
            {
                continue;
            }
            lock (gate)
            {
                for (var i = 0; i < ids.Length; i++)
                {
                    if (polled[i + 1].Received != 0 && workers.ContainsKey(ids[i]))
                    {
                        ReadChannel(ids[i]);
                    }
                }
            }
            if (polled[0].Received != 0 && !ReadControl())
            {
                Kill();
            }
        }
    }

    private bool ReadControl()
    {
        var text = stackalloc byte[8192];
        var controls = stackalloc byte[128];
        var vector = new Libc.IoVector { Base = text, Length = 8192 };
        var message = new Libc.MessageHeader { Vectors = &vector, VectorCount = 1, Control = controls, ControlLength = 128 };
        var n = control < 0 ? 0 : Libc.recvmsg(control, &message, Libc.MSG_DONTWAIT | Libc.MSG_CMSG_CLOEXEC);
        if (n <= 0)
        {
            return n < 0 && Marshal.GetLastPInvokeError() is Libc.EAGAIN or Libc.EINTR;
        }
        var said = JsonSerializer.Deserialize<JsonElement>(new ReadOnlySpan<byte>(text, (int)n));
        var files = new List<int>();
        if (message.ControlLength > sizeof(Libc.ControlHeader))
        {
            var header = (Libc.ControlHeader*)controls;
            for (var i = 0; i < (header->Length - sizeof(Libc.ControlHeader)) / sizeof(int); i++)
            {
                files.Add(((int*)(controls + sizeof(Libc.ControlHeader)))[i]);
            }
        }
        lock (gate)
        {
            Obey(said, files);
        }
        return true;
    }

    private void Obey(JsonElement said, List<int> files)
    {
        switch (said.GetProperty("type").GetString())
        {
            case "configure" when code == FarCode.Sound:
                Tell(new { type = "preloaded" });
                break;
            case "configure" when code == FarCode.Broken:
                Kill();
                break;
            case "spawn":
                Spawn(said.GetProperty("worker").GetInt32(), files);
                break;
            case "kill" when said.GetProperty("signal").GetInt32() == 9 && workers.ContainsKey(said.GetProperty("worker").GetInt32()):
                End(said.GetProperty("worker").GetInt32(), said.GetProperty("signal").GetInt32());
                break;
            default:
                break;
        }
    }

    private void Spawn(int worker, List<int> files)
    {
        foreach (var file in files.Skip(1))
        {
            _ = Libc.close(file);
        }
        workers[worker] = (++pids, files[0]);
        Tell(new { type = "forked", worker, pid = pids });
        if (code == FarCode.WorkersFail)
        {
            End(worker, 3 << 8);
        }
        else if (code == FarCode.Sound)
        {
            var frame = new byte[64];
            var length = ReadyFrame.Write(frame, (uint)pids, 1, "3.11"u8, "threads"u8);
            fixed (byte* bytes = frame)
            {
                _ = Libc.send(files[0], bytes, length, Libc.MSG_NOSIGNAL);
            }
        }
    }

    /// <summary>The only frame that comes here is Drain, which is obeyed at once.</summary>
    private void ReadChannel(int worker)
    {
        var buffer = stackalloc byte[4096];
        var n = Libc.read(workers[worker].Channel, buffer, 4096);
        if (n == 0 || (n > 0 && FrameHeader.TryRead(new ReadOnlySpan<byte>(buffer, (int)n), out var frame) && frame.Type == FrameType.Drain))
        {
            End(worker, 0);
        }
    }

    private void End(int worker, int status)
    {
        if (workers.Remove(worker, out var process))
        {
            _ = Libc.close(process.Channel);
            Tell(new { type = "exited", worker, pid = process.Pid, status });
        }
    }

    private void Tell(object message)
    {
        var text = JsonSerializer.SerializeToUtf8Bytes(message);
        fixed (byte* bytes = text)
        {
            _ = Libc.send(control, bytes, text.Length, Libc.MSG_NOSIGNAL | Libc.MSG_DONTWAIT);
        }
    }
}

/// <summary>What a zygote's application does when it is loaded.</summary>
internal enum FarCode
{
    Sound,

    /// <summary>The import fails, in the zygote.</summary>
    Broken,

    /// <summary>Every worker ends before it is ready.</summary>
    WorkersFail,

    /// <summary>Workers are forked and never say that they are ready.</summary>
    Hangs,
}
