using System.IO.Pipelines;
using System.Runtime.CompilerServices;

namespace Hotplate.Apps;

/// <summary>Reads a request's body for as long as something comes of it: a client that stops in the middle is not waited for without end.</summary>
/// <remarks>How fast it comes does not matter here. One timer a connection, started only when a read waits and looked at when it is due.</remarks>
internal sealed class BodyPatience(TimeSpan limit)
{
    private readonly Lock gate = new();
    private Timer? timer;
    private PipeReader? waitsOn;
    private long since;
    private bool isDue;

    /// <summary>The last read ended because nothing had come in time.</summary>
    internal bool IsOver { get; private set; }

    /// <summary>As the reader's own; what it returns is cancelled when nothing comes in time.</summary>
    internal ValueTask<ReadResult> ReadAsync(PipeReader reader, CancellationToken cancel = default)
    {
        IsOver = false;
        var reading = reader.ReadAsync(cancel);
        return reading.IsCompleted ? reading : WaitAsync(reader, reading);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<ReadResult> WaitAsync(PipeReader reader, ValueTask<ReadResult> reading)
    {
        lock (gate)
        {
            waitsOn = reader;
            since = Environment.TickCount64;
            if (!isDue)
            {
                isDue = true;
                timer ??= new Timer(static me => ((BodyPatience)me!).Look(), this, Timeout.Infinite, Timeout.Infinite);
                timer.Change(limit, Timeout.InfiniteTimeSpan);
            }
        }
        try
        {
            return await reading;
        }
        finally
        {
            lock (gate)
            {
                waitsOn = null;
            }
        }
    }

    private void Look()
    {
        lock (gate)
        {
            isDue = waitsOn is not null;
            if (waitsOn is null)
            {
                return;
            }
            var left = limit.TotalMilliseconds - (Environment.TickCount64 - since);
            if (left > 0)
            {
                timer!.Change(TimeSpan.FromMilliseconds(left), Timeout.InfiniteTimeSpan);
                return;
            }
            isDue = false;
            IsOver = true;
            waitsOn.CancelPendingRead();
        }
    }
}
