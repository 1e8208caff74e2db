using System.ComponentModel;
using Hotplate.Apps;
using Hotplate.Certificates;
using Hotplate.Certificates.Acme;
using Hotplate.Control;
using Hotplate.Http;
using Hotplate.Linux;
using Hotplate.Observability;
using Hotplate.Routing;
using Hotplate.Service;
using Hotplate.Settings;
using Hotplate.Supervision;
using Hotplate.Workers;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Hotplate;

/// <summary>Every room, composed once, in reading order; then the life of the server from start to stop.</summary>
internal sealed partial class Server : IAsyncDisposable
{
    /// <summary>gunicorn's exit code for a worker that failed to boot.</summary>
    private const int WorkerFailed = 3;

    /// <summary>How long a stop waits for clients when no worker ever served.</summary>
    private static readonly TimeSpan NothingServed = TimeSpan.FromSeconds(1);

    private readonly ServerSettings settings;
    private readonly StandardStreams streams;
    private readonly LogFiles files = new();
    private readonly LogOutput loggers;
    private readonly ILogger log;
    private readonly OutputPump output = new();
    private readonly WorkerPool pool;
    private readonly Workforce workforce;
    private readonly Supervisor supervisor;
    private readonly Upkeep upkeep;
    private readonly AccessLog? accessLog;
    private readonly AppHandler app;
    private readonly FrontApplication front;
    private readonly ClientConnections clients;
    private readonly CertificateStore? certificates;
    private readonly DomainKeeper? domains;
    private readonly Listeners listeners;
    private readonly SocketListeners sockets;
    private readonly ListenerGate gate;
    private readonly FrontServer kestrel;
    private readonly ControlCommands commands;
    private readonly ServiceNotices service;
    private PidFile? pidFile;
    private ControlServer? control;
    private MetricsServer? metrics;
    private readonly CodeInProgress? development;
    private readonly SourceWatch? sources;
    private volatile bool ready;

