using System.ComponentModel;
using Hotplate.Apps;
using Hotplate.Certificates;
using Hotplate.Certificates.Acme;
using Hotplate.Control;
using Hotplate.Http;
using Hotplate.Linux;
using Hotplate.Observability;
using Hotplate.Service;
using Hotplate.Settings;
using Hotplate.Sites;
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
    private readonly AppSurroundings surroundings;
    private readonly CancellationTokenSource ending = new();
    private readonly CurrentSite site;
    private readonly SiteChange change;
    private readonly AccessLog? accessLog;
    private readonly FrontApplication front;
    private readonly ClientConnections clients;
    private readonly CertificateStore? certificates;
    private readonly DomainKeeper? domains;
    private readonly Listeners listeners;
    private readonly SocketListeners sockets;
    private readonly ListenerGate gate;
    private readonly FrontServer kestrel;
    private readonly ControlCommands commands;
    private readonly ControlApi api;
    private readonly ServiceNotices service;
    private PidFile? pidFile;
    private ControlServer? control;
    private MetricsServer? metrics;
    private readonly CodeInProgress? development;
    private readonly SourceWatch? sources;
    private volatile bool ready;

    private Server(ServerSettings settings, EarlyPython? early, Func<FileText, SettingsOutcome> read)
    {
        this.settings = settings;
        var time = TimeProvider.System;
        streams = new StandardStreams(settings.Log.Json);
        loggers = StartNotes.OpenLog(settings.Log, streams, files, time);
        loggers.NamesApps = settings.IsForSeveral;
        log = loggers.CreateLogger("Hotplate");
        files.NotRotated = log.LogNotRotated;
        var memory = ClientMemory.ForThisProcess(settings.Http.ClientMemory);
        surroundings = new AppSurroundings
        {
            Streams = streams,
            Loggers = loggers,
            Output = output,
            NamesApps = settings.IsForSeveral,
            Early = early,
            First = settings.App,
            Spool = SpoolDirectory.Find(memory, log),
            Memory = memory,
            Files = WorkerFiles.Find(),
            Imported = settings.Development ? OnImported : null,
            Ending = ending.Token,
            History = new ServiceHistory(time),
            Time = time,
            Log = log,
        };
        site = new CurrentSite(new Site([.. settings.Tenants.Select(one => new App(one, surroundings))], settings, time, log));
        change = new SiteChange(site, settings, surroundings, read);
        accessLog = AccessLog.Open(settings.Log, streams.Output, files, time);
        front = new FrontApplication(settings.Http, site, accessLog, log);
        var refusals = new KestrelRefusals(settings.Http, front.Unrouted, accessLog, log);
        clients = new ClientConnections(
            memory, settings.Http.MaxConnections, OpenFiles.Limit - OpenFiles.Least, settings.Http.Http2MaxConcurrentStreams, time, log,
            settings.Binds.Any(settings.Tls.Speaks));
        follower = Follower.Of(OsText.Variables());
        certificates = settings.Tls.HasCertificates || settings.Acme.IsWanted ? new CertificateStore(settings.Tls, time, log) : null;
        site.IsCertified = certificates is null ? site.IsCertified : certificates.IsCertified;
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
        service = new ServiceNotices(OsText.Variables(),
            () => settings.IsForSeveral ? site.Now.ToString() : StatusLine.Make(Only.Supervisor, Only.Pool));
        surroundings.TellReloading = begins => (begins ? (Action)service.Reloading : service.Reloaded)();
        commands = new ControlCommands(site, () => listeners.Addresses, time)
        {
            Upgrade = () => upgrade.RunAsync(bySignal: false),
            IsUpgrading = () => upgrade.IsUnderWay,
            Stop = StopAsked,
            Apply = (file, isTrial) => change.ApplyAsync(file, isTrial),
            Log = settings.Log.ErrorLogFile,
            IsForSeveral = settings.IsForSeveral,
            Uptime = () => surroundings.History.Uptime,
        };
        api = new ControlApi(commands, new ConfigResource(change), log);
        if (settings.Development)
        {
            development = new CodeInProgress(settings.App.Name, Only.Supervisor.ReloadAsync, time, log);
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
    internal static async Task<int> RunAsync(ServerSettings settings, Func<FileText, SettingsOutcome> read)
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
            await using var server = new Server(settings, early, read);
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
        sources?.Dispose();
        await site.Now.DisposeAsync();
        kestrel.Dispose();
        clients.Dispose();
        certificates?.Dispose();
        accessLog?.Flush();
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
            log, Reload, change => site.Now.Pin(change), () => files.Reopen(log.LogNotReopened), () => _ = upgrade.RunAsync(bySignal: true),
            passed.Take);
        surroundings.IsToStopAsync = stop.IsToStopAsync;
        StartNotes.TellRefusals(log, settings);
        foreach (var app in site.Now.Apps)
        {
            app.TellFewer();
        }
        try
        {
            pidFile = follower is null && settings.Control.PidFile is { } path ? PidFile.Write(path) : null;
            // Python starts first: it takes longest, and the listeners open meanwhile.
            if (settings.IsForSeveral)
            {
                site.Now.KeepAll();
            }
            else
            {
                Only.Supervisor.Start();
            }
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
            Only.Pool.TurnAway();
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
            StartNotes.TellReady(log, settings, site.Now);
            service.Ready(follows: follower is not null);
            StartMemory.GiveBack();
            await stop.Gracefully;
        }
        await StopAsync(stop, served);
        return code;
    }

    /// <summary>Waits until the first worker serves, none will, or the server is to stop. Returns the exit code that says which.</summary>
    private async Task<int> FirstStartAsync(ServerSignals stop)
    {
        if (settings.IsForSeveral)
        {
            await Task.WhenAny(Task.WhenAll(site.Now.Apps.Select(static app => app.Decided)), stop.Gracefully);
            return 0;
        }
        var late = Task.Delay(settings.Reload.StartTimeout);
        if (await Task.WhenAny(Only.Supervisor.Loaded, stop.Gracefully, late) == late)
        {
            log.StartTookTooLong(settings.App.Name, settings.Reload.StartTimeout.TotalSeconds);
            return WorkerFailed;
        }
        await Task.WhenAny(Only.Supervisor.Started, stop.Gracefully);
        return Only.Supervisor.Started.IsCompleted ? (await Only.Supervisor.Started).Code : 0;
    }

    /// <summary>What runs of the only application.</summary>
    private AppRun Only => site.Now.Only.Run!;

    private void Reload()
    {
        foreach (var path in listeners.LostFiles)
        {
            log.SocketLost(path);
        }
        if (development is null)
        {
            // Not here: reading the file may run a Python, and this is the thread that hears signals.
            _ = Task.Run(change.ReloadAsync);
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
        var loop = development!.RunAsync(Only.Supervisor.Started, over.Token);
        await stop.Gracefully;
        await over.CancelAsync();
        await loop;
        await StopAsync(stop);
        return 0;
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
        var requests = site.Now.Requests;
        log.Stopping(why, Values.Show(settings.GracefulTimeout), requests == 1 ? "1 request" : $"{requests} requests");
    }

    /// <summary>Stops accepting, lets what is in flight finish within the graceful timeout or until a second INT, then ends the workers.</summary>
    private async Task StopAsync(ServerSignals stop, bool served = true)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(stop.AtOnce);
        commands.Stopping = true;
        upgrade.Halt();
        change.Halt();
        await ending.CancelAsync();
        site.Now.Halt();
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
        await site.Now.StopAsync(patience.Token);
        // Whoever asked for the upgrade, or the stop, wants to hear of it.
        await (control?.AnsweredAsync() ?? Task.CompletedTask);
        if (successor is not null)
        {
            await StayAsync(successor, stop.AtOnce);
        }
    }
}
