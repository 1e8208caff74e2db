using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;

namespace Hotplate.Http;

/// <summary>What Kestrel writes to one connection. Its answer to a request that it refuses is held back and goes out as our page.</summary>
/// <remarks>Until then it passes everything on: a comparison with null for each call, and nothing else.</remarks>
internal sealed class WatchedOutput(PipeWriter inner, WatchedTransport transport, KestrelRefusals refusals) : PipeWriter
{
    private BadHttpRequestException? reason;
    private ArrayBufferWriter<byte>? held;

    public override bool CanGetUnflushedBytes => inner.CanGetUnflushedBytes;

    public override long UnflushedBytes => inner.UnflushedBytes + (held?.WrittenCount ?? 0);

    /// <summary>Kestrel has refused the request at hand and is about to say so; nothing follows on this connection.</summary>
    internal void Refuse(BadHttpRequestException why)
    {
        reason = why;
        held = new ArrayBufferWriter<byte>();
    }

    public override Memory<byte> GetMemory(int sizeHint = 0) => held is null ? inner.GetMemory(sizeHint) : held.GetMemory(sizeHint);

    public override Span<byte> GetSpan(int sizeHint = 0) => held is null ? inner.GetSpan(sizeHint) : held.GetSpan(sizeHint);

    public override void Advance(int bytes)
    {
        if (held is null)
        {
            inner.Advance(bytes);
        }
        else
        {
            held.Advance(bytes);
        }
    }

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        if (held is { WrittenCount: > 0 })
        {
            refusals.Answer(transport, reason!, held.WrittenSpan, inner);
            held.Clear();
        }
        return inner.FlushAsync(cancellationToken);
    }

    public override ValueTask<FlushResult> WriteAsync(ReadOnlyMemory<byte> source, CancellationToken cancellationToken = default)
    {
        if (held is null)
        {
            return inner.WriteAsync(source, cancellationToken);
        }
        held.Write(source.Span);
        return FlushAsync(cancellationToken);
    }

    public override void CancelPendingFlush() => inner.CancelPendingFlush();

    public override void Complete(Exception? exception = null) => inner.Complete(exception);

    public override ValueTask CompleteAsync(Exception? exception = null) => inner.CompleteAsync(exception);
}