    private Server(ServerSettings settings, EarlyPython? early)
    {
        this.settings = settings;
        var time = TimeProvider.System;
        streams = new StandardStreams(settings.Log.Json);
        loggers = OpenLog(time);
        log = loggers.CreateLogger("Hotplate");
        pool = new WorkerPool(settings.Workers, time, log);
        pool.Logged = OnLogged;
        workforce = new Workforce(settings.Workers, MemoryAllowance.Free());
        var supervision = new SupervisionContext
        {
            App = settings.App,
            Settings = settings.Workers,
            Workforce = workforce,
            Files = WorkerFiles.Find(),
            Pool = pool,
            Output = output,
            WriteOut = words => streams.Output.Write(streams.OutputForm.Printed(time.GetLocalNow(), words, "stdout")),
            WriteError = words => streams.Error.Write(streams.ErrorForm.Printed(time.GetLocalNow(), words, "stderr")),
            Early = early,
            Raw = settings.Log.RawOutput ? (streams.Output, streams.Error) : null,
            Graceful = settings.GracefulTimeout,
            Imported = settings.Development ? OnImported : null,
            WarmUp = settings.Reload.Warmup.Count == 0 ? null : new WarmUp(settings.Reload, (worker, path, giveUp) => ProbeExchange.AskAsync(pool, worker, path, giveUp), time),
            Time = time,
            Log = log,
            History = new ServiceHistory(time),
        };
        supervisor = new Supervisor(supervision, settings.Reload, settings.GracefulTimeout, (worker, path) => ProbeExchange.AskAsync(pool, worker, path));
        upkeep = new Upkeep(supervisor, supervision, settings.Recycle, static () => MemoryAllowance.Free());
        var memory = ClientMemory.ForThisProcess(settings.Http.ClientMemory);
        app = new AppHandler(settings.App, settings.Http, pool, SpoolDirectory.Find(memory, log), memory) { Notices = new RouteNotices(log, () => supervisor.Serving.Number) };
        accessLog = AccessLog.Open(settings.Log, streams.Output, files, time);
        front = new FrontApplication(settings.Http, app, new Mount(settings.App.Mount), accessLog, log);
        var refusals = new KestrelRefusals(settings.Http, front.Failures, accessLog, log);
        clients = new ClientConnections(
            memory, settings.Http.MaxConnections, OpenFiles.Limit - OpenFiles.Least, settings.Http.Http2MaxConcurrentStreams, time, log,
            settings.Binds.Any(settings.Tls.Speaks));
        follower = Follower.Of(OsText.Variables());
        certificates = settings.Tls.HasCertificates || settings.Acme.IsWanted ? new CertificateStore(settings.Tls, time, log) : null;
        domains = settings.Acme.IsWanted
            ? new DomainKeeper(settings.Acme, certificates!, settings.Binds.Any(static bind => bind.Redirects), time, log)
            : null;
        listeners = new Listeners(settings.Http, settings.Binds, refusals, clients, follower?.Handover.Sockets, settings.Tls, certificates,
            log);
        sockets = new SocketListeners(listeners.Transport, listeners.Multiplexes, clients.MakePlaces, loggers);
        gate = new ListenerGate(sockets);
        passed = new PassedSignals(log);
        upgrade = MakeUpgrade();
        kestrel = new FrontServer(listeners, gate, refusals.Hearing(loggers))
        {
            Challenge = domains is null ? static _ => null : domains.Answers.Find,
        };
        service = new ServiceNotices(OsText.Variables(), () => StatusLine.Make(supervisor, pool));
        supervisor.TellReloading = begins =>
        {
            if (begins)
            {
                service.Reloading();
            }
            else
            {
                service.Reloaded();
            }
        };
        commands = new ControlCommands(settings.App, supervisor, pool, () => listeners.Addresses, time)
        {
            Upgrade = () => upgrade.RunAsync(bySignal: false),
            IsUpgrading = () => upgrade.IsUnderWay,
            Stop = StopAsked,
            Log = settings.Log.ErrorLogFile,
        };
        if (settings.Development)
        {
            development = new CodeInProgress(settings.App.Name, supervisor.ReloadAsync, time, log);
            try
            {
                sources = new SourceWatch(development.Change, settings.App.Script);
                sources.AddTree(OsText.Reachable(settings.App.Directory));
            }
            catch (IOException error)
            {
                log.CannotWatch(error.Message);
            }
        }
    }

    /// <summary>Serves until a signal ends it. Returns the process's exit code: 0 stopped, 1 could not start, 3 no worker booted, 4 the app did not load.</summary>
    internal static async Task<int> RunAsync(ServerSettings settings)
    {
        if (settings.Umask is { } bits)
        {
            _ = Libc.umask(bits);
        }
        try
        {
            using var early = EarlyPython.TryStart(settings.App);
            EarlySignals.Begun = early;
            using var threads = FrontThreads.Start();
            using var reaper = new Reaper();
            await using var server = new Server(settings, early);
            return await server.RunAsync(threads);
        }
        catch (Exception error) when (error is ListenException or IOException)
        {
            var line = Visible.Line(error.Message);
            await Console.Error.WriteLineAsync(settings.Log.Json ? LogForm.Json.Server(TimeProvider.System.GetLocalNow(), LogLevel.Error, 0, line) : line);
            TellOther(line);
            return 1;
        }
    }

    public async ValueTask DisposeAsync()
    {
        service.Dispose();
        await (domains?.DisposeAsync() ?? ValueTask.CompletedTask);
        control?.Dispose();
        metrics?.Dispose();
        upkeep.Dispose();
        sources?.Dispose();
        await supervisor.DisposeAsync();
        kestrel.Dispose();
        clients.Dispose();
        certificates?.Dispose();
        accessLog?.Flush();
        pool.Dispose();
        output.Dispose();
        loggers.Dispose();
        files.Dispose();
        streams.Dispose();
        pidFile?.Dispose();
        upgrade.Dispose();
        follower?.Dispose();
    }

