using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Connections;

namespace Hotplate.Http;

/// <summary>A connection's bytes as a stream, for what lies between them and HTTP: SslStream.</summary>
/// <remarks>It holds no memory: who waits for bytes asks for none first, and what is written goes into the connection's block.</remarks>
internal sealed class TransportStream(IDuplexPipe connection) : Stream
{
    private readonly PipeReader input = connection.Input;
    private readonly PipeWriter output = connection.Output;

    /// <summary>What is written stays until <see cref="FlushOutAsync"/>: several records leave by one system call.</summary>
    internal bool IsCorked { get; set; }

    /// <summary>What waits for bytes goes on by the pool and not by the event loop: a handshake computes for long.</summary>
    internal bool IsForPool { get; set; }

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    internal ValueTask<FlushResult> FlushOutAsync(CancellationToken cancellationToken = default) => output.FlushAsync(cancellationToken);

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var reading = input.ReadAsync(cancellationToken);
        return reading.IsCompletedSuccessfully ? new ValueTask<int>(Take(reading.Result, buffer.Span)) : AwaitAsync(reading, buffer);
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        buffer.Span.CopyTo(output.GetSpan(buffer.Length));
        output.Advance(buffer.Length);
        return IsCorked ? ValueTask.CompletedTask : FlushAsync(output.FlushAsync(cancellationToken));
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => IsCorked ? Task.CompletedTask
        : FlushAsync(output.FlushAsync(cancellationToken)).AsTask();

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    private static async ValueTask FlushAsync(ValueTask<FlushResult> flushing)
    {
        if ((await flushing).IsCompleted)
        {
            throw new ConnectionResetException("The client closed the connection.");
        }
    }

    // A read waits for every request of a kept connection, so its state is pooled.
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> AwaitAsync(ValueTask<ReadResult> reading, Memory<byte> buffer)
    {
        var result = await reading;
        if (IsForPool)
        {
            await Task.Yield();
        }
        return Take(result, buffer.Span);
    }

    private int Take(in ReadResult result, Span<byte> buffer)
    {
        var there = result.Buffer;
        if (result.IsCanceled)
        {
            input.AdvanceTo(there.Start);
            throw new OperationCanceledException();
        }
        var count = (int)Math.Min(there.Length, buffer.Length);
        var end = there.GetPosition(count);
        System.Buffers.BuffersExtensions.CopyTo(there.Slice(0, end), buffer);
        input.AdvanceTo(end);
        return count;
    }
}
