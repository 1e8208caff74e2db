using System.Buffers;
using System.IO.Pipelines;
using Hotplate.Channel;
using Hotplate.Workers;

namespace Hotplate.Apps;

/// <summary>A request's body handed on as it arrives (<c>--buffer-requests off</c>), never more ahead of the application than its credit.</summary>
internal sealed class StreamedRequestBody(PipeReader reader, long? limit) : IDisposable
{
    private readonly SemaphoreSlim credited = new(0);
    private long credit = Wire.InitialCredit;
    private Task pump = Task.CompletedTask;
    private volatile bool stopped;

    /// <summary>The body was longer than may be; the application was told that it ended.</summary>
    internal bool TooLarge { get; private set; }

    internal bool Started { get; private set; }

    /// <summary>The request is in its worker's buffer; what follows goes the same way.</summary>
    internal void Start(Worker worker, uint stream)
    {
        Started = true;
        // Not inline: the caller holds the lock of the channel that this will write to.
        pump = Task.Run(() => PumpAsync(worker, stream));
    }

    internal void AddCredit(uint bytes)
    {
        Interlocked.Add(ref credit, bytes);
        credited.Release();
    }

    /// <summary>The answer is complete, or nobody wants it any more. When it returns, nothing reads from the client any longer.</summary>
    internal async ValueTask StopAsync()
    {
        stopped = true;
        credited.Release();
        reader.CancelPendingRead();
        await pump;
    }

    public void Dispose() => credited.Dispose();

    private async Task PumpAsync(Worker worker, uint stream)
    {
        var total = 0L;
        try
        {
            while (!stopped)
            {
                var result = await reader.ReadAsync();
                if (result.IsCanceled)
                {
                    reader.AdvanceTo(result.Buffer.Start);
                    continue;
                }
                while (Interlocked.Read(ref credit) <= 0 && !stopped)
                {
                    await credited.WaitAsync();
                }
                if (stopped)
                {
                    reader.AdvanceTo(result.Buffer.Start);
                    return;
                }
                var piece = result.Buffer.Slice(0, Math.Min(result.Buffer.Length, Interlocked.Read(ref credit)));
                total += piece.Length;
                TooLarge = total > limit;
                var end = TooLarge || (result.IsCompleted && piece.Length == result.Buffer.Length);
                Interlocked.Add(ref credit, -piece.Length);
                foreach (var segment in piece)
                {
                    worker.SendBody(stream, segment.Span, end: false);
                }
                reader.AdvanceTo(piece.End);
                if (end)
                {
                    worker.SendBody(stream, [], end: true);
                    return;
                }
            }
        }
        catch (Exception error) when (error is IOException or OperationCanceledException or InvalidOperationException)
        {
            // The client left or sent a broken body: for the application the body ends here, too short for its Content-Length.
            worker.SendControl(FrameType.Abandon, stream);
        }
    }
}
