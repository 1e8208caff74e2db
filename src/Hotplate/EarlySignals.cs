using System.Runtime.InteropServices;

namespace Hotplate;

/// <summary>TERM, INT and QUIT that come before the server hears them (<see cref="ServerSignals"/>): nothing was started yet, so the process ends, with a line.</summary>
internal static class EarlySignals
{
    private static readonly List<PosixSignalRegistration> Registrations = [];
    private static Action<PosixSignal>? next;

    /// <summary>What is to be ended with the process; null: nothing was started yet.</summary>
    internal static IDisposable? Begun { get; set; }

    internal static void Hear()
    {
        foreach (var signal in (PosixSignal[])[PosixSignal.SIGTERM, PosixSignal.SIGINT, PosixSignal.SIGQUIT])
        {
            Registrations.Add(PosixSignalRegistration.Create(signal, OnSignal));
        }
    }

    /// <summary>Others hear them from now on. One that is on its way here is passed on, perhaps beside one that was heard there.</summary>
    internal static void HandOver(Action<PosixSignal> to)
    {
        Volatile.Write(ref next, to);
        Registrations.ForEach(static registration => registration.Dispose());
        Registrations.Clear();
    }

    internal static string NameOf(PosixSignal signal) => signal switch
    {
        PosixSignal.SIGTERM => "TERM",
        PosixSignal.SIGINT => "INT",
        _ => "QUIT",
    };

    private static void OnSignal(PosixSignalContext context)
    {
        context.Cancel = true;
        if (Volatile.Read(ref next) is { } act)
        {
            act(context.Signal);
            return;
        }
        Begun?.Dispose();
        Console.Error.WriteLine($"hotplate: {NameOf(context.Signal)} was received before anything was started");
        Environment.Exit(0);
    }
}
