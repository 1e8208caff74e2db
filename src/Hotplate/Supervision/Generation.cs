using System.Net.Sockets;
using Hotplate.Settings;
using Hotplate.Workers;

namespace Hotplate.Supervision;

/// <summary>All workers of one version of the code and settings, and the zygote whose children they are.</summary>
/// <remarks>Everything here happens in seconds, not microseconds, under one lock; the request path never comes here.</remarks>
internal sealed partial class Generation : IDisposable
{
    /// <summary>Requests beyond the running ones that may lie ready in a worker: far more than 750 µs of work ever is.</summary>
    private const int ReadySlots = 64;

    private readonly SupervisionContext context;
    private readonly Lock gate = new();
    private readonly Dictionary<int, WorkerProcess> workers = [];
    private readonly RestartPolicy restarts = new();
    private readonly TaskCompletionSource<GenerationStart> firstReady = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<GenerationStart> allReady = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly LastWords zygoteWords = new();
    private Zygote? zygote;
    private int wanted;

    internal Generation(int number, SupervisionContext context, bool serves)
    {
        Number = number;
        this.context = context;
        State = serves ? GenerationState.Serving : GenerationState.Starting;
    }

    /// <summary>1 for what the server started with; counts every attempt to load the application anew.</summary>
    internal int Number { get; }

    internal GenerationState State { get; private set; }

    /// <summary>Version of the app's Python, once a worker has told.</summary>
    internal string Python { get; private set; } = "";

    /// <summary>Workers that died while this generation served.</summary>
    internal int Deaths { get; private set; }

    /// <summary>Completes with the first worker that serves, or with why none will.</summary>
    internal Task<GenerationStart> FirstReady => firstReady.Task;

    /// <summary>Completes when every worker that was asked for serves, or with why the first did not.</summary>
    internal Task<GenerationStart> AllReady => allReady.Task;

    /// <summary>The process whose children its workers are; 0 before it is started.</summary>
    internal int ZygotePid => zygote?.Pid ?? 0;

    internal IReadOnlyList<WorkerProcess> Workers
    {
        get
        {
            lock (gate)
            {
                return [.. workers.Values];
            }
        }
    }

    /// <summary>Starts the zygote and asks it for so many workers at once.</summary>
    /// <exception cref="System.ComponentModel.Win32Exception">The interpreter cannot be started.</exception>
    internal void Start(int count)
    {
        lock (gate)
        {
            wanted = count;
            StartZygote();
            StartMissing();
        }
    }

    /// <summary>From now on its ready workers get requests; what another generation served with finishes what it has.</summary>
    /// <returns>The workers to hand to the pool.</returns>
    internal IReadOnlyList<Worker> Serve(int count)
    {
        lock (gate)
        {
            Move(GenerationState.Serving);
            wanted = count;
            Deaths = 0;
            StartMissing();
            return [.. workers.Values.Where(process => process is { WasReady: true, Expected: false }).Select(process => process.Worker)];
        }
    }

    /// <summary>Its workers are to finish and end; the zygote stays.</summary>
    internal void Park()
    {
        lock (gate)
        {
            Move(GenerationState.Parked);
            wanted = 0;
            replacing.Clear();
            foreach (var process in workers.Values)
            {
                process.Expected = true;
            }
        }
    }

    /// <summary>Lets all workers finish until <paramref name="patience"/> is over; what is left then is killed, and the zygote with it.</summary>
    internal async Task EndAsync(CancellationToken patience)
    {
        WorkerProcess[] left;
        lock (gate)
        {
            if (State == GenerationState.Ended)
            {
                return;
            }
            Move(GenerationState.Ended);
            wanted = 0;
            replacing.Clear();
            left = [.. workers.Values];
            if (left.Length == 0)
            {
                drained.TrySetResult();
            }
        }
        foreach (var process in left)
        {
            process.Expected = true;
            if (process.WasReady)
            {
                context.Pool.Drain(process.Worker);
            }
            else
            {
                Kill(process.Id);
            }
        }
        var over = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using (patience.UnsafeRegister(static o => ((TaskCompletionSource)o!).TrySetResult(), over))
        {
            await Task.WhenAny(drained.Task, over.Task);
        }
        await KillAsync();
    }

