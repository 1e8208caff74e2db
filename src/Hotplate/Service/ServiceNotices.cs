using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using Hotplate.Observability;
using Hotplate.Settings;

namespace Hotplate.Service;

/// <summary>What systemd is told of the server: that it serves, reloads, stops, how it does, and that it does not hang. docs/service.md has the list.</summary>
/// <remarks>Safe to call from any thread but those that handle requests: a message may wait. Without NOTIFY_SOCKET it says nothing.</remarks>
internal sealed class ServiceNotices : IDisposable
{
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);
    private readonly Lock gate = new();
    private readonly NotifySocket? socket;
    private readonly NotifySocket? pulse;
    private readonly TimeSpan watchdog;
    private readonly Func<string> status;
    private Timer? timer;
    private LoopWatch? watch;
    private string said = "";
    private bool silent;

    /// <param name="environment">With NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID.</param>
    /// <param name="status">How it does, in a line. Asked once a second.</param>
    internal ServiceNotices(IReadOnlyDictionary<string, string> environment, Func<string> status)
    {
        this.status = status;
        var address = environment.GetValueOrDefault(ServiceVariables.NotifySocket);
        socket = NotifySocket.Open(address, waits: true);
        if (socket is not null && Watchdog(environment) is { } time)
        {
            watchdog = time;
            pulse = NotifySocket.Open(address, waits: false);
        }
    }

    /// <summary>The first worker serves. From now on its state is told whenever it changes, and that it lives.</summary>
    /// <param name="follows">It takes the place of another process, which systemd has known until now.</param>
    internal void Ready(bool follows = false)
    {
        if (socket is null)
        {
            return;
        }
        lock (gate)
        {
            said = Line(status());
            var me = Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
            socket.Tell($"READY=1\n{(follows ? $"MAINPID={me}\n" : "")}STATUS={said}");
            timer ??= new Timer(static notices => ((ServiceNotices)notices!).TellStatus(), this, Look, Look);
            watch ??= Watch();
        }
    }

    internal void Reloading() => Tell($"RELOADING=1\nMONOTONIC_USEC={Stopwatch.GetTimestamp() / (Stopwatch.Frequency / 1_000_000)}");

    internal void Reloaded() => TellWithStatus("READY=1");

    /// <param name="why">A line.</param>
    internal void Stopping(string why)
    {
        lock (gate)
        {
            timer?.Dispose();
            Tell($"STOPPING=1\nSTATUS={Line(why)}");
        }
    }

    /// <summary>Another process is the service from now on, and this one says nothing more.</summary>
    internal void HandOver(int process)
    {
        lock (gate)
        {
            Tell($"MAINPID={process.ToString(CultureInfo.InvariantCulture)}");
            silent = true;
        }
    }

    /// <summary>That one has failed at the last moment.</summary>
    internal void TakeBack()
    {
        lock (gate)
        {
            silent = false;
            TellWithStatus($"READY=1\nMAINPID={Environment.ProcessId.ToString(CultureInfo.InvariantCulture)}");
        }
    }

    public void Dispose()
    {
        timer?.Dispose();
        watch?.Dispose();
        socket?.Dispose();
        pulse?.Dispose();
    }

    private static TimeSpan? Watchdog(IReadOnlyDictionary<string, string> environment)
    {
        var process = environment.GetValueOrDefault(ServiceVariables.WatchdogProcess, "");
        return long.TryParse(environment.GetValueOrDefault(ServiceVariables.WatchdogTime), NumberStyles.None, CultureInfo.InvariantCulture, out var microseconds)
            && microseconds is > 0 and < int.MaxValue * 1000L
            && (process.Length == 0 || process == Environment.ProcessId.ToString(CultureInfo.InvariantCulture))
            ? TimeSpan.FromMicroseconds(microseconds)
            : null;
    }

    private static string Line(string text) => Visible.Line(text.ReplaceLineEndings(" "));

    private LoopWatch? Watch() => pulse is null ? null : new LoopWatch(watchdog / 2, Pulse);

    private void Pulse()
    {
        if (!silent)
        {
            pulse!.Tell("WATCHDOG=1");
        }
    }

    private void TellStatus()
    {
        lock (gate)
        {
            var now = Line(status());
            if (now != said)
            {
                said = now;
                Tell($"STATUS={now}");
            }
        }
    }

    private void TellWithStatus(string assignments)
    {
        lock (gate)
        {
            said = Line(status());
            Tell($"{assignments}\nSTATUS={said}");
        }
    }

    private void Tell(string assignments)
    {
        lock (gate)
        {
            if (!silent)
            {
                socket?.Tell(assignments);
            }
        }
    }
}
