using System.ComponentModel;
using Hotplate.Settings;
using Hotplate.Workers;

namespace Hotplate.Supervision;

/// <summary>Keeps one app served: by one generation, or by two while one follows the other.</summary>
internal sealed partial class Supervisor : IAsyncDisposable
{
    private readonly SupervisionContext context;
    private readonly ReloadSettings settings;
    private readonly TimeSpan graceful;
    private static readonly TimeSpan s_aTurn = TimeSpan.FromMilliseconds(20);
    private readonly SemaphoreSlim reloading = new(1, 1);
    private readonly Func<Worker, string, Task<int>> probe;
    private Generation serving;
    private Generation? parked;
    private Generation? loading;
    private CancellationTokenSource? watching;
    private readonly CancellationTokenSource halt = new();
    private int lastNumber;
    private int inTurn;
    private volatile bool stopping;

    /// <param name="context">What its generations share.</param>
    /// <param name="settings">How a reload is judged.</param>
    /// <param name="graceful">How long the workers of a replaced generation may take to finish.</param>
    /// <param name="probe">Asks a worker for a path with GET and returns the status, 0 when there is none.</param>
    /// <param name="first">The number of the first generation.</param>
    internal Supervisor(
        SupervisionContext context, ReloadSettings settings, TimeSpan graceful, Func<Worker, string, Task<int>> probe, int first = 1)
    {
        this.context = context;
        this.settings = settings;
        this.graceful = graceful;
        this.probe = probe;
        lastNumber = first;
        serving = new Generation(first, context, serves: true);
        context.Pool.AwaitsVerdicts = true;
        context.Pool.Broken = worker =>
        {
            context.Log.WorkerBrokeProtocol(context.App.Name, worker.Pid);
            Kill(worker, "it broke the channel's protocol");
        };
        context.Pool.Stuck = (worker, why) =>
        {
            context.Log.KillingWorker(context.App.Name, worker.Pid, why);
            Kill(worker, why);
        };
        context.Pool.Leaves = worker => _ = ReplaceAsAskedAsync(worker);
        // Told on the thread that reads its channel; starting a process takes longer than that one has.
        context.Pool.Interrupted = (worker, why) => _ = Task.Run(() => serving.Replace(
            worker, why == RequestFailure.Killed ? LeaveReason.Asked : LeaveReason.TimeLimit,
            why == RequestFailure.Killed ? "a request of its was ended by hotplate kill" : "a request of its ran over the time limit"));
    }

    /// <summary>Completes when the first worker serves, or with why none will.</summary>
    internal Task<GenerationStart> Started => serving.FirstReady;

    /// <summary>Completes when the first worker has loaded the application, or none will.</summary>
    internal Task Loaded => serving.Loaded;

    /// <summary>The generation that gets the requests.</summary>
    internal Generation Serving => serving;

    /// <summary>All generations that have processes, the one that serves first.</summary>
    internal IReadOnlyList<Generation> Generations =>
        [.. new[] { serving, loading, canary?.Generation, parked }.OfType<Generation>().Concat(Retiring).Distinct()];

    /// <summary>That of the last generation that was loaded, or tried.</summary>
    internal int LastNumber => lastNumber;

    internal bool IsReloading => loading is not null || canary is not null;

    /// <summary>Told true when a reload begins, false when it is decided, and nothing of what comes in between. On the pool.</summary>
    internal Action<bool>? TellReloading { get; set; }

    /// <summary>What became of workers and reloads so far.</summary>
    internal ServiceHistory History => context.History;

    /// <summary>How many workers there are to be.</summary>
    internal Workforce Workforce => context.Workforce;

    /// <summary>How many workers were let go for this reason since the server started, though nothing was wrong with their processes.</summary>
    internal int LeftFor(LeaveReason reason) => context.LeftFor(reason);

    /// <summary>One worker more or fewer from now on, whatever there is to do. A reload keeps the number.</summary>
    internal void Pin(int change)
    {
        context.Log.WorkersPinned(context.App.Name, context.Workforce.Pin(change));
        Resize();
    }

    /// <summary>Makes it as many as there are to be.</summary>
    internal void Resize() => serving.Resize(context.Workforce.Wanted);

    /// <exception cref="System.ComponentModel.Win32Exception">The interpreter cannot be started.</exception>
    internal void Start() => serving.Start(context.Workforce.Wanted);

    /// <summary>Loads the application anew beside the old one, and lets it take over if it proves itself. Otherwise nothing changes.</summary>
    /// <param name="giveUp">What is being loaded is out of date.</param>
    internal Task<ReloadResult> ReloadAsync(CancellationToken giveUp = default) => ReloadAsync(null, giveUp);

    /// <summary>For a signal, whose sender is not told of a refusal: what comes while a reload is under way is done after it, once however often it came.</summary>
    internal async Task ReloadInTurnAsync()
    {
        if (Interlocked.Exchange(ref inTurn, 1) == 1)
        {
            return;
        }
        var turn = reloading.WaitAsync();
        if (!turn.IsCompleted)
        {
            context.Log.ReloadInTurn(context.App.Name);
        }
        await turn;
        Volatile.Write(ref inTurn, 0);
        if (stopping)
        {
            reloading.Release();
        }
        else
        {
            await ReloadNowAsync();
        }
    }

