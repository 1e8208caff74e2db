using Hotplate.Linux;
using Hotplate.Workers;

namespace Hotplate.Supervision;

/// <summary>All workers of one version of the code and settings, and the zygote whose children they are.</summary>
/// <remarks>Everything here happens in seconds, not microseconds, under one lock; the request path never comes here.</remarks>
internal sealed partial class Generation : IDisposable
{
    private readonly SupervisionContext context;
    private readonly Lock gate = new();
    private readonly Dictionary<int, WorkerProcess> workers = [];
    private readonly RestartPolicy restarts = new();
    private readonly RestartPolicy templates = new();
    private readonly TaskCompletionSource<GenerationStart> firstReady = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<GenerationStart> allReady = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource loaded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource bootsOver = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly LastWords zygoteWords = new();
    private readonly BootMessages bootMessages;
    private Zygote? zygote;
    private bool zygoteServed;
    private bool hasLoaded;
    private bool failed;
    private int begun;
    private int farewells;
    private int failedBoots;
    private int wanted;

    internal Generation(int number, SupervisionContext context, bool serves)
    {
        Number = number;
        this.context = context;
        preload = context.App.Preload;
        bootMessages = new BootMessages(context.WriteError);
        State = serves ? GenerationState.Serving : GenerationState.Starting;
    }

    /// <summary>1 for what the server started with; counts every attempt to load the application anew.</summary>
    internal int Number { get; }

    internal GenerationState State { get; private set; }

    /// <summary>Version of the app's Python, once a worker has told.</summary>
    internal string Python { get; private set; } = "";

    /// <summary>Its template imported the application: workers that are forked from it run that, whatever has become of the files.</summary>
    internal bool HasCodeInMemory { get; private set; }

    /// <summary>Workers that died while this generation served.</summary>
    internal int Deaths { get; private set; }

    /// <summary>Completes with the first worker that serves, or with why none will.</summary>
    internal Task<GenerationStart> FirstReady => firstReady.Task;

    /// <summary>Completes when the first worker has loaded the application, or none will.</summary>
    internal Task Loaded => loaded.Task;

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

    /// <summary>From now on its ready workers get a share of the requests.</summary>
    /// <returns>The workers to hand to the pool.</returns>
    internal IReadOnlyList<Worker> Try()
    {
        lock (gate)
        {
            Move(GenerationState.Canary);
            Deaths = 0;
            var ready = workers.Values.Where(static process => process is { WasReady: true, Expected: false });
            return [.. ready.Select(static process => process.Worker)];
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
            // First, because who rested is not missing.
            foreach (var process in workers.Values.Where(static process => process.Rests))
            {
                process.Rests = process.Expected = false;
                process.Leaving = LeaveReason.None;
            }
            TryStartMissing();
            WorkerProcess[] ready = [.. workers.Values.Where(static process => process is { WasReady: true, Expected: false })];
            Array.ForEach(ready, static process => process.InService = true);
            return [.. ready.Select(static process => process.Worker)];
        }
    }

    /// <summary>It gets no requests any more. What could serve again stays: the template, or where there is none the workers; else these finish and end.</summary>
    /// <param name="forGood">It will not be asked to serve again.</param>
    /// <returns>True: its workers are to stay.</returns>
    internal bool Park(bool forGood)
    {
        lock (gate)
        {
            Move(GenerationState.Parked);
            wanted = 0;
            var rest = !forGood && !HasCodeInMemory;
            foreach (var process in workers.Values)
            {
                process.Rests = rest && process is { InService: true, Expected: false };
                process.Expected = true;
            }
            return rest;
        }
    }