    /// <summary>Ends zygote and workers now.</summary>
    internal async Task KillAsync()
    {
        lock (gate)
        {
            State = GenerationState.Ended;
            wanted = 0;
            replacing.Clear();
        }
        if (zygote is null)
        {
            return;
        }
        zygote.Dispose();
        // Its control socket has ended, so it kills its children and goes; a second is plenty.
        for (var i = 0; i < 100 && Libc.kill(zygote.Pid, 0) == 0 && zygote.TryReap() is null; i++)
        {
            await Task.Delay(10, CancellationToken.None);
        }
    }

    /// <summary>Only the zygote, the parent, may signal a worker: no other can know that the pid is still that worker.</summary>
    internal void Kill(int worker, int signal = 9) => zygote?.Send(new ZygoteCommand { Type = "kill", Worker = worker, Signal = signal });

    public void Dispose() => zygote?.Dispose();

    private void Move(GenerationState to)
    {
        var allowed = (State, to) switch
        {
            (GenerationState.Starting, GenerationState.Serving or GenerationState.Ended) => true,
            (GenerationState.Serving, GenerationState.Parked or GenerationState.Ended) => true,
            (GenerationState.Parked, GenerationState.Serving or GenerationState.Ended) => true,
            _ => false,
        };
        if (!allowed)
        {
            throw new InvalidOperationException($"generation {Number} cannot go from {State} to {to}");
        }
        State = to;
    }

    private void StartZygote()
    {
        var pid = 0;
        var stdout = context.Output.Open(() => pid, context.WriteOut);
        var stderr = context.Output.Open(() => pid, context.WriteError, zygoteWords);
        try
        {
            zygote = Zygote.Start(context.App, context.Files.Boot, stdout, stderr);
        }
        finally
        {
            _ = Libc.close(stdout);
            _ = Libc.close(stderr);
        }
        pid = zygote.Pid;
        zygote.Send(new ZygoteCommand
        {
            Type = "configure",
            Target = context.App.Target,
            Directory = context.App.Directory,
            Pythonpath = context.App.PythonPath,
            Preload = context.App.Preload,
            Extension = context.Files.Extension,
            Threads = context.Settings.Threads,
            Workers = context.Settings.Count,
            Mount = context.App.Mount,
            SpoolDir = Path.GetTempPath(),
        });
        _ = FollowAsync(zygote);
    }

    private void StartMissing()
    {
        for (var alive = workers.Values.Count(process => !process.Expected); alive < wanted + Spare; alive++)
        {
            StartWorker();
        }
    }

    private unsafe void StartWorker()
    {
        var id = context.NextWorkerId();
        var channel = stackalloc int[2];
        var descriptors = stackalloc int[2];
        if (Libc.socketpair(Libc.AF_UNIX, Libc.SOCK_STREAM | Libc.SOCK_CLOEXEC, 0, channel) != 0
            || Libc.socketpair(Libc.AF_UNIX, Libc.SOCK_SEQPACKET | Libc.SOCK_CLOEXEC, 0, descriptors) != 0)
        {
            throw new IOException("no descriptors left for a worker's channel");
        }
        var segment = new ScoreboardSegment(Math.Min(context.Settings.Threads + ReadySlots, Worker.MaxSlots));
        var worker = new Worker(
            context.Pool, id, new Socket(new SafeSocketHandle(channel[0], ownsHandle: true)), new DescriptorSocket(descriptors[0]), segment);
        var process = new WorkerProcess(worker, this) { StartedAt = context.Time.GetUtcNow() };
        worker.BecameReady = _ => OnReady(process);
        workers.Add(id, process);
        var stdout = context.Output.Open(() => worker.Pid, context.WriteOut);
        var stderr = context.Output.Open(() => worker.Pid, context.WriteError, process.Words);
        zygote!.Send(new ZygoteCommand { Type = "spawn", Worker = id }, channel[1], descriptors[1], segment.Descriptor, stdout, stderr);
        segment.CloseDescriptor();
        foreach (var fd in (ReadOnlySpan<int>)[channel[1], descriptors[1], stdout, stderr])
        {
            _ = Libc.close(fd);
        }
        worker.Start();
    }

