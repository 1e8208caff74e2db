using System.ComponentModel;
using Hotplate.Settings;
using Hotplate.Supervision;

namespace Hotplate.Service;

/// <summary>Puts the program that is on the disk now in the place of this one, without a request being lost: USR2 and
/// <c>hotplate upgrade</c>.</summary>
/// <remarks>
/// The new one gets the listening sockets and takes nobody before its workers serve. Until it says so nothing has changed here, and a
/// failure changes nothing.
/// </remarks>
/// <param name="patience">How long the new one may take.</param>
/// <param name="sockets">The listening sockets.</param>
/// <param name="yield">Called when it is the new one's turn, with its process: what there can be one of is given up.</param>
/// <param name="resume">Called when the new one failed all the same.</param>
/// <param name="leave">Called when the new one serves.</param>
/// <param name="signals">Passes on what this process is sent.</param>
internal sealed class Upgrade(
    TimeSpan patience,
    Func<IReadOnlyList<HandedSocket>> sockets,
    Action<int> yield,
    Func<Task> resume,
    Action<Successor> leave,
    PassedSignals signals,
    ILogger log) : IDisposable
{
    private readonly CancellationTokenSource halt = new();
    private int running;

    /// <summary>True from the start of the new program until it serves or has failed.</summary>
    internal bool IsUnderWay => Volatile.Read(ref running) == 1;

    /// <summary>Why no upgrade can be made at the moment; null: it can.</summary>
    internal Func<string?> Refuses { get; init; } = static () => null;

    /// <summary>Tries it.</summary>
    /// <param name="bySignal">Whether it was USR2 that asked for it.</param>
    internal async Task<ReloadResult> RunAsync(bool bySignal)
    {
        if (Refuses() is { } refusal)
        {
            return Told(new ReloadResult(1, $"HP521  {refusal}"));
        }
        if (Interlocked.Exchange(ref running, 1) == 1)
        {
            return Told(new ReloadResult(1, "HP521  another upgrade is under way. Wait until it is decided: the log tells of it."));
        }
        try
        {
            signals.Begin();
            return Told(await TryAsync(bySignal));
        }
        finally
        {
            signals.End();
            Volatile.Write(ref running, 0);
        }
    }

    /// <summary>The server is to stop: what has been started is ended.</summary>
    internal void Halt() => halt.Cancel();

    public void Dispose() => halt.Dispose();

    private async Task<ReloadResult> TryAsync(bool bySignal)
    {
        var environment = OsText.Variables();
        var program = ProgramFile.Path;
        var (version, why) = await ProgramTrial.RunAsync(program, environment);
        if (version is null)
        {
            return new ReloadResult(1, $"HP522  {why}. This one serves on. Put a program there that runs, then try again.");
        }
        log.Upgrading(program, version);
        try
        {
            using var next = Successor.Start(program, environment, sockets());
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(halt.Token);
            limit.CancelAfter(patience);
            if (await next.ProveAsync(limit.Token) is { } failure)
            {
                return failure;
            }
            yield(next.Pid);
            if (await next.GoAsync() is { } late)
            {
                await resume();
                return late;
            }
            leave(next);
            signals.PassTo(next.Signal, alone: bySignal);
            return new ReloadResult(
                0, $"process {next.Pid} serves: {version}. Process {Environment.ProcessId} finishes what it has, then it ends");
        }
        catch (Win32Exception error)
        {
            return new ReloadResult(1, $"HP522  {program} cannot be started: {error.Message}. This one serves on.");
        }
    }

    private ReloadResult Told(ReloadResult result)
    {
        if (result.Code == 0)
        {
            log.Upgraded(result.Message);
        }
        else
        {
            log.NotUpgraded(result.Message);
        }
        return result;
    }
}
