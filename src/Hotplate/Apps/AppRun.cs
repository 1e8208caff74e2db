using Hotplate.Observability;
using Hotplate.Settings;
using Hotplate.Supervision;
using Hotplate.Workers;

namespace Hotplate.Apps;

/// <summary>An application that runs: its workers, the requests that wait for them, who looks after both.</summary>
internal sealed class AppRun : IAsyncDisposable
{
    private readonly Upkeep upkeep;

    /// <param name="settings">What a server for this application alone would be told.</param>
    /// <param name="first">The number of its first generation.</param>
    internal AppRun(ServerSettings settings, AppSurroundings shared, ServiceHistory history, int first)
    {
        var (time, log) = (shared.Time, shared.Log);
        Pool = new WorkerPool(settings.Workers, time, log)
        {
            Logged = (worker, exchange, level, text) => Said(shared, settings.App.Name, worker, exchange, level, text),
        };
        var streams = shared.Streams;
        var name = shared.NamesApps ? settings.App.Name : null;
        var supervision = new SupervisionContext
        {
            App = settings.App,
            Settings = settings.Workers,
            Workforce = new Workforce(settings.Workers, MemoryAllowance.Free()),
            Files = shared.Files,
            Pool = Pool,
            Output = shared.Output,
            WriteOut = words => streams.Output.Write(streams.OutputForm.Printed(time.GetLocalNow(), words with { App = name }, "stdout")),
            WriteError = words => streams.Error.Write(streams.ErrorForm.Printed(time.GetLocalNow(), words with { App = name }, "stderr")),
            Early = ReferenceEquals(settings.App, shared.First) ? shared.Early : null,
            Raw = settings.Log.RawOutput ? (streams.Output, streams.Error) : null,
            Graceful = settings.GracefulTimeout,
            Imported = shared.Imported,
            WarmUp = settings.Reload.Warmup.Count == 0
                ? null
                : new WarmUp(settings.Reload, (worker, path, giveUp) => ProbeExchange.AskAsync(Pool, worker, path, giveUp), time),
            Time = time,
            Log = log,
            History = history,
        };
        Supervisor = new Supervisor(
            supervision, settings.Reload, settings.GracefulTimeout, (worker, path) => ProbeExchange.AskAsync(Pool, worker, path), first)
        {
            IsToStopAsync = () => shared.IsToStopAsync(),
            TellReloading = begins => shared.TellReloading?.Invoke(begins),
        };
        upkeep = new Upkeep(Supervisor, supervision, settings.Recycle, static () => MemoryAllowance.Free());
    }

    internal WorkerPool Pool { get; }

    internal Supervisor Supervisor { get; }

    /// <summary>Requests that wait, or are at workers of any generation.</summary>
    internal int Requests => Pool.Waiting + InFlight;

    /// <summary>Those at workers.</summary>
    internal int InFlight => Workers.Sum(static process => process.Worker.InFlight);

    /// <summary>The workers of all generations.</summary>
    internal IEnumerable<WorkerProcess> Workers => Supervisor.Generations.SelectMany(static generation => generation.Workers);

    /// <summary>The requests in hand.</summary>
    internal IReadOnlyList<RequestView> Look() => Pool.Look([.. Workers.Select(static process => process.Worker)]);

    /// <summary>Ends those of that id.</summary>
    internal IReadOnlyList<RequestView> Kill(string id) => Pool.Kill(id, [.. Workers.Select(static process => process.Worker)]);

    /// <summary>Takes nothing new, and lets what is in hand finish until <paramref name="patience"/> is over.</summary>
    internal Task StopAsync(CancellationToken patience)
    {
        Pool.Stop();
        return Supervisor.StopAsync(patience);
    }

    public async ValueTask DisposeAsync()
    {
        upkeep.Dispose();
        await Supervisor.DisposeAsync();
        Pool.Dispose();
    }

    /// <summary>What an application wrote to wsgi.errors, or of why it failed. On the channel's thread.</summary>
    private static void Said(AppSurroundings shared, string app, Worker worker, Exchange? exchange, uint level, string text)
    {
        var about = new AppWords(worker.Pid, text)
        {
            App = shared.NamesApps ? app : null,
            Level = (LogLevel)Math.Clamp(level, (uint)LogLevel.Debug, (uint)LogLevel.Critical),
            RequestId = (exchange as AppExchange)?.RequestId,
        };
        AppTextReader.ReadWhole(about, shared.Loggers.Said);
    }
}
