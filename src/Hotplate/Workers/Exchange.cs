using Hotplate.Channel;

namespace Hotplate.Workers;

/// <summary>One request and its response, as the worker pool sees it: something to send, and someone to tell.</summary>
/// <remarks>
/// The pool owns the fields while the request waits or is in flight. The <c>On…</c> methods are called on the thread that reads the
/// worker's channel, outside all locks; they must not block. After <see cref="OnEnd"/> or <see cref="OnFailed"/> the pool has let go.
/// </remarks>
internal abstract class Exchange
{
    /// <summary>Which route this is for the predictor: a hash of the method and the folded path.</summary>
    internal ulong Route;

    /// <summary>How long the application is expected to run, in microseconds.</summary>
    internal int Predicted;

    /// <summary>When the request was first given to the pool: CLOCK_MONOTONIC nanoseconds.</summary>
    internal long SubmittedAt;

    /// <summary>When it was sent to its worker; 0 while it waits.</summary>
    internal long SentAt;

    /// <summary>The worker that has it, or null.</summary>
    internal Worker? Worker;

    /// <summary>Its place in <see cref="Worker"/>'s flights.</summary>
    internal int Slot;

    /// <summary>The stream it travels on.</summary>
    internal uint Stream;

    /// <summary>How often it was given to a worker.</summary>
    internal int Attempts;

    /// <summary>How long the application ran, as its worker told; 0 until the end.</summary>
    internal uint RanMicroseconds;

    /// <summary>The process that answered last; 0 before any.</summary>
    internal int WorkerPid;

    /// <summary>How long it waited before it was sent to a worker, in microseconds.</summary>
    internal long QueuedMicroseconds => SentAt == 0 ? 0 : (SentAt - SubmittedAt) / 1000;

    /// <summary>Where the exchange stands with the pool; guarded by the pool's gate.</summary>
    internal ExchangeState State;

    /// <summary>A thread is encoding it; it must not be let go until that is done. Guarded by the gate.</summary>
    internal bool Writing;

    /// <summary>Its client left while it was being encoded.</summary>
    internal bool AbandonWhenSent;

    internal Exchange? QueueNext;
    internal Exchange? QueuePrevious;
    internal Exchange? TouchedNext;
    internal bool Touched;

    /// <summary>An upper bound of the bytes <see cref="WriteRequest"/> writes.</summary>
    internal abstract int RequestSize { get; }

    /// <summary>True when a worker died with it and it may run again though it had begun.</summary>
    internal abstract bool MayRunAgain { get; }

    /// <summary>True when it may be taken back from a worker that has not begun it.</summary>
    internal abstract bool MayMove { get; }

    /// <summary>Writes the request frame and what follows it at once; returns the bytes written.</summary>
    internal abstract int WriteRequest(Span<byte> to, ushort slot, uint stream, uint sequence, FrameFlags flags);

    /// <summary>Passes the body's descriptor, if there is one. False: it could not be, and the request must fail.</summary>
    internal abstract bool PassDescriptor(Worker worker, uint stream);

    /// <summary>The head came, perhaps with all of the body. The payload is valid only during the call. False: it is not a response.</summary>
    internal abstract bool OnResponse(ReadOnlySpan<byte> payload, FrameFlags flags);

    /// <summary>More of the body came. The bytes are valid only during the call.</summary>
    internal abstract void OnBody(ReadOnlySpan<byte> body);

    /// <summary>A range of a file is the (rest of the) body. The callee owns the descriptor.</summary>
    internal abstract void OnFile(int descriptor, long offset, long count);

    /// <summary>The worker has read so many bytes of a streamed request body.</summary>
    internal abstract void OnRequestCredit(uint bytes);

    /// <summary>The response is complete.</summary>
    internal abstract void OnEnd();

    /// <summary>There will be no more of the response. When its head was sent, the client's connection must be cut.</summary>
    internal abstract void OnFailed(RequestFailure failure);

    /// <summary>Everything that had arrived was handed over; what is worth sending may be sent.</summary>
    internal abstract void OnPause();
}

/// <summary>Where an exchange stands with the pool.</summary>
internal enum ExchangeState : byte
{
    /// <summary>Not given to the pool, or the pool has let go.</summary>
    Idle,
    Waiting,
    InFlight,
}
