using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Text.Json;
using Hotplate.Linux;
using Hotplate.Supervision;
using Hotplate.Workers;

namespace Hotplate.Tests.Worker;

/// <summary>Plays the front to a real zygote: starts it, has it fork workers, hears what becomes of them.</summary>
internal sealed unsafe class FarEnd : IDisposable
{
    private readonly int control;
    private readonly int pid;
    private readonly int output;
    private readonly List<FarWorker> workers = [];
    private int? exit;
    private bool preload;

    private FarEnd(int pid, int control, int output) => (this.pid, this.control, this.output) = (pid, control, output);

    /// <summary>What zygote and workers wrote to stdout and stderr. To be asked when they have ended.</summary>
    public string Output
    {
        get
        {
            var text = new MemoryStream();
            var buffer = stackalloc byte[4096];
            nint n;
            while (FarWorker.IsReadable(output, 0) && (n = Libc.read(output, buffer, 4096)) > 0)
            {
                text.Write(new ReadOnlySpan<byte>(buffer, (int)n));
            }
            return System.Text.Encoding.UTF8.GetString(text.ToArray());
        }
    }

    public static FarEnd Start(
        string app, string target = "app", string? python = null, int threads = 1, bool preload = false, IReadOnlyDictionary<string, string>? environment = null)
    {
        Assert.True(File.Exists(Pythons.Extension), $"{Pythons.Extension} is not there; ./hotplate --version builds it");
        var pair = stackalloc int[2];
        var pipe = stackalloc int[2];
        _ = Libc.socketpair(Libc.AF_UNIX, Libc.SOCK_SEQPACKET | Libc.SOCK_CLOEXEC, 0, pair);
        _ = Libc.pipe2(pipe, Libc.O_CLOEXEC);
        var variables = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["PATH"] = Environment.GetEnvironmentVariable("PATH") ?? "",
            ["HOME"] = Environment.GetEnvironmentVariable("HOME") ?? "/",
            ["PYTHONDONTWRITEBYTECODE"] = "1",
        };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>(StringComparer.Ordinal))
        {
            variables[name] = value;
        }
        var directory = Pythons.App(app);
        var started = ChildProcess.Start([python ?? Pythons.Any, "-u", Pythons.Boot, "3"], variables, directory, [pipe[1], pipe[1], pair[1]]);
        _ = Libc.close(pair[1]);
        var far = new FarEnd(started, pair[0], pipe[0]) { StandardOutput = pipe[1] };
        far.Send(new
        {
            type = "configure",
            target,
            directory,
            pythonpath = Array.Empty<string>(),
            preload = preload ? "on" : "off",
            extension = Pythons.Extension,
            threads,
            workers = 1,
            mount = "",
            spool_dir = "/tmp",
        });
        far.preload = preload;
        if (preload)
        {
            far.Send(new { type = "load" }, far.StandardOutput, far.StandardOutput);
        }
        return far;
    }

    private int StandardOutput { get; init; }

    /// <summary>Has a worker forked; it is not ready yet.</summary>
    public FarWorker Spawn(int slots = 32)
    {
        var worker = new FarWorker(slots) { WhatItDoes = Describe };
        workers.Add(worker);
        var theirs = worker.TheirDescriptors;
        Send(new { type = "spawn", worker = workers.Count, shared = preload }, [.. theirs, StandardOutput, StandardOutput]);
        worker.CloseTheirs();
        return worker;
    }

    /// <summary>A worker that has said it is ready.</summary>
    public FarWorker SpawnReady(int slots = 32)
    {
        var worker = Spawn(slots);
        worker.WaitReady();
        return worker;
    }

    /// <summary>The next message of the zygote, or null when it has gone.</summary>
    public JsonElement? Hear()
    {
        var buffer = stackalloc byte[65536];
        Assert.True(FarWorker.IsReadable(control, (int)Fixtures.Patience.Limit.TotalMilliseconds), "the zygote says nothing");
        var n = Libc.read(control, buffer, 65536);
        return n <= 0 ? null : JsonSerializer.Deserialize<JsonElement>(new ReadOnlySpan<byte>(buffer, (int)n));
    }

    /// <summary>The exit status of the next worker that ends, as waitpid gave it.</summary>
    public int HearExit()
    {
        while (Hear() is { } said)
        {
            if (said.GetProperty("type").GetString() == "exited")
            {
                return said.GetProperty("status").GetInt32();
            }
        }
        throw new InvalidOperationException("the zygote has gone");
    }

    public void Kill(int worker, int signal) => Send(new { type = "kill", worker, signal });

    /// <summary>Goes away, as a front that died, and returns the zygote's exit code.</summary>
    public int Leave()
    {
        if (exit is null)
        {
            _ = Libc.close(control);
            int status;
            while (Libc.waitpid(pid, &status, 0) < 0 && Marshal.GetLastPInvokeError() == Libc.EINTR)
            {
            }
            exit = status >> 8;
        }
        return exit.Value;
    }

    /// <summary>Every thread of the zygote and its children, and what they wrote: for the message of a test that waits in vain.</summary>
    private string Describe()
    {
        var text = new System.Text.StringBuilder();
        var pids = new List<int> { pid };
        for (var i = 0; i < pids.Count; i++)
        {
            foreach (var task in ProcFiles($"/proc/{pids[i]}/task"))
            {
                string Of(string name)
                {
                    try
                    {
                        return File.ReadAllText($"{task}/{name}").Trim();
                    }
                    catch (IOException)
                    {
                        return ""; // it has ended meanwhile
                    }
                }
                text.Append(System.Globalization.CultureInfo.InvariantCulture, $"\n  {task}: {Of("stat")} in {Of("wchan")} {Of("syscall")}");
                pids.AddRange(Of("children").Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse));
            }
        }
        return text.Append("\n  output: ").Append(Output).ToString();
    }

    private static string[] ProcFiles(string directory) => Directory.Exists(directory) ? Directory.GetDirectories(directory) : [];

    public void Dispose()
    {
        foreach (var worker in workers)
        {
            worker.Dispose();
        }
        Leave();
        _ = Libc.close(output);
        _ = Libc.close(StandardOutput);
    }

    private void Send(object message, params ReadOnlySpan<int> descriptors)
    {
        var text = JsonSerializer.SerializeToUtf8Bytes(message);
        fixed (byte* bytes = text)
        {
            if (DescriptorSocket.SendMessage(control, bytes, text.Length, descriptors, 0) < 0)
            {
                throw new Win32Exception(Marshal.GetLastPInvokeError());
            }
        }
    }
}
