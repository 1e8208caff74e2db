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

    // Room that Kestrel has, while what it writes there does not go on from where it stands: it asks for room once, writes a head,
    // advances, and goes on writing behind the head (BufferWriter.Commit), though a mark was longer than its phrase.
    private Memory<byte> given;
    private int written; // by Kestrel, what was kept and has room before it included
    private int passed; // of it to the inner one

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
            given = default;
            return inner.GetMemory(sizeHint);
        }
        given = inner.GetMemory(mark.KeptLength + Math.Max(sizeHint, 1));
        (written, passed) = (mark.KeptLength, 0);
        return given[written..];
    }

    public override Span<byte> GetSpan(int sizeHint = 0) =>
        held is null && awaited is null && given.IsEmpty && mark is null ? inner.GetSpan(sizeHint) : GetMemory(sizeHint).Span;

    public override void Advance(int bytes)
    {
        if (held is not null)
        {
            held.Advance(bytes);
            return;
        }
        inner.Advance(given.IsEmpty || bytes == 0 ? bytes : Pass(bytes));
    }

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        WriteKept();
        given = default;
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

    /// <summary>Moves what was written to where it goes on from. Returns how much that is.</summary>
    private int Pass(int bytes)
    {
        var come = given.Span.Slice(written, bytes);
        written += bytes;
        var room = given.Span[passed..];
        var length = bytes;
        if (mark is null)
        {
            come.CopyTo(room);
        }
        else
        {
            var piece = room[..(mark.KeptLength + bytes)];
            come.CopyTo(piece[mark.KeptLength..]);
            mark.Kept.CopyTo(piece);
            (length, var found) = mark.Pass(piece);
            mark = found ? null : mark;
        }
        passed += length;
        if (mark is null && passed == written)
        {
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
