using System.ComponentModel;
using System.Globalization;
using System.Net.Sockets;
using Hotplate.Linux;
using Hotplate.Settings;
using Hotplate.Supervision;
using Hotplate.Workers;

namespace Hotplate.Service;

/// <summary>The server that is started in this one's place, as this one sees it: a child, and a stream of lines.</summary>
internal sealed class Successor : IDisposable
{
    private static readonly TimeSpan LastMoment = TimeSpan.FromSeconds(10);
    private readonly Socket socket;
    private readonly StreamReader reader;
    private readonly Task<int> end;
    private readonly Lock gate = new();
    private bool isReaped;

    private Successor(int pid, int channel)
    {
        Pid = pid;
        socket = new Socket(new SafeSocketHandle(channel, ownsHandle: true));
        reader = new StreamReader(new NetworkStream(socket, ownsSocket: false));
        end = Task.Run(EndAsync);
    }

    internal int Pid { get; }

    /// <summary>Completes when it has ended, with its status as waitpid(2) gives it; also after this is disposed.</summary>
    internal Task<int> End => end;

    /// <summary>Starts a program with this one's arguments and variables, and the sockets.</summary>
    /// <param name="sockets">Numbers are of this process.</param>
    /// <exception cref="Win32Exception">It cannot be started.</exception>
    internal static unsafe Successor Start(string program, IReadOnlyDictionary<string, string> environment, IReadOnlyList<HandedSocket> sockets)
    {
        var pair = stackalloc int[2];
        if (Libc.socketpair(Libc.AF_UNIX, Libc.SOCK_STREAM | Libc.SOCK_CLOEXEC, 0, pair) != 0)
        {
            throw new Win32Exception();
        }
        try
        {
            // What systemd passed keeps its numbers: 3 and up. Behind it the stream, then the server's own sockets.
            var passed = PassedSockets.Of(environment, Environment.ProcessId);
            var channel = PassedSockets.First + passed.Count;
            var own = sockets.Where(socket => !passed.Any(one => one.Descriptor == socket.Descriptor)).ToList();
            var handover = new Handover
            {
                Process = Environment.ProcessId,
                Channel = channel,
                Sockets = [.. own.Select((socket, index) => socket with { Descriptor = channel + 1 + index })],
            };
            int[] descriptors = [1, 2, .. passed.Select(static socket => socket.Descriptor), pair[1], .. own.Select(static socket => socket.Descriptor)];
            var pid = ChildProcess.Start([program, .. ProgramFile.Arguments()], For(environment, passed.Count, handover), OsText.CurrentDirectory(), descriptors);
            return new Successor(pid, pair[0]);
        }
        catch
        {
            _ = Libc.close(pair[0]);
            throw;
        }
        finally
        {
            _ = Libc.close(pair[1]);
        }
    }

    /// <summary>Returns when it could serve: null. Else why it will not.</summary>
    /// <param name="patience">After that it is killed.</param>
    internal async Task<ReloadResult?> ProveAsync(CancellationToken patience)
    {
        try
        {
            var line = await reader.ReadLineAsync(patience);
            if (line == "ready")
            {
                return null;
            }
            var words = line is null ? "" : await reader.ReadToEndAsync(patience);
            return Ended(await end.WaitAsync(patience), words.Trim());
        }
        catch (OperationCanceledException)
        {
            Kill();
            await end;
            return Failed("did not serve in time, and was ended. This one serves on. --start-timeout gives it more time.");
        }
        catch (IOException)
        {
            return Ended(await end, "");
        }
    }

    /// <summary>It is its turn. Returns when it serves: null. Else why it does not.</summary>
    internal async Task<ReloadResult?> GoAsync()
    {
        using var patience = new CancellationTokenSource(LastMoment);
        try
        {
            return await TakesAsync(patience.Token) ? null : Ended(await end.WaitAsync(patience.Token), "");
        }
        catch (OperationCanceledException)
        {
            Kill();
            await end;
            return Failed($"did not take over within {LastMoment.TotalSeconds} s, and was ended. This one serves on.");
        }
    }

    /// <summary>With what it has started itself: it may be a script.</summary>
    internal void Kill() => _ = Libc.kill(-Pid, 9);

    /// <summary>Sends it a signal; false when it has ended.</summary>
    internal bool Signal(int number)
    {
        lock (gate)
        {
            return !isReaped && Libc.kill(Pid, number) == 0;
        }
    }

    public void Dispose()
    {
        reader.Dispose();
        socket.Dispose();
    }

    private async Task<bool> TakesAsync(CancellationToken patience)
    {
        try
        {
            socket.Send("go\n"u8);
            return await reader.ReadLineAsync(patience) == "took";
        }
        catch (Exception error) when (error is IOException or SocketException)
        {
            return false; // it ends
        }
    }

    private async Task<int> EndAsync()
    {
        await Task.Yield();
        while (true)
        {
            // A thread of the pool for as long as it lives would be one of few.
            if (TryReap() is { } status)
            {
                return status;
            }
            await Task.Delay(20);
        }
    }

    private unsafe int? TryReap()
    {
        int status;
        // Its number may be another process's the moment after.
        lock (gate)
        {
            var reaped = Libc.waitpid(Pid, &status, 1 /* WNOHANG */);
            isReaped = reaped != 0;
            return reaped == 0 ? null : reaped == Pid ? status : Reaper.StatusOf(Pid) ?? 0;
        }
    }

    private static Dictionary<string, string> For(IReadOnlyDictionary<string, string> environment, int passed, Handover handover)
    {
        var own = environment.ToDictionary(StringComparer.Ordinal);
        // These name a process, which is this one.
        own.Remove(ServiceVariables.ListenProcess);
        own.Remove(ServiceVariables.WatchdogProcess);
        if (passed == 0)
        {
            own.Remove(ServiceVariables.ListenCount);
            own.Remove(ServiceVariables.ListenNames);
        }
        foreach (var name in own.Keys.Where(static name => name.StartsWith("DOTNET_SYSTEM_NET_", StringComparison.Ordinal)).ToList())
        {
            own.Remove(name);
        }
        own[Handover.Variable] = handover.ToText();
        return own;
    }

    private ReloadResult Ended(int status, string words)
    {
        var reason = ExitReason.FromStatus(status);
        return Failed(
            $"ended with {reason} before it served. This one serves on."
                + (words.Length > 0 ? $" Its last words:\n{words}" : " What it said is in the log."),
            reason.Code is > 0 and var code ? code : 1);
    }

    private ReloadResult Failed(string how, int code = 1) =>
        new(code, string.Create(CultureInfo.InvariantCulture, $"HP523  the new program (process {Pid}) {how}"));
}