    private async Task<int> RunAsync(IDisposable threads)
    {
        using var stop = signals = new ServerSignals(
            log, Reload, supervisor.Pin, () => files.Reopen(log.LogNotReopened), () => _ = upgrade.RunAsync(bySignal: true), passed.Take);
        supervisor.IsToStopAsync = stop.IsToStopAsync;
        TellRefusals();
        if (workforce.Wanted < settings.Workers.Count)
        {
            log.FewerForMemory(settings.App.Name, workforce.Wanted, settings.Workers.Count);
        }
        try
        {
            pidFile = follower is null && settings.Control.PidFile is { } path ? PidFile.Write(path) : null;
            // The app's Python starts first: it takes longest, and the listeners open meanwhile.
            supervisor.Start();
            threads.Dispose();
            if (follower is null)
            {
                await TakeNamesAsync();
                gate.Open();
            }
            await (development is null
                ? kestrel.StartAsync(front, CancellationToken.None)
                : kestrel.StartAsync(new DevelopmentApplication(front, development, accessLog), CancellationToken.None));
        }
        catch (Exception error) when (error is IOException or Win32Exception or ListenException or ControlException)
        {
            threads.Dispose();
            var why = error is Win32Exception ? StartFailure.Explain(settings.App, error) : error.Message;
            log.CouldNotStart(why);
            follower?.Fail(why);
            if (settings.Log.ErrorLogFile is not null)
            {
                await Console.Error.WriteLineAsync(Visible.Line(why));
            }
            return 1;
        }
        if (follower is null)
        {
            domains?.Start();
        }
        if (development is not null)
        {
            return await DevelopAsync(stop);
        }
        var code = follower is null ? await FirstStartAsync(stop) : await FollowAsync(stop);
        var served = code == 0 && !stop.Gracefully.IsCompleted;
        if (!served)
        {
            // No worker will come for those who wait.
            pool.TurnAway();
            if (code == 0)
            {
                log.StoppedBeforeServing(await stop.Gracefully);
            }
        }
        else
        {
            // Before it is told: whoever hears of it may ask for an upgrade.
            ready = true;
            foreach (var address in listeners.Addresses)
            {
                log.Listening(address);
            }
            if (metrics is not null)
            {
                log.MetricsAt(metrics.Address);
            }
            log.Serving(workforce.Wanted, supervisor.Serving.Python);
            service.Ready(follows: follower is not null);
            StartMemory.GiveBack();
            await stop.Gracefully;
        }
        await StopAsync(stop, served);
        return code;
    }

    /// <summary>What the kernel refuses and is done without.</summary>
    private void TellRefusals()
    {
        if (ScoreboardSegment.Refusal(Generation.SlotsFor(settings.Workers)) is { } refusal)
        {
            log.UnsentCanBeLost(refusal);
        }
        if (KernelCalls.EventRefusal() is { } why)
        {
            log.PipesForEvents(why);
        }
    }

    /// <summary>Waits until the first worker serves, none will, or the server is to stop. Returns the exit code that says which.</summary>
    private async Task<int> FirstStartAsync(ServerSignals stop)
    {
        var late = Task.Delay(settings.Reload.StartTimeout);
        if (await Task.WhenAny(supervisor.Loaded, stop.Gracefully, late) == late)
        {
            log.StartTookTooLong(settings.App.Name, settings.Reload.StartTimeout.TotalSeconds);
            return WorkerFailed;
        }
        await Task.WhenAny(supervisor.Started, stop.Gracefully);
        return supervisor.Started.IsCompleted ? (await supervisor.Started).Code : 0;
    }

    private void Reload()
    {
        foreach (var path in listeners.LostFiles)
        {
            log.SocketLost(path);
        }
        if (development is null)
        {
            _ = supervisor.ReloadInTurnAsync();
        }
        else
        {
            development.Change("");
        }
    }

    /// <summary>Serves whatever the code's state is.</summary>
    private async Task<int> DevelopAsync(ServerSignals stop)
    {
        foreach (var address in listeners.Addresses)
        {
            log.Listening(address);
        }
        log.Developing(settings.App.Name);
        service.Ready();
        using var over = new CancellationTokenSource();
        var loop = development!.RunAsync(supervisor.Started, over.Token);
        await stop.Gracefully;
        await over.CancelAsync();
        await loop;
        await StopAsync(stop);
        return 0;
    }

