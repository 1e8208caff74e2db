using System.ComponentModel;
using System.Net.Sockets;
using Hotplate.Linux;
using Hotplate.Observability;
using Hotplate.Settings;
using Hotplate.Workers;
using Microsoft.Win32.SafeHandles;

namespace Hotplate.Supervision;

/// <content>Its processes: the zygote and what it tells, and the making of a worker.</content>
internal sealed partial class Generation
{
    /// <summary>Requests beyond the running ones that may lie ready in a worker: far more than may lie ready, unless they take
    /// microseconds.</summary>
    private const int ReadySlots = 64;

    private Preload preload;
    private TemplateProcess? template;
    private bool becomes;

    internal static int SlotsFor(WorkerSettings settings) => Math.Min(settings.Threads + ReadySlots, Worker.MaxSlots);

    private void StartZygote()
    {
        var early = context.Early?.Take();
        zygote = early?.Zygote;
        var pid = zygote?.Pid ?? 0;
        if (early is { } begun)
        {
            context.Output.Read(begun.Output, () => pid, context.WriteOut, raw: context.Raw?.Output);
            context.Output.Read(begun.Error, () => pid, context.WriteError, zygoteWords, context.Raw?.Error);
        }
        else
        {
            var stdout = context.Output.Open(() => pid, context.WriteOut, raw: context.Raw?.Output);
            var stderr = context.Output.Open(() => pid, context.WriteError, zygoteWords, context.Raw?.Error);
            try
            {
                zygote = context.StartZygote?.Invoke(stdout, stderr) ?? Zygote.Start(context.App, context.Files.Boot, stdout, stderr);
            }
            finally
            {
                _ = Libc.close(stdout);
                _ = Libc.close(stderr);
            }
        }
        pid = zygote!.Pid;
        template = null;
        becomes = false;
        zygoteServed = false;
        zygote.Send(new ZygoteCommand
        {
            Type = "configure",
            Target = context.App.Target,
            Directory = context.App.Directory,
            Pythonpath = context.App.PythonPath,
            Preload = ApplicationTable.Word(preload),
            Extension = context.Files.Extension,
            Threads = context.Settings.Threads,
            Workers = context.Workforce.Wanted,
            Config = context.App.Config,
            Mount = context.App.Mount,
            Affinity = context.Settings.Affinity is null ? null : true,
            Raw = context.Raw is null ? null : true,
            SpoolDir = Path.GetTempPath(),
            Dev = context.Imported is null ? null : true,
        });
        if (preload != Preload.Off)
        {
            LoadTemplate();
        }
        _ = FollowAsync(zygote);
    }

    /// <summary>Under the lock. Without a zygote or before its template has imported, nothing: the next one is on its way. Who is on the way out does not count, since another is to take that place; of several such, one after the other.</summary>
    /// <exception cref="IOException">There are no descriptors left.</exception>
    private void StartMissing()
    {
        // Counted anew for each: one may be ready, and have others started, before the next is looked at.
        while (zygote is not null && MayStart() && Coming() < wanted)
        {
            StartWorker();
        }
    }

    /// <summary>The first worker imports alone: what it makes then, tables of a database say, the others find.</summary>
    private bool MayStart() => preload != Preload.Off
        ? HasCodeInMemory
        : hasLoaded || !workers.Values.Any(static process => process is { WasReady: false, Expected: false });

    private int Coming()
    {
        var others = workers.Values.Count(static process => process is { Leaving: not LeaveReason.None, Expected: false }) - 1;
        return workers.Values.Count(static process => process.Stays) + Math.Max(0, others);
    }

    /// <summary>Under the lock. What cannot be started now is tried again in a while.</summary>
    private void TryStartMissing()
    {
        try
        {
            StartMissing();
        }
        catch (Exception error) when (error is IOException or Win32Exception)
        {
            context.Log.CannotStartWorker(context.App.Name, error.Message);
            _ = StartMissingLaterAsync(TimeSpan.FromSeconds(1));
        }
    }

    /// <summary>The first worker has loaded the application; now the others do.</summary>
    private void StartOthers()
    {
        lock (gate)
        {
            TryStartMissing();
        }
    }

