using System.Runtime.InteropServices;
using Hotplate.Linux;

namespace Hotplate;

/// <summary>What each signal means, as for gunicorn. No signal but KILL, and those of a crash, ends the server without a line in its log.</summary>
/// <remarks>
/// TERM and the first INT end it gracefully, QUIT and a second INT at once. HUP reloads, USR1 opens the log files anew, USR2 upgrades, TTIN and TTOU
/// change the number of workers. WINCH, CHLD, URG, CONT and TSTP mean to it what they mean to every process.
/// </remarks>
internal sealed class ServerSignals : IDisposable
{
    private const int URG = 23;
    private const int USR1 = 10;
    private const int USR2 = 12;
    private const int XCPU = 24;

    private static readonly int[] Stops =
        [NumberOf(PosixSignal.SIGTERM), NumberOf(PosixSignal.SIGINT), NumberOf(PosixSignal.SIGQUIT), XCPU];

    // Those that would end the process if nobody cared for them, by their numbers on x86-64 and arm64.
    private static readonly Dictionary<int, string> PassedOver = new() { [14] = "ALRM", [16] = "STKFLT", [26] = "VTALRM", [27] = "PROF", [29] = "IO", [30] = "PWR", [31] = "SYS" };

    private readonly ILogger log;
    private readonly Action reload;
    private readonly Action<int> pin;
    private readonly Action reopen;
    private readonly Action upgrade;
    private readonly Func<int, bool> isForAnother;
    private readonly TaskCompletionSource<string> gracefully = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource atOnce = new();
    private readonly Dictionary<int, Action> acts = [];
    private readonly PosixSignalRegistration[] registrations;
    private volatile bool stopReceived;
    private TaskCompletionSource heard = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <param name="reload">On HUP, after <paramref name="reopen"/>.</param>
    /// <param name="pin">By how much the number of workers is to change.</param>
    /// <param name="reopen">Opens the log files anew.</param>
    /// <param name="upgrade">Starts what is on the disk in this one's place.</param>
    /// <param name="isForAnother">Gets each signal's number first; true: there is nothing to do about it here.</param>
    internal ServerSignals(
        ILogger log, Action reload, Action<int> pin, Action reopen, Action upgrade, Func<int, bool> isForAnother)
    {
        (this.log, this.reload, this.pin, this.reopen, this.upgrade) = (log, reload, pin, reopen, upgrade);
        this.isForAnother = isForAnother;
        InheritedSignals.Reset();
        registrations =
        [
            On(PosixSignal.SIGTERM, Stop), On(PosixSignal.SIGINT, Stop), On(PosixSignal.SIGQUIT, Stop), On((PosixSignal)XCPU, Stop),
            On(PosixSignal.SIGHUP, _ => Reload()), On(PosixSignal.SIGTTIN, _ => pin(1)), On(PosixSignal.SIGTTOU, _ => pin(-1)),
            On((PosixSignal)URG, _ => Interlocked.Exchange(ref heard, new(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult()),
            On((PosixSignal)USR1, _ => Reopen()), On((PosixSignal)USR2, _ => upgrade()),
            .. PassedOver.Keys.Concat(InheritedSignals.RealTime).ToList()
                .Select(number => On((PosixSignal)number, _ => log.SignalPassedOver(NameOf(number)))),
        ];
        SignalRelay.Take(acts, number => stopReceived |= Array.IndexOf(Stops, number) >= 0);
        EarlySignals.HandOver(signal => gracefully.TrySetResult($"{EarlySignals.NameOf(signal)} was received"));
    }

    /// <summary>Completes when the server is to finish what it has and end, with the reason.</summary>
    internal Task<string> Gracefully => gracefully.Task;

    /// <summary>Cancelled when it is to end without finishing.</summary>
    internal CancellationToken AtOnce => atOnce.Token;

    /// <summary>The server is to finish what it has and end, for a reason that is no signal.</summary>
    internal void Finish(string why) => gracefully.TrySetResult(why);

    /// <summary>Whether the server is to stop, once it has heard of every signal that was sent until now.</summary>
    /// <remarks>
    /// Asked by one that comes after them: they wait in the kernel, then in a pipe, and those with smaller numbers come first. What they
    /// do may happen later than what it does, so that they were received is noted before.
    /// </remarks>
    internal async Task<bool> IsToStopAsync()
    {
        var mine = Volatile.Read(ref heard).Task;
        if (!IsToStop && Linux.Libc.kill(Environment.ProcessId, URG) == 0)
        {
            await mine;
        }
        return IsToStop;
    }

    private bool IsToStop => stopReceived || gracefully.Task.IsCompleted;

    public void Dispose()
    {
        foreach (var registration in registrations)
        {
            registration.Dispose();
        }
        atOnce.Dispose();
    }

    private PosixSignalRegistration On(PosixSignal signal, Action<PosixSignal> act)
    {
        var number = NumberOf(signal);
        acts.Add(number, Act);
        return PosixSignalRegistration.Create(signal, context =>
        {
            context.Cancel = true; // what the kernel would do
            Act();
        });

        void Act()
        {
            if (!isForAnother(number))
            {
                act(signal);
            }
        }
    }

    private static int NumberOf(PosixSignal signal) => signal switch
    {
        PosixSignal.SIGHUP => 1,
        PosixSignal.SIGINT => 2,
        PosixSignal.SIGQUIT => 3,
        PosixSignal.SIGTERM => 15,
        PosixSignal.SIGTTIN => 21,
        PosixSignal.SIGTTOU => 22,
        _ => (int)signal,
    };

    private static string NameOf(int number) => PassedOver.GetValueOrDefault(number) ?? $"number {number}";

    private void Stop(PosixSignal signal)
    {
        var first = gracefully.TrySetResult(signal switch
        {
            PosixSignal.SIGTERM => "TERM was received",
            PosixSignal.SIGINT => "INT was received",
            PosixSignal.SIGQUIT => "QUIT was received",
            _ => "XCPU was received: the limit of CPU time (ulimit -t, RLIMIT_CPU) is used up",
        });
        if ((!first && signal == PosixSignal.SIGINT) || signal == PosixSignal.SIGQUIT)
        {
            if (!first)
            {
                log.StoppingAtOnce(signal == PosixSignal.SIGINT ? "INT was received again" : "QUIT was received");
            }
            atOnce.Cancel();
        }
    }

    private void Reopen()
    {
        reopen();
        log.LogsReopened();
    }

    private void Reload()
    {
        reopen();
        reload();
    }
}
