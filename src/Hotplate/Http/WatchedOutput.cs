using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace Hotplate.Http;

/// <summary>What Kestrel writes to one connection. Its answer to a request that it refuses is held back and goes out as our page.</summary>
/// <remarks>Until then it passes everything on: a comparison with null for each call, and nothing else.</remarks>
internal sealed class WatchedOutput(PipeWriter inner, WatchedTransport transport, KestrelRefusals refusals) : PipeWriter
{
    private BadHttpRequestException? reason;
    private ArrayBufferWriter<byte>? held;
    private ReasonMark? awaited; // from the application's side, until Kestrel writes next
    private ReasonMark? mark;
    private Memory<byte> given;

    public override bool CanGetUnflushedBytes => inner.CanGetUnflushedBytes;

    public override long UnflushedBytes => inner.UnflushedBytes + (mark?.KeptLength ?? 0) + (held?.WrittenCount ?? 0);

    /// <summary>Kestrel has refused the request at hand and is about to say so; nothing follows on this connection.</summary>
    internal void Refuse(BadHttpRequestException why)
    {
        reason = why;
        held = new ArrayBufferWriter<byte>();
    }

    /// <summary>The reason phrase of the next answer, which is not all ASCII: it goes out as Latin-1 (RFC 9112 section 4, obs-text).
    /// Kestrel would write "?".</summary>
    /// <returns>What Kestrel is to write.</returns>
    internal string MarkReason(string reason)
    {
        var made = new ReasonMark(reason);
        // Kestrel may be copying what it kept behind a flush, on another thread.
        Volatile.Write(ref awaited, made);
        return made.Text;
    }

    public override Memory<byte> GetMemory(int sizeHint = 0)
    {
        if (held is not null)
        {
            return held.GetMemory(sizeHint);
        }
        if (awaited is not null)
        {
            WriteKept();
            mark = Interlocked.Exchange(ref awaited, null);
        }
        if (mark is null)
        {
            return inner.GetMemory(sizeHint);
        }
        given = inner.GetMemory(mark.KeptLength + Math.Max(sizeHint, 1));
        return given[mark.KeptLength..];
    }

    public override Span<byte> GetSpan(int sizeHint = 0) =>
        held is null && awaited is null && mark is null ? inner.GetSpan(sizeHint) : GetMemory(sizeHint).Span;

    public override void Advance(int bytes)
    {
        if (held is not null)
        {
            held.Advance(bytes);
            return;
        }
        inner.Advance(mark is null || bytes == 0 ? bytes : Pass(bytes));
    }

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        WriteKept();
        if (held is { WrittenCount: > 0 })
        {
            refusals.Answer(transport, reason!, held.WrittenSpan, inner);
            held.Clear();
        }
        return inner.FlushAsync(cancellationToken);
    }

    public override ValueTask<FlushResult> WriteAsync(ReadOnlyMemory<byte> source, CancellationToken cancellationToken = default)
    {
        if (held is null && awaited is null && mark is null)
        {
            return inner.WriteAsync(source, cancellationToken);
        }
        this.Write(source.Span);
        return FlushAsync(cancellationToken);
    }

    public override void CancelPendingFlush() => inner.CancelPendingFlush();

    public override void Complete(Exception? exception = null)
    {
        WriteKept();
        inner.Complete(exception);
    }

    public override ValueTask CompleteAsync(Exception? exception = null)
    {
        WriteKept();
        return inner.CompleteAsync(exception);
    }

    private int Pass(int bytes)
    {
        var piece = given.Span[..(mark!.KeptLength + bytes)];
        mark.Kept.CopyTo(piece);
        var (length, found) = mark.Pass(piece);
        if (found)
        {
            mark = null;
            given = default;
        }
        return length;
    }

    /// <summary>What looked like the mark's beginning, and is not.</summary>
    private void WriteKept()
    {
        if (mark is { KeptLength: > 0 })
        {
            inner.Write(mark.Kept);
            mark.Release();
        }
    }
}