    /// <summary>It could serve again: its template has imported, or workers of it rest.</summary>
    internal bool CanServeAgain
    {
        get
        {
            lock (gate)
            {
                return HasCodeInMemory || workers.Values.Any(static process => process.Rests);
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
            left = [.. workers.Values];
            NoteDrained();
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

    /// <summary>Under the lock. It has ended, and so have all its workers and the hooks that run after them.</summary>
    private void NoteDrained()
    {
        if (State == GenerationState.Ended && workers.Count == 0 && farewells == 0)
        {
            drained.TrySetResult();
        }
    }

    /// <summary>Ends zygote and workers now.</summary>
    internal async Task KillAsync()
    {
        lock (gate)
        {
            State = GenerationState.Ended;
            wanted = 0;
        }
        if (zygote is not { } last)
        {
            return;
        }
        last.Dispose();
        // Its control socket has ended, so it kills its children and goes; a second is plenty, unless it is lost in an import.
        if (!await IsGoneAsync(last))
        {
            last.Kill();
            await IsGoneAsync(last);
        }
    }

    private static async Task<bool> IsGoneAsync(Zygote last)
    {
        for (var i = 0; i < 100; i++)
        {
            if (Libc.kill(last.Pid, 0) != 0 || last.TryReap() is not null)
            {
                return true;
            }
            await Task.Delay(10, CancellationToken.None);
        }
        return false;
    }

    /// <summary>Only the zygote, the parent, may signal a worker: no other can know that the pid is still that worker.</summary>
    /// <param name="why">For the log and the verdict, when it did nothing wrong by itself; null when its end is expected or tells enough.</param>
    /// <param name="suspicion">Whom that is put down to.</param>
    internal void Kill(int worker, string? why = null, Suspicion suspicion = Suspicion.Nobody)
    {
        if (why is not null)
        {
            lock (gate)
            {
                if (workers.TryGetValue(worker, out var process))
                {
                    process.KilledFor = new KillReason(why, suspicion);
                }
            }
        }
        Send(worker, 9);
    }

    private void Send(int worker, int signal) => zygote?.Send(new ZygoteCommand { Type = "kill", Worker = worker, Signal = signal });

    public void Dispose() => zygote?.Dispose();

    private void Move(GenerationState to)
    {
        var allowed = (State, to) switch
        {
            (GenerationState.Starting, GenerationState.Canary or GenerationState.Serving or GenerationState.Ended) => true,
            (GenerationState.Canary, GenerationState.Serving or GenerationState.Ended) => true,
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

    private void OnReady(WorkerProcess process)
    {
        bool serves, first;
        lock (gate)
        {
            first = !hasLoaded;
            process.WasReady = true;
            process.ReadyAt = context.Time.GetTimestamp();
            zygoteServed = true;
            hasLoaded = true;
            restarts.BecameReady();
            Python = process.Worker.Python;
            serves = State == GenerationState.Serving && !process.Expected;
        }
        if (first)
        {
            // Not here: this is the thread that reads its channel.
            _ = Task.Run(StartOthers);
        }
        loaded.TrySetResult();
        bootMessages.Serves(process.Id);
        context.Log.WorkerReady(context.App.Name, process.Worker.Pid);
        if (serves)
        {
            Begin(process);
        }
        else
        {
            TellFirstReady();
        }
        lock (gate)
        {
            if (!failed && workers.Values.Count(worker => worker.WasReady) >= wanted)
            {
                allReady.TrySetResult(GenerationStart.Ready);
            }
        }
    }

    /// <summary>Not where another could not start beside it, which is being told: then the generation goes.</summary>
    private void TellFirstReady()
    {
        lock (gate)
        {
            if (!failed)
            {
                firstReady.TrySetResult(GenerationStart.Ready);
            }
        }
    }
}

/// <summary>How the start of a generation went: an exit code as the command gives it (0 it serves, 3, 4), and its last words when it failed.</summary>
/// <param name="End">How the first process that failed ended.</param>
/// <param name="Failed">How many workers failed, in words, when there were several.</param>
internal sealed record GenerationStart(int Code, LastWords? Words, string? End = null, string? Failed = null)
{
    internal static GenerationStart Ready { get; } = new(0, null);
}