    private async Task FollowAsync(Zygote from)
    {
        await foreach (var said in from.EventsAsync())
        {
            lock (gate)
            {
                if (!workers.TryGetValue(said.Worker, out var process))
                {
                    continue;
                }
                if (said.Type == "forked")
                {
                    process.Worker.Pid = said.Pid;
                }
                else if (said.Type == "exited")
                {
                    OnExited(process, ExitReason.FromStatus(said.Status));
                }
            }
        }
        OnZygoteGone(from);
    }

    private void OnReady(WorkerProcess process)
    {
        bool serves;
        WorkerProcess? replaced;
        lock (gate)
        {
            process.WasReady = true;
            restarts.BecameReady();
            Python = process.Worker.Python;
            serves = State == GenerationState.Serving && !process.Expected;
            replaced = serves ? TakeReplaced() : null;
        }
        context.Log.WorkerReady(context.App.Name, process.Worker.Pid);
        if (serves)
        {
            Admit(process, replaced);
        }
        firstReady.TrySetResult(GenerationStart.Ready);
        lock (gate)
        {
            if (workers.Values.Count(worker => worker.WasReady) >= wanted)
            {
                allReady.TrySetResult(GenerationStart.Ready);
            }
        }
    }

    /// <summary>Under the lock.</summary>
    private void OnExited(WorkerProcess process, ExitReason reason)
    {
        process.Exit = reason;
        workers.Remove(process.Id);
        replacing.Remove(process);
        process.Worker.OnProcessGone();
        if (workers.Count == 0)
        {
            drained.TrySetResult();
        }
        if (process.Expected || State is GenerationState.Parked or GenerationState.Ended)
        {
            return;
        }
        if (!process.WasReady && (!firstReady.Task.IsCompleted || State == GenerationState.Starting))
        {
            // The first to fail speaks for all. gunicorn's codes: 4 the app did not load, 3 anything else.
            context.Log.WorkerFailedToBoot(context.App.Name, process.Worker.Pid, reason);
            Fail(reason.Code == 4 ? 4 : 3, process.Words);
            return;
        }
        if (firstReady.Task is { IsCompletedSuccessfully: true, Result.Code: not 0 })
        {
            // This generation has failed already; that another worker of it fails too is no news.
            return;
        }
        Deaths++;
        context.History.WorkerDied(process, reason);
        var delay = restarts.Exited(process.WasReady);
        context.Log.WorkerExited(context.App.Name, process.Worker.Pid, reason, delay);
        if (delay == TimeSpan.Zero)
        {
            StartMissing();
            return;
        }
        _ = context.Time.CreateTimer(
            _ =>
            {
                lock (gate)
                {
                    StartMissing();
                }
            },
            null, delay, Timeout.InfiniteTimeSpan);
    }

    private void Fail(int code, LastWords words)
    {
        firstReady.TrySetResult(new GenerationStart(code, words));
        allReady.TrySetResult(new GenerationStart(code, words));
    }

    private void OnZygoteGone(Zygote gone)
    {
        // Its status is there as soon as the socket has ended, or a moment later.
        var status = gone.TryReap();
        for (var i = 0; status is null && i < 50; i++)
        {
            Thread.Sleep(10);
            status = gone.TryReap();
        }
        lock (gate)
        {
            foreach (var process in workers.Values)
            {
                process.Worker.OnProcessGone();
            }
            workers.Clear();
            replacing.Clear();
            drained.TrySetResult();
            if (State is GenerationState.Ended or GenerationState.Parked)
            {
                State = GenerationState.Ended;
                return;
            }
            if (!firstReady.Task.IsCompleted || State == GenerationState.Starting)
            {
                Fail(status is { } s && ExitReason.FromStatus(s).Code == 4 ? 4 : 3, zygoteWords);
                return;
            }
            // Its workers went with it. A new one is started at once: a zygote that served before is worth it.
            context.Log.ZygoteGone(context.App.Name, gone.Pid, status is { } known ? ExitReason.FromStatus(known).ToString() : "unknown");
            Deaths++;
            context.History.ZygoteDied(gone.Pid, Number, status is { } end ? ExitReason.FromStatus(end) : null);
            gone.Dispose();
            StartZygote();
            StartMissing();
        }
    }
}

/// <summary>How the start of a generation went: an exit code as the command gives it (0 it serves, 3, 4), and its last words when it failed.</summary>
internal sealed record GenerationStart(int Code, LastWords? Words)
{
    internal static GenerationStart Ready { get; } = new(0, null);
}
