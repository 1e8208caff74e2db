using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Hotplate.Apps;

namespace Hotplate.Http;

/// <summary>What a client sends, read from its socket when somebody asks for more, and not before: who is not read from fills the kernel's
/// buffer, not ours.</summary>
/// <remarks>A client that says nothing holds no block. One reader at a time, as of every <see cref="PipeReader"/>.</remarks>
internal sealed unsafe class ClientInput : PipeReader
{
    // Less is not worth a call of recv(2).
    private const int LeastRoom = 1024;

    // Reads that found something at once, one after another: then others have their turn on the loop.
    private const int MostAtATime = 32;

    private readonly ClientSocket socket;
    private readonly Lock gate;
    private readonly PendingResult<ReadResult> pending;
    private ClientSegment? first;
    private ClientSegment? last;
    private ClientSegment? spare;
    private int start;
    private bool looked;
    private bool wantsBody;
    private int atATime;
    private bool ended;
    private bool cancelled;
    private bool completed;
    private Exception? error;

    internal ClientInput(ClientSocket socket, Lock gate)
    {
        (this.socket, this.gate) = (socket, gate);
        pending = new PendingResult<ReadResult>(gate, CancelBy);
    }

    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        // Kept until a block is taken: what is there of a body may have come with its head.
        wantsBody |= BlockPool.TakeExpectation();
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<ReadResult>(cancellationToken);
        }
        ValueTask<ReadResult> waiting;
        short version;
        lock (gate)
        {
            if (HasResult() || (++atATime <= MostAtATime && Receive()))
            {
                return error is null ? new ValueTask<ReadResult>(Take()) : ValueTask.FromException<ReadResult>(error);
            }
            waiting = pending.Begin();
            version = pending.Version;
            if (atATime > MostAtATime && socket.MayHaveMore)
            {
                socket.LookAgain();
            }
        }
        if (cancellationToken.CanBeCanceled)
        {
            pending.WatchFor(cancellationToken, version);
        }
        return waiting;
    }

    public override bool TryRead(out ReadResult result)
    {
        lock (gate)
        {
            if (HasResult() || Receive())
            {
                result = error is null ? Take() : throw error;
                return true;
            }
        }
        result = default;
        return false;
    }

    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        if (consumed.GetObject() is not ClientSegment to || first is null)
        {
            return;
        }
        looked = examined.GetObject() is ClientSegment until && until == last && examined.GetInteger() == until.End;
        while (first != to)
        {
            Release();
        }
        start = consumed.GetInteger();
        while (first is not null && start == first.End)
        {
            // Who is waited for holds no block: the next read takes one when something has come.
            Release();
            start = 0;
        }
    }

    public override void CancelPendingRead()
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

    public override void Complete(Exception? exception = null)
    {
        lock (gate)
        {
            completed = true;
            while (first is not null)
            {
                Release();
            }
        }
    }

    /// <summary>There is something to read, or the socket has failed. Under the lock. True: call <see cref="Continue"/>, outside of
    /// it.</summary>
    internal bool OnReadable()
    {
        atATime = 0;
        return pending.IsWaiting && Receive() && pending.TryEnd();
    }

    /// <summary>Nothing more can be read. As <see cref="OnReadable"/>.</summary>
    internal bool Fail(Exception why)
    {
        error ??= why;
        return pending.TryEnd();
    }

    /// <summary>Goes on with whoever waits.</summary>
    internal void Continue()
    {
        if (error is null)
        {
            pending.Complete(Take());
        }
        else
        {
            pending.Fail(error);
        }
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

    private bool HasResult() => cancelled || ended || error is not null || (first is not null && !looked);

    private ReadResult Take()
    {
        var wasCancelled = cancelled;
        cancelled = false;
        return new ReadResult(
            first is null ? ReadOnlySequence<byte>.Empty : new ReadOnlySequence<byte>(first, start, last!, last!.End), wasCancelled, ended);
    }

    /// <summary>Reads what is there. False: nothing is, now. True also when it has ended or failed.</summary>
    private bool Receive()
    {
        if (completed || !socket.MayHaveMore)
        {
            return false;
        }
        var room = Room();
        var count = socket.Receive((byte*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(room.Span)), room.Length, out var failure);
        if (count > 0)
        {
            last!.Fill(count);
            looked = false;
            return true;
        }
        if (last!.End == 0)
        {
            ReleaseLast();
        }
        ended = count == 0;
        error ??= failure;
        return ended || error is not null;
    }

    private Memory<byte> Room()
    {
        var isLarge = wantsBody;
        if (last is not null && last.Room.Length >= (isLarge ? BlockPool.Small : LeastRoom))
        {
            return last.Room;
        }
        wantsBody = false;
        var segment = spare ?? new ClientSegment();
        spare = null;
        segment.Take(BlockPool.Instance.Rent(isLarge));
        if (first is null)
        {
            (first, start) = (segment, 0);
        }
        else
        {
            last!.Append(segment);
        }
        last = segment;
        return segment.Room;
    }

    private void Release()
    {
        var gone = first!;
        first = gone.Behind;
        last = first is null ? null : last;
        gone.Release();
        spare = gone;
    }

    /// <summary>It was taken for what did not come.</summary>
    private void ReleaseLast()
    {
        if (first == last)
        {
            Release();
            return;
        }
        var before = first!;
        while (before.Behind != last)
        {
            before = before.Behind!;
        }
        last!.Release();
        spare = last;
        last = before;
        before.Append(null);
    }
}