    /// <summary>Whether the server was told to stop, before now.</summary>
    internal Func<Task<bool>> IsToStopAsync { get; set; } = static () => Task.FromResult(false);

    /// <summary>A worker asks for another in its place. When the server stops, its workers may have been told so too (systemd, a terminal): nothing is started then.</summary>
    /// <remarks>What was sent to all processes may come here a moment after its wish; until the other serves, the wish is forgotten then (<see cref="Halt"/>).</remarks>
    private async Task ReplaceAsAskedAsync(Worker worker)
    {
        if (!await IsToStopAsync() && !stopping)
        {
            _ = serving.Replace(worker, LeaveReason.Asked, "it was sent TERM, or a signal handler of the application ended it", isWish: true);
            if (stopping)
            {
                serving.ForgetWishes();
            }
        }
    }

    /// <summary>By whoever has taken the turn, which is given back.</summary>
    private async Task<ReloadResult> ReloadNowAsync(CancellationToken giveUp = default, CanaryOrder? order = null)
    {
        Action? tell = null;
        CanaryVerdict? verdict = null;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(giveUp, halt.Token);
        try
        {
            TellReloading?.Invoke(true);
            RetireParked();
            var next = loading = new Generation(++lastNumber, context, serves: false);
            context.Log.Reloading(context.App.Name, next.Number);
            var failure = await StartAsync(next, limit.Token);
            if (order is not null && failure is null && !stopping)
            {
                var trial = TryAsync(next, order, halt.Token);
                trying = trial;
                verdict = await trial;
                var figures = verdict.Figures;
                if (verdict.Why is { } why)
                {
                    tell = () => context.Log.CanaryRolledBack(context.App.Name, next.Number, serving.Number, why, figures);
                    return RolledBack(next, verdict);
                }
                tell = () => context.Log.CanaryPassed(context.App.Name, next.Number, figures);
            }
            if (failure is not null || (stopping && verdict is null))
            {
                await next.KillAsync();
                failure = stopping ? Stopping() : failure!;
                if (!giveUp.IsCancellationRequested)
                {
                    context.History.Reloaded(next.Number, ReloadOutcome.Failed, failure);
                    tell = () => context.Log.ReloadFailed(context.App.Name, next.Number, failure.Headline);
                }
                return failure;
            }
            var old = serving;
            // Before the swap: what its workers did is forgotten with them, and those that are idle go at once.
            var before = ErrorShare(old, out _);
            Swap(old, next);
            var result = new ReloadResult(0, $"generation {next.Number} serves{(verdict is null ? "" : $". {verdict.Figures}")}");
            context.History.Reloaded(next.Number, ReloadOutcome.Serves, result);
            Watch(next, old, before);
            tell += () => context.Log.Reloaded(context.App.Name, next.Number, old.Number);
            return result;
        }
        finally
        {
            (loading, canary) = (null, null);
            if (verdict is null)
            {
                TellReloading?.Invoke(false);
            }
            reloading.Release();
            // Not before: who reads that it is over may ask for the next one.
            tell?.Invoke();
        }
    }

    private ReloadResult Stopping() => new(1, $"HP502  {context.App.Name}: the server is stopping, so nothing is loaded anew. Start it again instead.");

    /// <summary>The server is to stop: what is being loaded is killed, since it cannot hear, and nothing is loaded any more.</summary>
    internal void Halt()
    {
        stopping = true;
        halt.Cancel();
        watching?.Cancel();
        serving.ForgetWishes();
    }

    /// <summary>Lets all workers finish until <paramref name="patience"/> is over; then ends what is left.</summary>
    internal async Task StopAsync(CancellationToken patience)
    {
        Halt();
        // Before, it may be the one that serves, or retires: what it has in hand is finished either way.
        await trying.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await Task.WhenAll([
            serving.EndAsync(patience), parked?.EndAsync(patience) ?? Task.CompletedTask, loading?.KillAsync() ?? Task.CompletedTask, .. RetireNow(patience)]);
    }

    public async ValueTask DisposeAsync()
    {
        await serving.KillAsync();
        if (parked is not null)
        {
            await parked.KillAsync();
        }
        await Task.WhenAll(Retiring.Select(static generation => generation.KillAsync()));
        watching?.Dispose();
        reloading.Dispose();
        halt.Dispose();
    }

    private async Task<ReloadResult?> StartAsync(Generation next, CancellationToken giveUp)
    {
        try
        {
            next.Start(context.Workforce.Wanted);
        }
        catch (Exception error) when (error is Win32Exception or IOException)
        {
            return new ReloadResult(3, error.Message.StartsWith("HP", StringComparison.Ordinal) ? error.Message : $"HP503  {context.App.Name}: {WhatIsMissing(error)}");
        }
        return await ProveAsync(next, giveUp);
    }

