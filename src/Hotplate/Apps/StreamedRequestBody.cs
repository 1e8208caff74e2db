using System.IO.Pipelines;
using Hotplate.Channel;
using Hotplate.Workers;
using Microsoft.AspNetCore.Http;

namespace Hotplate.Apps;

/// <summary>A request's body handed on as it arrives (<c>--buffer-requests off</c>), never more ahead of the application than its credit.</summary>
internal sealed class StreamedRequestBody(PipeReader reader, long? limit, TimeSpan between)
{
    private readonly SemaphoreSlim credited = new(0);
    private readonly BodyPatience patience = new(between);
    private long credit = Wire.InitialCredit;
    private Task pump = Task.CompletedTask;
    private volatile bool stopped;
    private volatile bool waitsForClient;

    internal bool Started { get; private set; }

    /// <summary>The application has read, but for what rounding leaves, all that the client has sent, and there is more to come.</summary>
    internal bool Starves => waitsForClient && Interlocked.Read(ref credit) > Wire.InitialCredit - Wire.MaxBodyFrame;

    /// <summary>The request is in its worker's buffer; what follows goes the same way.</summary>
    internal void Start(AppExchange exchange, Worker worker, uint stream)
    {
        Started = true;
        // Not inline: the caller holds the lock of the channel that this will write to.
        pump = Task.Run(() => PumpAsync(exchange, worker, stream));
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
        if (!pump.IsCompleted)
        {
            credited.Release();
            reader.CancelPendingRead();
        }
        await pump.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task PumpAsync(AppExchange exchange, Worker worker, uint stream)
    {
        var failure = RequestFailure.ClientLeft;
        try
        {
            failure = await HandOnAsync(worker, stream);
        }
        catch (BadHttpRequestException error)
        {
            failure = error.StatusCode switch
            {
                StatusCodes.Status408RequestTimeout => RequestFailure.ClientLeft,
                StatusCodes.Status413PayloadTooLarge => RequestFailure.BodyTooLarge,
                _ => RequestFailure.BadRequest,
            };
        }
        catch (Exception error) when (error is IOException or OperationCanceledException or InvalidOperationException)
        {
            // The client left.
        }
        if (failure != RequestFailure.None)
        {
            // The application must not take the part that it got for the whole.
            exchange.CutAt(worker, stream, failure);
        }
    }

    private async ValueTask<RequestFailure> HandOnAsync(Worker worker, uint stream)
    {
        var total = 0L;
        while (!stopped)
        {
            waitsForClient = true;
            var result = await patience.ReadAsync(reader);
            if (result.IsCanceled && patience.IsOver)
            {
                reader.AdvanceTo(result.Buffer.Start);
                return RequestFailure.BodyTooSlow;
            }
            waitsForClient = false;
            while (!result.IsCanceled && !stopped && !result.Buffer.IsEmpty && Interlocked.Read(ref credit) <= 0)
            {
                await credited.WaitAsync();
            }
            if (result.IsCanceled || stopped)
            {
                reader.AdvanceTo(result.Buffer.Start);
                continue;
            }
            var piece = result.Buffer.Slice(0, Math.Min(result.Buffer.Length, Interlocked.Read(ref credit)));
            var last = result.IsCompleted && piece.Length == result.Buffer.Length;
            total += piece.Length;
            if (total > limit)
            {
                reader.AdvanceTo(piece.End);
                return RequestFailure.BodyTooLarge;
            }
            Interlocked.Add(ref credit, -piece.Length);
            foreach (var segment in piece)
            {
                worker.SendBody(stream, segment.Span, end: false);
            }
            reader.AdvanceTo(piece.End);
            if (last)
            {
                worker.SendBody(stream, [], end: true);
                return RequestFailure.None;
            }
        }
        return RequestFailure.None;
    }
}
