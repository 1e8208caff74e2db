using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;

namespace Hotplate.Http;

/// <summary>What an HTTP/2 client sends. It ends when its connection is told to go, or when far more is held than there is memory
/// for.</summary>
/// <remarks>
/// An aborted connection ends on the thread pool, and until then Kestrel begins every request that it is shown. Each holds several times
/// its bytes and is counted on the pool too, so that a flood on a busy machine was ahead of everything that could have ended it.
/// </remarks>
internal sealed class Http2Input(PipeReader inner, ClientConnection client) : PipeReader
{
    // The end was shown: what Kestrel says of it concerns nothing of the inner one.
    private bool ended;

    public override bool TryRead(out ReadResult result)
    {
        if (!inner.TryRead(out result))
        {
            return false;
        }
        result = Show(result);
        return true;
    }

    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        var reading = inner.ReadAsync(cancellationToken);
        return reading.IsCompletedSuccessfully ? new ValueTask<ReadResult>(Show(reading.Result)) : AwaitAsync(reading);
    }

    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        if (!ended)
        {
            inner.AdvanceTo(consumed, examined);
        }
    }

    public override void CancelPendingRead() => inner.CancelPendingRead();

    public override void Complete(Exception? exception = null) => inner.Complete(exception);

    // A read waits for every request of a quiet connection, so its state is pooled.
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<ReadResult> AwaitAsync(ValueTask<ReadResult> reading) => Show(await reading);

    private ReadResult Show(in ReadResult result)
    {
        if (!ended && !client.MustEnd)
        {
            return result;
        }
        // What came is dropped.
        ended = true;
        inner.AdvanceTo(result.Buffer.End);
        return new ReadResult(ReadOnlySequence<byte>.Empty, isCanceled: false, isCompleted: true);
    }
}
