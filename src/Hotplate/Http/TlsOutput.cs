using System.Buffers;
using System.IO.Pipelines;
using System.Net.Security;
using Hotplate.Apps;

namespace Hotplate.Http;

/// <summary>What is written to a TLS connection: a flush makes records of it, and sends them together.</summary>
/// <remarks>One writer at a time, as of every <see cref="PipeWriter"/>. The second block and those behind it are large, so that few records
/// are made.</remarks>
internal sealed class TlsOutput(SslStream tls, TransportStream transport, PipeWriter inner) : PipeWriter
{
    private readonly Queue<(IMemoryOwner<byte> Block, int Length)> full = new(0);
    private IMemoryOwner<byte>? block;
    private int filled;
    private long fullBytes;
    private bool broken;

    public override bool CanGetUnflushedBytes => true;

    public override long UnflushedBytes => fullBytes + filled;

    public override Memory<byte> GetMemory(int sizeHint = 0)
    {
        const int least = 64;
        if (block is null || block.Memory.Length - filled < Math.Max(sizeHint, least))
        {
            TakeBlock(sizeHint);
        }
        return block!.Memory[filled..];
    }

    public override Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    public override void Advance(int bytes)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)bytes, (uint)((block?.Memory.Length ?? 0) - filled), nameof(bytes));
        filled += bytes;
    }

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        Encrypt();
        return broken ? new ValueTask<FlushResult>(new FlushResult(isCanceled: false, isCompleted: true))
            : transport.FlushOutAsync(cancellationToken);
    }

    public override void CancelPendingFlush() => inner.CancelPendingFlush();

    /// <summary>What was written and not flushed goes out, too.</summary>
    public override void Complete(Exception? exception = null)
    {
        Encrypt();
        if (!broken)
        {
            _ = transport.FlushOutAsync();
        }
    }

    private void TakeBlock(int size)
    {
        var isSecond = filled > 0;
        if (filled > 0)
        {
            full.Enqueue((block!, filled));
            fullBytes += filled;
            block = null;
        }
        block?.Dispose();
        filled = 0;
        block = size > BlockPool.Instance.MaxBufferSize ? new HeapBlock(size)
            : BlockPool.Instance.Rent(isSecond ? BlockPool.Instance.MaxBufferSize : size);
    }

    private void Encrypt()
    {
        while (full.TryDequeue(out var piece))
        {
            Encrypt(piece.Block.Memory[..piece.Length]);
            piece.Block.Dispose();
        }
        fullBytes = 0;
        if (block is not null)
        {
            Encrypt(block.Memory[..filled]);
            block.Dispose();
            block = null;
            filled = 0;
        }
    }

    private void Encrypt(ReadOnlyMemory<byte> bytes)
    {
        if (broken || bytes.IsEmpty)
        {
            return;
        }
        transport.IsCorked = true;
        try
        {
            var writing = tls.WriteAsync(bytes);
            // It only fills the connection's blocks, for which nobody waits.
            broken = !writing.IsCompleted;
            writing.GetAwaiter().GetResult();
        }
        catch (Exception error) when (error is IOException or ObjectDisposedException or InvalidOperationException)
        {
            broken = true;
        }
        finally
        {
            transport.IsCorked = false;
        }
    }

    /// <summary>For more at a time than a block holds.</summary>
    private sealed class HeapBlock(int size) : IMemoryOwner<byte>
    {
        public Memory<byte> Memory { get; } = new byte[size];

        public void Dispose()
        {
        }
    }
}
