using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Hotplate.Apps;
using Hotplate.Linux;
using Hotplate.Workers;

namespace Hotplate.Http;

/// <summary>What a client is sent: each flush is a system call, and what the kernel does not take then goes when it has room.</summary>
/// <remarks>One writer at a time, as of every <see cref="PipeWriter"/>. Nothing is held between a flush that went out whole and the next
/// write.</remarks>
internal sealed unsafe class ClientOutput : PipeWriter
{
    // Less is not worth writing into.
    private const int LeastRoom = 64;
    private const int MostVectors = 32;

    private readonly ClientSocket socket;
    private readonly Lock gate;
    private readonly int mostUnsent;
    private readonly PendingResult<FlushResult> pending;

    // The writer's: the block it fills, and full ones before it.
    private IMemoryOwner<byte>? block;
    private int from;
    private int to;
    private Queue<Piece>? written;
    private long writtenBytes;

    // Under the lock: what was flushed and not sent.
    private Queue<Piece>? unsent;
    private long unsentBytes;
    private int sentOfFirst;
    private bool broken;
    private bool cancelled;
    private TaskCompletionSource? drained;

    internal ClientOutput(ClientSocket socket, Lock gate, int mostUnsent)
    {
        (this.socket, this.gate, this.mostUnsent) = (socket, gate, mostUnsent);
        pending = new PendingResult<FlushResult>(gate, CancelBy);
    }

    public override bool CanGetUnflushedBytes => true;

    public override long UnflushedBytes => writtenBytes + to - from;

    public override Memory<byte> GetMemory(int sizeHint = 0)
    {
        if (block is null || block.Memory.Length - to < Math.Max(sizeHint, LeastRoom))
        {
            TakeBlock(sizeHint);
        }
        return block!.Memory[to..];
    }

    public override Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    public override void Advance(int bytes)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)bytes, (uint)((block?.Memory.Length ?? 0) - to), nameof(bytes));
        to += bytes;
    }

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<FlushResult>(cancellationToken);
        }
        ValueTask<FlushResult> waiting;
        short version;
        lock (gate)
        {
            Flush();
            if (cancelled || broken || unsentBytes < mostUnsent)
            {
                return new ValueTask<FlushResult>(Take());
            }
            waiting = pending.Begin();
            version = pending.Version;
        }
        if (cancellationToken.CanBeCanceled)
        {
            pending.WatchFor(cancellationToken, version);
        }
        return waiting;
    }

    public override void CancelPendingFlush()
    {
        lock (gate)
        {
            cancelled = true;
            if (!pending.TryEnd())
            {
                return;
            }
        }
        Continue();
    }

    /// <summary>What was written and not flushed goes out, too.</summary>
    public override void Complete(Exception? exception = null)
    {
        lock (gate)
        {
            Flush();
            LetGo();
        }
    }

    /// <summary>When all that was written has been sent, or cannot be.</summary>
    internal Task SentAsync()
    {
        lock (gate)
        {
            return unsentBytes == 0 || broken
                ? Task.CompletedTask
                : (drained ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }
    }

    /// <summary>The kernel has room. Under the lock. True: call <see cref="Continue"/>, outside of it.</summary>
    internal bool OnWritable()
    {
        if (unsentBytes == 0)
        {
            return false;
        }
        SendUnsent();
        return (broken || unsentBytes <= mostUnsent / 2) && pending.TryEnd();
    }

    /// <summary>The connection is at its end. As <see cref="OnWritable"/>.</summary>
    internal bool Fail()
    {
        Break();
        return pending.TryEnd();
    }

    /// <summary>Goes on with whoever waits.</summary>
    internal void Continue() => pending.Complete(Take());

    private FlushResult Take()
    {
        var wasCancelled = cancelled;
        cancelled = false;
        return new FlushResult(wasCancelled, broken);
    }

    private void CancelBy(CancellationToken token)
    {
        lock (gate)
        {
            if (!pending.TryEnd())
            {
                return;
            }
        }
        pending.Fail(new OperationCanceledException(token));
    }

    private void TakeBlock(int size)
    {
        if (to > from)
        {
            (written ??= new Queue<Piece>()).Enqueue(new Piece(block!, from, to));
            writtenBytes += to - from;
            block = null;
        }
        LetGo();
        block = size <= BlockPool.Instance.MaxBufferSize ? BlockPool.Instance.Rent(size) : new LargeBlock(size);
    }

    private void LetGo()
    {
        block?.Dispose();
        block = null;
        from = to = 0;
    }

    /// <summary>Sends what was written behind what waits already. Under the lock.</summary>
    private void Flush()
    {
        if (broken)
        {
            Forget(written);
            writtenBytes = 0;
            LetGo();
            return;
        }
        if (unsentBytes == 0 && written is not { Count: > 0 })
        {
            SendBlock();
        }
        while (written is { Count: > 0 })
        {
            Enqueue(written.Dequeue());
        }
        writtenBytes = 0;
        if (to > from)
        {
            Enqueue(new Piece(block!, from, to));
            block = null;
            LetGo();
        }
        SendUnsent();
    }

    /// <summary>The usual case: one block has it all, and the kernel takes it all.</summary>
    private void SendBlock()
    {
        if (to == from)
        {
            return;
        }
        var vector = new Libc.IoVector { Base = Address(block!, from), Length = to - from };
        var sent = socket.Send(&vector, 1);
        if (sent < 0)
        {
            Break();
            from = to;
        }
        else
        {
            from += (int)sent;
        }
        if (from == to)
        {
            LetGo();
        }
    }

    private void Enqueue(Piece piece)
    {
        (unsent ??= new Queue<Piece>()).Enqueue(piece);
        unsentBytes += piece.Length;
    }

    private void SendUnsent()
    {
        var vectors = stackalloc Libc.IoVector[MostVectors];
        while (unsentBytes > 0)
        {
            var (count, bytes) = (0, (nint)0);
            foreach (var piece in unsent!)
            {
                if (count == MostVectors)
                {
                    break;
                }
                var done = count == 0 ? sentOfFirst : 0;
                vectors[count++] = new Libc.IoVector { Base = Address(piece.Block, piece.From + done), Length = piece.Length - done };
                bytes += piece.Length - done;
            }
            var sent = socket.Send(vectors, count);
            if (sent < 0)
            {
                Break();
                return;
            }
            Drop((int)sent);
            if (sent < bytes)
            {
                return;
            }
        }
        drained?.TrySetResult();
    }

    private void Drop(int sent)
    {
        unsentBytes -= sent;
        sentOfFirst += sent;
        while (unsent!.TryPeek(out var piece) && piece.Length <= sentOfFirst)
        {
            sentOfFirst -= piece.Length;
            unsent.Dequeue().Block.Dispose();
        }
    }

    private void Break()
    {
        broken = true;
        Forget(unsent);
        unsentBytes = 0;
        sentOfFirst = 0;
        drained?.TrySetResult();
    }

    private static void Forget(Queue<Piece>? pieces)
    {
        while (pieces is { Count: > 0 })
        {
            pieces.Dequeue().Block.Dispose();
        }
    }

    private static byte* Address(IMemoryOwner<byte> block, int at) =>
        (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(block.Memory.Span)) + at;

    private readonly record struct Piece(IMemoryOwner<byte> Block, int From, int To)
    {
        internal int Length => To - From;
    }

    /// <summary>For more at a time than a block holds.</summary>
    private sealed class LargeBlock(int size) : IMemoryOwner<byte>
    {
        public Memory<byte> Memory { get; } = GC.AllocateUninitializedArray<byte>(size, pinned: true);

        public void Dispose()
        {
        }
    }
}
