using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;

namespace Hotplate.Http;

/// <summary>What an HTTP/2 client sends, shown to Kestrel head by head when it is its turn. It ends when its connection is told to go, or
/// when
/// far more is held than there is memory for.</summary>
/// <remarks>
/// An aborted connection ends on the thread pool, and until then Kestrel begins every request that it is shown. Each holds several times
/// its bytes and is counted on the pool too, so that a flood on a busy machine was ahead of everything that could have ended it. A head for
/// which it is nobody's turn yet is shown up to its frame's own nine bytes, of which Kestrel can make nothing (RFC 9113 §4.1).
/// </remarks>
internal sealed class Http2Input(PipeReader inner, ClientConnection client) : PipeReader
{
    private const int HeaderSize = 9;
    private const byte Headers = 1;
    private const byte Continuation = 9;
    private const byte EndHeaders = 4;

    private readonly byte[] header = new byte[HeaderSize];
    private int headerBytes;

    // Bytes until the next frame: first those of the preface.
    private long payload = 24;
    private ReadOnlySequence<byte> shown;

    // Bytes that were shown and not taken, so that they are shown again.
    private long seen;
    private bool waits;

    // The end was shown: what Kestrel says of it concerns nothing of the inner one.
    private bool ended;

    public override bool TryRead(out ReadResult result)
    {
        if ((waits && !client.Heads.TryBegin()) || !inner.TryRead(out result))
        {
            result = default;
            return false;
        }
        waits = false;
        result = Show(result);
        return true;
    }

    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        if (waits)
        {
            return AwaitTurnAsync(cancellationToken);
        }
        var reading = inner.ReadAsync(cancellationToken);
        return reading.IsCompletedSuccessfully ? new ValueTask<ReadResult>(Show(reading.Result)) : AwaitAsync(reading);
    }

    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        if (!ended)
        {
            seen = shown.Slice(consumed).Length;
            shown = default;
            inner.AdvanceTo(consumed, examined);
        }
    }

    public override void CancelPendingRead() => inner.CancelPendingRead();

    public override void Complete(Exception? exception = null) => inner.Complete(exception);

    // A read waits for every request of a quiet connection, so its state is pooled.
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<ReadResult> AwaitAsync(ValueTask<ReadResult> reading) => Show(await reading);

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<ReadResult> AwaitTurnAsync(CancellationToken cancellationToken)
    {
        await client.Heads.WaitAsync();
        waits = false;
        return Show(await inner.ReadAsync(cancellationToken));
    }

    private ReadResult Show(in ReadResult result)
    {
        if (!ended && !client.MustEnd)
        {
            shown = result.Buffer.Slice(0, Look(result.Buffer));
            return waits ? new ReadResult(shown, result.IsCanceled, isCompleted: false) : result;
        }
        // What came is dropped.
        ended = true;
        inner.AdvanceTo(result.Buffer.End);
        return new ReadResult(ReadOnlySequence<byte>.Empty, isCanceled: false, isCompleted: true);
    }

    /// <summary>Returns how much to show: up to a head that has to wait.</summary>
    private long Look(in ReadOnlySequence<byte> buffer)
    {
        var at = seen;
        while (at < buffer.Length)
        {
            if (payload > 0)
            {
                var part = Math.Min(payload, buffer.Length - at);
                payload -= part;
                at += part;
                continue;
            }
            var more = (int)Math.Min(HeaderSize - headerBytes, buffer.Length - at);
            buffer.Slice(at, more).CopyTo(header.AsSpan(headerBytes));
            headerBytes += more;
            at += more;
            if (headerBytes == HeaderSize)
            {
                headerBytes = 0;
                payload = BinaryPrimitives.ReadInt32BigEndian(header) >>> 8;
                if (header[3] is Headers or Continuation && (header[4] & EndHeaders) != 0 && !client.Heads.TryBegin())
                {
                    waits = true;
                    break;
                }
            }
        }
        return at;
    }
}