    /// <exception cref="ListenException">The file cannot be opened.</exception>
    private LogOutput OpenLog(TimeProvider time)
    {
        if (settings.Log.ErrorLogFile is not { } path)
        {
            return new LogOutput(streams.Error, settings.Log.Level, time, streams.ErrorForm);
        }
        try
        {
            return new LogOutput(files.Open(path), settings.Log.Level, time, new LogForm(settings.Log.Json));
        }
        catch (IOException error)
        {
            throw new ListenException($"HP307  --error-logfile {path}: cannot be opened: {error.Message}. Let this user write there, or name another file.", error);
        }
    }

    /// <summary>What an application wrote to wsgi.errors, or of why it failed. On the channel's thread.</summary>
    private void OnLogged(Worker worker, Exchange? exchange, uint level, string text)
    {
        var about = new AppWords(worker.Pid, text) { Level = (LogLevel)Math.Clamp(level, (uint)LogLevel.Debug, (uint)LogLevel.Critical), RequestId = (exchange as AppExchange)?.RequestId };
        AppTextReader.ReadWhole(about, loggers.Said);
    }

    private void OnImported(IReadOnlyList<string> folders, IReadOnlyList<string> trees)
    {
        foreach (var folder in folders)
        {
            sources?.AddFolder(folder);
        }
        foreach (var tree in trees)
        {
            sources?.AddTree(tree);
        }
        if (sources is not null)
        {
            log.Watching(sources.Folders, sources.LeftOut);
        }
    }

    /// <summary>Goes on serving for as long as load balancers need to see that the server is not ready any more, and says what is waited for then.</summary>
    private async Task DrainAsync(string why, CancellationToken atOnce)
    {
        if (settings.DrainDelay > TimeSpan.Zero && successor is null)
        {
            log.Draining(why, Values.Show(settings.DrainDelay));
            await Task.Delay(settings.DrainDelay, atOnce).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        var requests = pool.Waiting + supervisor.Generations.SelectMany(static generation => generation.Workers).Sum(static process => process.Worker.InFlight);
        log.Stopping(why, Values.Show(settings.GracefulTimeout), requests == 1 ? "1 request" : $"{requests} requests");
    }

    /// <summary>Stops accepting, lets what is in flight finish within the graceful timeout or until a second INT, then ends the workers.</summary>
    private async Task StopAsync(ServerSignals stop, bool served = true)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(stop.AtOnce);
        app.Stopping = commands.Stopping = true;
        upgrade.Halt();
        supervisor.Halt();
        if (served && stop.Gracefully is { IsCompletedSuccessfully: true } asked)
        {
            if (successor is null)
            {
                service.Stopping($"stopping: {await asked}");
            }
            await DrainAsync(await asked, patience.Token);
        }
        // Where nothing was served there is nothing to finish: what clients send then is for nobody.
        patience.CancelAfter(served || settings.GracefulTimeout < NothingServed ? settings.GracefulTimeout : NothingServed);
        await gate.CloseAsync();
        if (successor is not null)
        {
            listeners.LetGo();
        }
        _ = kestrel.DismissStreamsAsync(patience.Token);
        // A request may be on its way on an idle connection; closing it now would lose that one. For a second, answers ask to close; for ten, when
        // nobody waits for the end, since another server serves.
        for (var waited = 0; waited < (successor is null ? 50 : 500) && gate.Connections > 0 && !patience.IsCancellationRequested; waited++)
        {
            await Task.Delay(20, CancellationToken.None);
        }
        await kestrel.StopAsync(patience.Token);
        pool.Stop();
        await supervisor.StopAsync(patience.Token);
        // Whoever asked for the upgrade, or the stop, wants to hear of it.
        await (control?.AnsweredAsync() ?? Task.CompletedTask);
        if (successor is not null)
        {
            await StayAsync(successor, stop.AtOnce);
        }
    }
}
