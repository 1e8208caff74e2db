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
    private byte[]? phrase;
    private Memory<byte> given;

    public override bool CanGetUnflushedBytes => inner.CanGetUnflushedBytes;

    public override long UnflushedBytes => inner.UnflushedBytes + (held?.WrittenCount ?? 0);

    /// <summary>Kestrel has refused the request at hand and is about to say so; nothing follows on this connection.</summary>
    internal void Refuse(BadHttpRequestException why)
    {
        reason = why;
        held = new ArrayBufferWriter<byte>();
    }

    /// <summary>The reason phrase of the next answer, which is not all ASCII: it goes out as Latin-1 (RFC 9112 section 4, obs-text). Kestrel writes "?".</summary>
    internal void WriteReason(string reason) => phrase = Encoding.Latin1.GetBytes(reason);

    public override Memory<byte> GetMemory(int sizeHint = 0) =>
        held is not null ? held.GetMemory(sizeHint) : phrase is null ? inner.GetMemory(sizeHint) : given = inner.GetMemory(sizeHint);

    public override Span<byte> GetSpan(int sizeHint = 0) =>
        held is not null ? held.GetSpan(sizeHint) : phrase is null ? inner.GetSpan(sizeHint) : (given = inner.GetMemory(sizeHint)).Span;

    public override void Advance(int bytes)
    {
        if (held is null)
        {
            if (phrase is not null && bytes > 0)
            {
                MendReason(given.Span[..Math.Min(bytes, given.Length)]);
            }
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

    /// <summary>Once, in what is written next: the answer's head. What comes later is not looked at, since it may look like it and be something else.</summary>
    /// <remarks>It is another piece when Kestrel still keeps bytes of before behind a flush that has not ended; "?" goes out then.</remarks>
    private void MendReason(Span<byte> head)
    {
        const int Start = 13; // behind "HTTP/1.1 200 "
        var wanted = phrase!;
        phrase = null;
        given = default;
        if (head.Length < Start + wanted.Length + 2 || !head.StartsWith("HTTP/1.1 "u8) || head[Start + wanted.Length] != '\r')
        {
            return;
        }
        var there = head.Slice(Start, wanted.Length);
        for (var i = 0; i < there.Length; i++)
        {
            if (there[i] != (wanted[i] < 0x80 ? wanted[i] : (byte)'?'))
            {
                return;
            }
        }
        wanted.CopyTo(there);
    }
}
