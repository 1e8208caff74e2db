using Hotplate.Control;
using Hotplate.Http;
using Hotplate.Observability;
using Hotplate.Service;
using Hotplate.Supervision;

namespace Hotplate;

/// <summary>How a server follows another one, and how it is followed. docs/architecture.md has the steps.</summary>
internal sealed partial class Server
{
    private readonly Follower? follower;
    private readonly Upgrade upgrade;
    private readonly PassedSignals passed;
    private ServerSignals? signals;
    private Successor? successor;
    private long leftAt;

    /// <summary>How long this process can still be reached by those who have its number, when another one serves.</summary>
    private static readonly TimeSpan Afterwards = TimeSpan.FromSeconds(5);

    /// <summary>What kept this server from beginning, told to the one that it was to follow.</summary>
    internal static void TellOther(string why)
    {
        using var own = Follower.Of(Settings.OsText.Variables());
        own?.Fail(why);
    }

    private Upgrade MakeUpgrade() => new(
        settings.Reload.StartTimeout + TimeSpan.FromSeconds(30), listeners.ToHandOver, Yield, ResumeAsync, Leave, passed, log)
    {
        Refuses = () =>
            settings.Development ? "hotplate dev is for one who sees it: stop it, and start the new one."
            : Environment.ProcessId == 1 ? "this server is process 1, with which its container ends. Start a container of the new image "
                + "beside this one, then stop this one."
            : commands.Stopping ? "the server is stopping. Start it again instead."
            : !ready ? "the server has not begun to serve. Wait until it does, or stop it."
            : site.Now.IsReloading ? "a reload is under way. Wait until it is decided: hotplate status tells of it."
            : null,
    };

    /// <summary>What there is one of for all processes: control socket, pid file, the port of the metrics.</summary>
    private async Task TakeNamesAsync()
    {
        TakeControl(follows: false);
        TakePidFile();
        await TakeMetricsAsync();
    }

    /// <summary>The same where this server serves whatever becomes of them, since others count on it: what cannot be had is told, and the
    /// rest is taken.</summary>
    private async Task TakeNamesThatThereAreAsync()
    {
        Func<Task>[] all = [() => Done(() => TakeControl(follows: true)), () => Done(TakePidFile), TakeMetricsAsync];
        foreach (var take in all)
        {
            try
            {
                await take();
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException or ControlException)
            {
                log.NotTaken(error.Message);
            }
        }

        static Task Done(Action take)
        {
            take();
            return Task.CompletedTask;
        }
    }

    private void TakeControl(bool follows)
    {
        if (control is { IsLost: true })
        {
            control.Dispose();
            control = null;
        }
        control ??= ControlServer.Start(settings.Control, api, loggers, log, follows);
    }

    private void TakePidFile()
    {
        if (pidFile is { IsLost: true })
        {
            pidFile.Dispose();
            pidFile = null;
        }
        if (settings.Control.PidFile is { } path)
        {
            pidFile ??= PidFile.Write(path, follower?.Handover.Process);
        }
    }

    private async Task TakeMetricsAsync()
    {
        if (settings.Control.Metrics is { } endPoint)
        {
            var page = new MetricsPage(site, surroundings, now => AnswerReport.Of(now, front.Unrouted),
                () => clients.Counts with { ProxyRefusals = listeners.ProxyRefusals })
            {
                CertificateEnds = certificates is null ? null : certificates.Ends,
                CertificateFailures = domains is null ? null : domains.Failures,
            };
            metrics ??= await MetricsServer.StartAsync(endPoint, page.Make, loggers);
        }
    }

    /// <summary>Shows the other server that this one's workers serve, and takes its place when it is told to. Returns the exit code:
    /// 0 it has.</summary>
    private async Task<int> FollowAsync(ServerSignals stop)
    {
        using var giveUp = new CancellationTokenSource();
        _ = stop.Gracefully.ContinueWith(
            _ => giveUp.Cancel(), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        if (await ProveAsync(giveUp.Token) is { } failure)
        {
            log.CouldNotFollow(failure.Headline);
            follower!.Fail(failure.Message);
            return failure.Code;
        }
        if (!await follower!.ReadyAsync(giveUp.Token))
        {
            log.CouldNotFollow($"process {follower.Handover.Process}, which it was to follow, is gone or has given it up");
            return 1;
        }
        await TakeNamesThatThereAreAsync();
        listeners.Own(true);
        gate.Open();
        domains?.Start();
        follower.Took();
        return 0;
    }

    /// <summary>Whether this server may take the other one's place. Null: it may. One application of several that is broken is no reason
    /// against it: it was before, most likely.</summary>
    private async Task<ReloadResult?> ProveAsync(CancellationToken giveUp)
    {
        if (!settings.IsForSeveral)
        {
            return await Only.Supervisor.ProveFirstAsync(giveUp);
        }
        var apps = site.Now.Apps;
        await Task.WhenAny(Task.WhenAll(apps.Select(static app => app.Decided)), Task.Delay(Timeout.Infinite, giveUp));
        return site.Now.IsReady ? null : apps.Select(static app => app.Failure).FirstOrDefault(static failure => failure is not null)
            ?? new ReloadResult(1, "no application serves");
    }

    private ReloadResult StopAsked()
    {
        signals?.Finish("hotplate stop");
        return new ReloadResult(0, $"process {Environment.ProcessId} stops");
    }

    private void Yield(int process)
    {
        commands.IsReplaced = true;
        service.HandOver(process);
        metrics?.Dispose();
        metrics = null;
    }

    private Task ResumeAsync()
    {
        commands.IsReplaced = false;
        service.TakeBack();
        // Whatever the other one had of them by then.
        return TakeNamesThatThereAreAsync();
    }

    private void Leave(Successor next)
    {
        (successor, leftAt) = (next, TimeProvider.System.GetTimestamp());
        listeners.Own(false);
        sockets.AreHandedOver = true;
        control?.Dispose();
        signals?.Finish($"process {next.Pid} has taken over");
    }

    /// <summary>Stays for those who have this process's number yet and mean the server: a script's <c>$!</c>, a pid file read a moment ago.
    /// </summary>
    /// <remarks>What was told to stop by this number has ended when this process ends, as for every other server.</remarks>
    private async Task StayAsync(Successor next, CancellationToken atOnce)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(atOnce);
        var left = Afterwards - TimeProvider.System.GetElapsedTime(leftAt);
        await Task.WhenAny(next.End, passed.Stop, Task.Delay(left > TimeSpan.Zero ? left : TimeSpan.Zero, over.Token));
        if (passed.Stop.IsCompletedSuccessfully && await passed.Stop)
        {
            await Task.WhenAny(next.End, Task.Delay(settings.DrainDelay + settings.GracefulTimeout + Afterwards, over.Token));
        }
        await over.CancelAsync();
    }
}
