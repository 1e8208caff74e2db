using System.Net.Sockets;
using Hotplate.Channel;
using Hotplate.Settings;
using Hotplate.Workers;

namespace Hotplate.Supervision;

/// <summary>Keeps one app's zygote and workers alive, and ends them.</summary>
/// <remarks>Everything here happens in seconds, not microseconds, under one lock; the request path never comes here.</remarks>
internal sealed class Supervisor : IAsyncDisposable
{
    /// <summary>Requests beyond the running ones that may lie ready in a worker: far more than 750 µs of work ever is.</summary>
    private const int ReadySlots = 64;

    private readonly AppSettings app;
    private readonly WorkerSettings settings;
    private readonly WorkerFiles files;
    private readonly WorkerPool pool;
    private readonly OutputPump output;
    private readonly Action<string> writeOut;
    private readonly Action<string> writeError;
    private readonly ILogger log;
    private readonly TimeProvider time;
    private readonly Lock gate = new();
    private readonly Dictionary<int, WorkerProcess> workers = [];
    private readonly RestartPolicy restarts = new();
    private readonly TaskCompletionSource<int> started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource allGone = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Zygote? zygote;
    private int lastId;
    private bool stopping;

    internal Supervisor(
        AppSettings app, WorkerSettings settings, WorkerFiles files, WorkerPool pool, OutputPump output, Action<string> writeOut, Action<string> writeError, TimeProvider time, ILogger log)
    {
        this.app = app;
        this.settings = settings;
        this.files = files;
        this.pool = pool;
        this.output = output;
        this.writeOut = writeOut;
        this.writeError = writeError;
        this.time = time;
        this.log = log;
        pool.Broken = worker =>
        {
            log.WorkerBrokeProtocol(app.Name, worker.Pid);
            Kill(worker.Id);
        };
    }

    /// <summary>Completes with 0 when the first worker serves, or with the exit code (3, 4) when none will.</summary>
    internal Task<int> Started => started.Task;

    /// <summary>Version of the app's Python, once a worker has told.</summary>
    internal string Python { get; private set; } = "";

    /// <summary>Starts the zygote and asks it for all workers at once.</summary>
    /// <exception cref="System.ComponentModel.Win32Exception">The interpreter cannot be started.</exception>
    internal void Start()
    {
        lock (gate)
        {
            StartZygote();
            for (var i = 0; i < settings.Count; i++)
            {
                StartWorker();
            }
        }
    }

    /// <summary>Lets all workers finish until <paramref name="patience"/> is over; what is left then dies with the zygote's control socket.</summary>
    internal async Task StopAsync(CancellationToken patience)
    {
        WorkerProcess[] left;
        lock (gate)
        {
            stopping = true;
            left = [.. workers.Values];
            if (left.Length == 0)
            {
                allGone.TrySetResult();
            }
        }
        foreach (var process in left)
        {
            process.Expected = true;
            if (process.WasReady)
            {
                pool.Drain(process.Worker);
            }
            else
            {
                Kill(process.Id);
            }
        }
        var over = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using (patience.UnsafeRegister(static o => ((TaskCompletionSource)o!).TrySetResult(), over))
        {
            await Task.WhenAny(allGone.Task, over.Task);
        }
        zygote?.Dispose();
    }

    public async ValueTask DisposeAsync()
    {
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

    private void StartZygote()
    {
        var pid = 0;
        var stdout = output.Open(() => pid, writeOut);
        var stderr = output.Open(() => pid, writeError);
        try
        {
            zygote = Zygote.Start(app, files.Boot, stdout, stderr);
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
            Target = app.Target,
            Directory = app.Directory,
            Pythonpath = app.PythonPath,
            Preload = app.Preload,
            Extension = files.Extension,
            Threads = settings.Threads,
            Workers = settings.Count,
            Mount = app.Mount,
            SpoolDir = Path.GetTempPath(),
        });
        _ = FollowAsync(zygote);
    }

