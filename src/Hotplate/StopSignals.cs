using System.Runtime.InteropServices;

namespace Hotplate;

/// <summary>The signals that end the server, with gunicorn's meanings: TERM and the first INT gracefully, QUIT and a second INT at once.</summary>
internal sealed class StopSignals : IDisposable
{
    private readonly TaskCompletionSource gracefully = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource atOnce = new();
    private readonly PosixSignalRegistration[] registrations;

    internal StopSignals() => registrations =
    [
        PosixSignalRegistration.Create(PosixSignal.SIGTERM, On),
        PosixSignalRegistration.Create(PosixSignal.SIGINT, On),
        PosixSignalRegistration.Create(PosixSignal.SIGQUIT, On),
    ];

    /// <summary>Completes when the server is to finish what it has and end.</summary>
    internal Task Gracefully => gracefully.Task;

    /// <summary>Cancelled when it is to end without finishing.</summary>
    internal CancellationToken AtOnce => atOnce.Token;

    public void Dispose()
    {
        foreach (var registration in registrations)
        {
            registration.Dispose();
        }
        atOnce.Dispose();
    }

    private void On(PosixSignalContext context)
    {
        context.Cancel = true;
        if (!gracefully.TrySetResult() && context.Signal == PosixSignal.SIGINT || context.Signal == PosixSignal.SIGQUIT)
        {
            atOnce.Cancel();
        }
    }
}