    /// <summary>posix_spawn(3) says "No such file" of the folder and of the program alike.</summary>
    private string WhatIsMissing(Exception error) =>
        !Directory.Exists(context.App.Directory) ? $"the application's folder {context.App.Directory} is not there, so {context.App.Python} cannot be started in it. Put it there, then reload."
        : !File.Exists(context.App.Python) ? $"the interpreter {context.App.Python} is not there. Make the virtual environment anew, or start Hotplate again with another --python."
        : $"{context.App.Python} cannot be started in {context.App.Directory}: {error.Message.TrimEnd('.')}. Are there descriptors, processes and memory left?";

    /// <summary>Whether the first generation is fit to serve, by what a reload asks of one. Null: it is.</summary>
    internal Task<ReloadResult?> ProveFirstAsync(CancellationToken giveUp) => ProveAsync(serving, giveUp);

    /// <summary>Whether the first generation serves: with one worker at least. Null: it does.</summary>
    internal async Task<ReloadResult?> StartedAsync(CancellationToken giveUp)
    {
        using var late = new CancellationTokenSource(settings.StartTimeout, context.Time);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(late.Token, giveUp);
        var hung = Task.Delay(Timeout.InfiniteTimeSpan, limit.Token);
        if (await Task.WhenAny(serving.FirstReady, hung) == hung)
        {
            return NotLoaded();
        }
        var start = await serving.FirstReady;
        return start.Code == 0 ? null : new ReloadResult(start.Code, await DescribeAsync(start));
    }

    private ReloadResult NotLoaded() =>
        TooLate(
            "HP504",
            "the application was not loaded",
            "What it does while it is imported takes long or waits for something, or the machine has no time for it");

    /// <summary>Null: the new generation may serve.</summary>
    private async Task<ReloadResult?> ProveAsync(Generation next, CancellationToken giveUp)
    {
        using var late = new CancellationTokenSource(settings.StartTimeout, context.Time);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(late.Token, giveUp);
        var hung = Task.Delay(Timeout.InfiniteTimeSpan, limit.Token);
        if (await Task.WhenAny(next.AllReady, hung) == hung)
        {
            return NotLoaded();
        }
        var start = await next.AllReady;
        if (start.Code != 0)
        {
            return new ReloadResult(start.Code, await DescribeAsync(start));
        }
        foreach (var process in next.Workers)
        {
            foreach (var path in settings.Warmup)
            {
                if (await Task.WhenAny(probe(process.Worker, path), hung) == hung)
                {
                    return TooLate("HP506", $"warm-up of {path} was not answered", "Look what it waits for, or leave it out of --warmup");
                }
            }
        }
        if (settings.HealthPath is not { } health)
        {
            return null;
        }
        foreach (var process in next.Workers)
        {
            var asked = probe(process.Worker, health);
            if (await Task.WhenAny(asked, hung) == hung)
            {
                return TooLate("HP507", $"the health path {health} was not answered", "Look what it waits for");
            }
            var status = await asked;
            if (status is < 200 or > 399)
            {
                var answered = status == 0 ? "was not answered: the worker died or broke off" : $"answered {status}, not 2xx or 3xx";
                return new ReloadResult(3, $"HP508  {context.App.Name}: the health path {health} {answered}. Mend what it checks, or name another with --health-path.");
            }
        }
        return null;
    }

    private ReloadResult TooLate(string code, string what, string advice) => new(
        3, $"{code}  {context.App.Name}: {what} within {settings.StartTimeout.TotalSeconds:0} s. {advice}; --start-timeout gives it more time.");

    /// <summary>What a worker said, if that has a code of ours; else what is known of its end, and what it said after all.</summary>
    private async Task<string> DescribeAsync(GenerationStart start)
    {
        var words = start.Words is null ? "" : await start.Words.CompleteAsync();
        var failed = start.Failed is null ? "" : $"\n{start.Failed}; what several say alike is told once.";
        if (new ReloadResult(start.Code, words).Error is not null)
        {
            return words + failed;
        }
        var end = start.End is null ? "" : $" ({start.End})";
        return $"HP505  {context.App.Name}: a worker did not start{end}. "
            + (words.Length == 0 ? "It said nothing: does the application end the process while it is imported?" : $"Its last words:\n{words}") + failed;
    }

    private void Kill(Worker worker, string why)
    {
        foreach (var generation in Generations)
        {
            generation.Kill(worker.Id, why);
        }
    }

    private void Swap(Generation from, Generation to)
    {
        var next = to.Serve(context.Workforce.Wanted);
        serving = to;
        parked = from;
        var replaced = from.Workers;
        var rest = from.Park(forGood: settings.Watch == TimeSpan.Zero);
        context.Pool.Swap(next, [.. replaced.Select(process => process.Worker)], rest);
        // It may have changed while the new ones proved themselves.
        Resize();
        if (!rest)
        {
            _ = KillLateAsync(from);
        }
    }

    /// <summary>What a replaced generation has not finished within the graceful timeout is ended.</summary>
    private async Task KillLateAsync(Generation replaced)
    {
        await Task.Delay(graceful, context.Time);
        foreach (var process in replaced.Workers.Where(process => process.Expected))
        {
            replaced.Kill(process.Id);
        }
    }
}