    private unsafe void StartWorker()
    {
        var id = ++lastId;
        var channel = stackalloc int[2];
        var descriptors = stackalloc int[2];
        if (Libc.socketpair(Libc.AF_UNIX, Libc.SOCK_STREAM | Libc.SOCK_CLOEXEC, 0, channel) != 0
            || Libc.socketpair(Libc.AF_UNIX, Libc.SOCK_SEQPACKET | Libc.SOCK_CLOEXEC, 0, descriptors) != 0)
        {
            throw new IOException("no descriptors left for a worker's channel");
        }
        var segment = new ScoreboardSegment(Math.Min(settings.Threads + ReadySlots, Worker.MaxSlots));
        var worker = new Worker(pool, id, new Socket(new SafeSocketHandle(channel[0], ownsHandle: true)), new DescriptorSocket(descriptors[0]), segment);
        var process = new WorkerProcess(worker);
        worker.BecameReady = _ => OnReady(process);
        workers.Add(id, process);
        var stdout = output.Open(() => worker.Pid, writeOut);
        var stderr = output.Open(() => worker.Pid, writeError, process.Remember);
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
        lock (gate)
        {
            process.WasReady = true;
            restarts.BecameReady();
            Python = process.Worker.Python;
        }
        log.WorkerReady(app.Name, process.Worker.Pid);
        started.TrySetResult(0);
    }

    /// <summary>Under the lock.</summary>
    private void OnExited(WorkerProcess process, ExitReason reason)
    {
        process.Exit = reason;
        workers.Remove(process.Id);
        process.Worker.OnProcessGone();
        if (stopping)
        {
            if (workers.Count == 0)
            {
                allGone.TrySetResult();
            }
            return;
        }
        if (!process.WasReady && !started.Task.IsCompleted)
        {
            // Nothing ever served: the first to fail speaks for all. gunicorn's codes: 4 the app did not load, 3 anything else.
            log.WorkerFailedToBoot(app.Name, process.Worker.Pid, reason);
            started.TrySetResult(reason.Code == 4 ? 4 : 3);
            return;
        }
        var delay = restarts.Exited(process.WasReady);
        log.WorkerExited(app.Name, process.Worker.Pid, reason, delay);
        if (delay == TimeSpan.Zero)
        {
            StartWorker();
            return;
        }
        _ = time.CreateTimer(
            _ =>
            {
                lock (gate)
                {
                    if (!stopping && zygote is not null)
                    {
                        StartWorker();
                    }
                }
            },
            null, delay, Timeout.InfiniteTimeSpan);
    }

    private void OnZygoteGone(Zygote gone)
    {
        lock (gate)
        {
            // The last words may still be in the pipe; its status is there as soon as the socket has ended, or a moment later.
            var status = gone.TryReap();
            for (var i = 0; status is null && i < 50; i++)
            {
                Thread.Sleep(10);
                status = gone.TryReap();
            }
            if (zygote != gone)
            {
                return;
            }
            if (stopping)
            {
                allGone.TrySetResult();
                return;
            }
            if (!started.Task.IsCompleted)
            {
                started.TrySetResult(status is { } s && ExitReason.FromStatus(s).Code == 4 ? 4 : 3);
                return;
            }
            // Its workers went with it. A new one is started at once: a zygote that served before is worth it.
            log.ZygoteGone(app.Name, gone.Pid, status is { } known ? ExitReason.FromStatus(known).ToString() : "unknown");
            gone.Dispose();
            foreach (var process in workers.Values)
            {
                process.Worker.OnProcessGone();
            }
            workers.Clear();
            StartZygote();
            for (var i = 0; i < settings.Count; i++)
            {
                StartWorker();
            }
        }
    }

    private void Kill(int worker) => zygote?.Send(new ZygoteCommand { Type = "kill", Worker = worker, Signal = 9 });
}