    private async Task StartMissingLaterAsync(TimeSpan delay)
    {
        await Task.Delay(delay, context.Time);
        lock (gate)
        {
            if (State == GenerationState.Serving)
            {
                TryStartMissing();
            }
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
        var segment = new ScoreboardSegment(SlotsFor(context.Settings));
        var worker = new Worker(
            context.Pool, id, new Socket(new SafeSocketHandle(channel[0], ownsHandle: true)), new DescriptorSocket(descriptors[0]), segment);
        var alone = !context.Workforce.MayBeSeveral;
        var process = new WorkerProcess(worker, this) { StartedAt = context.Time.GetTimestamp(), Alone = alone };
        worker.BecameReady = _ => OnReady(process);
        var stdout = context.Output.Open(() => worker.Pid, context.WriteOut, raw: context.Raw?.Output);
        var stderr = context.Output.Open(() => worker.Pid, words => WriteError(process, words), process.Words, context.Raw?.Error);
        var spawn = new ZygoteCommand
        {
            Type = "spawn",
            Worker = id,
            Alone = alone,
            Shared = becomes || preload != Preload.Off ? true : null,
            Become = becomes ? true : null,
            Tell = context.Imported is not null || (preload == Preload.Off && Number == 1 && begun == 0 && wanted > 1) ? true : null,
        };
        becomes = false;
        begun++;
        var place = Libc.memfd_create("hotplate-import", 1 /* MFD_CLOEXEC */);
        if (place < 0)
        {
            zygote!.Send(spawn, channel[1], descriptors[1], segment.Descriptor, stdout, stderr);
        }
        else
        {
            zygote!.Send(spawn, channel[1], descriptors[1], segment.Descriptor, stdout, stderr, place);
            _ = WatchImportAsync(new SafeFileHandle(place, ownsHandle: true), id, () => process.WasReady || !workers.ContainsKey(id), () => worker.Pid);
        }
        segment.CloseDescriptor();
        foreach (var fd in (ReadOnlySpan<int>)[channel[1], descriptors[1], stdout, stderr])
        {
            _ = Libc.close(fd);
        }
        workers.Add(id, process);
        worker.Start();
    }

    private void WriteError(WorkerProcess process, AppWords words)
    {
        if (process.WasReady)
        {
            context.WriteError(words);
        }
        else
        {
            bootMessages.Write(process.Id, words);
        }
    }

    private async Task FollowAsync(Zygote from)
    {
        await foreach (var said in from.EventsAsync())
        {
            if (said.Type == "held")
            {
                OnHeld(said.Found);
                continue;
            }
            if (said.Type is "loading" or "preloaded" or "unloaded")
            {
                OnTemplate(said);
                continue;
            }
            if (said.Type == "farewells")
            {
                lock (gate)
                {
                    farewells = said.Running;
                    NoteDrained();
                }
                continue;
            }
            if (said.Type == "import")
            {
                OnFirstImport(said);
                continue;
            }
            if (said.Type == "imported")
            {
                context.Imported?.Invoke(said.Folders, said.Trees);
                continue;
            }
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
            gone.Dispose();
            zygote = null;
            HasCodeInMemory = false;
            foreach (var process in workers.Values)
            {
                process.Worker.OnProcessGone();
                _ = context.Pool.JudgeAsync(process.Worker, Verdict.FromOutside);
                _ = ReleaseAsync(process);
            }
            workers.Clear();
            farewells = 0;
            bootsOver.TrySetResult();
            NoteDrained();
            if (State is GenerationState.Ended or GenerationState.Parked)
            {
                State = GenerationState.Ended;
                NoteDrained();
                return;
            }
            if (failed)
            {
                return;
            }
            if (!firstReady.Task.IsCompleted || State == GenerationState.Starting)
            {
                ExitReason? how = status is { } s ? ExitReason.FromStatus(s) : null;
                context.Log.ZygoteFailedToLoad(context.App.Name, gone.Pid, how?.ToString() ?? "unknown");
                Fail(new GenerationStart(how?.Code == 4 ? 4 : 3, zygoteWords, how?.ToString()));
                return;
            }
            // Its workers went with it. One that served is worth another at once; not so one that cannot even load the application.
            var delay = restarts.Exited(zygoteServed);
            context.Log.ZygoteGone(context.App.Name, gone.Pid, status is { } known ? ExitReason.FromStatus(known).ToString() : "unknown", delay);
            Deaths++;
            context.History.ZygoteDied(gone.Pid, Number, status is { } end ? ExitReason.FromStatus(end) : null);
            _ = StartZygoteLaterAsync(delay);
        }
    }

    private async Task StartZygoteLaterAsync(TimeSpan delay)
    {
        if (delay > TimeSpan.Zero)
        {
            await Task.Delay(delay, context.Time);
        }
        lock (gate)
        {
            if (State is GenerationState.Serving && zygote is null)
            {
                TryStartZygote();
            }
        }
    }

    /// <summary>Under the lock. Starts it and all workers that are wanted; what cannot be started now is tried again in a while.</summary>
    private void TryStartZygote()
    {
        try
        {
            StartZygote();
        }
        catch (Exception error) when (error is IOException or Win32Exception)
        {
            context.Log.CannotStartWorker(context.App.Name, error.Message);
            _ = StartZygoteLaterAsync(TimeSpan.FromSeconds(1));
            return;
        }
        TryStartMissing();
    }
}
