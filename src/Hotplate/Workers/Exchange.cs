using Hotplate.Channel;

namespace Hotplate.Workers;

/// <summary>One request and its response, as the worker pool sees it: something to send, and someone to tell.</summary>
/// <remarks>
/// The pool owns the fields while the request waits or is in flight. The <c>On…</c> methods are called on the thread that reads the
/// worker's channel, outside all locks but for <see cref="OnSent"/>; they must not block. Every exchange that was submitted ends once: by <see cref="OnEnd"/>, by
/// <see cref="OnFailed"/>, or by an <see cref="WorkerPool.Abandon"/> that returned true. Only then may it be submitted again.
/// </remarks>
internal abstract class Exchange
{
    /// <summary>Which route this is for the predictor: a hash of the method and the folded path.</summary>
    internal ulong Route;

    /// <summary>How long the application is expected to run, in microseconds.</summary>
    internal int Predicted;

    /// <summary>When the request was first given to the pool: CLOCK_MONOTONIC nanoseconds.</summary>
    internal long SubmittedAt;

    /// <summary>Since when it waits, for the longest wait: when it was submitted, or when the worker died that had begun it.</summary>
    internal long WaitsSince;

    /// <summary>When it was sent to its worker; 0 while it waits.</summary>
    internal long SentAt;

    /// <summary>The worker that has it or had it last; null when it was taken from it.</summary>
    internal Worker? Worker;

    /// <summary>Its place in <see cref="Worker"/>'s flights.</summary>
    internal int Slot;

    /// <summary>The stream it travels on.</summary>
    internal uint Stream;

    /// <summary>Where its body is to be laid in its worker's shared memory, in bytes; −1: it goes with its frame. Claimed with the
    /// slot.</summary>
    internal int BodyOffset = -1;

    /// <summary>How many workers died while they ran it.</summary>
    internal int Deaths;

    /// <summary>How many of these were ended from outside, as far as is known.</summary>
    internal int DeathsFromOutside;

    /// <summary>When the application first began with it, if its worker died then; 0 otherwise.</summary>
    internal long FirstBegunAt;

    /// <summary>A worker may have died of it: it runs alone on a worker from now on.</summary>
    internal bool IsSuspect;

    /// <summary>Where it waits. Guarded by the gate.</summary>
    internal WaitingPlace Place;

    /// <summary>What is known of it while it waits for the verdict on its worker's death.</summary>
    internal Casualty? Casualty;

    /// <summary>How long the application ran, as its worker told; 0 until the end.</summary>
    internal uint RanMicroseconds;

    /// <summary>The process that answered last; 0 before any.</summary>
    internal int WorkerPid;

    /// <summary>How long it waited before it was sent to a worker, in microseconds.</summary>
    internal long QueuedMicroseconds => SentAt == 0 ? 0 : (SentAt - SubmittedAt) / 1000;

    /// <summary>Where the exchange stands with the pool; guarded by the pool's gate.</summary>
    internal ExchangeState State;

    /// <summary>What it has in common with others that one worker is to get; 0: nothing. Only where the application has a rule for that.</summary>
    internal ulong AffinityKey;

    /// <summary>The same of all requests of its client.</summary>
    internal uint AffinityClient;

    /// <summary>A thread is encoding it; it must not be let go until that is done. Guarded by the gate.</summary>
    internal bool Writing;

    /// <summary>Its client left while it was being encoded. Guarded by the gate.</summary>
    internal bool AbandonWhenSent;

    /// <summary>The id under which the log and the error pages know it.</summary>
    internal string RequestId { get; set; } = "";

    internal Exchange? QueueNext;
    internal Exchange? QueuePrevious;

    /// <summary>Method and folded path, for the debug log.</summary>
    internal abstract string RouteName { get; }

    /// <summary>An upper bound of the bytes <see cref="WriteRequest"/> writes.</summary>
    internal abstract int RequestSize { get; }

    /// <summary>Bytes of its body, if it lies here whole and is too large to be copied through a socket; 0 otherwise.</summary>
    internal virtual int LargeBody => 0;

    /// <summary>True when a worker died with it and it may run again though it had begun.</summary>
    internal abstract bool MayRunAgain { get; }

    /// <summary>What people know it by. Under the pool's gate, while the pool has it.</summary>
    internal virtual RequestName Name => new("", RouteName, RequestId);

    /// <summary>The status and headers came and were passed on.</summary>
    internal virtual bool IsAnswering => false;

    /// <summary>True while what keeps the application waiting is the client, who reads or sends slowly.</summary>
    internal virtual bool WaitsForClient => false;

    /// <summary>False of what has no time limit of its own.</summary>
    internal virtual bool IsLimited => true;

    /// <summary>True when it may be taken back from a worker that has not begun it.</summary>
    internal abstract bool MayMove { get; }

    /// <summary>Writes the request frame and what follows it at once; returns the bytes written.</summary>
    internal abstract int WriteRequest(Span<byte> to, ushort slot, uint stream, uint sequence, FrameFlags flags);

    /// <summary>Copies the <see cref="LargeBody"/>.</summary>
    internal virtual void WriteBody(Span<byte> to) => throw new NotSupportedException();

    /// <summary>Passes the body's descriptor, if there is one.</summary>
    internal abstract DescriptorPass PassDescriptor(Worker worker, uint stream);

    /// <summary>The request lies in the worker's buffer; what is written to the same worker from now on follows it. Called under all locks: may only start a task.</summary>
    internal abstract void OnSent(Worker worker, uint stream);

    /// <summary>The head came, perhaps with all of the body. The payload is valid only during the call. False: it is not a response.</summary>
    internal abstract bool OnResponse(Worker from, in FrameHeader frame, ReadOnlySpan<byte> payload);

    /// <summary>More of the body came. The bytes are valid only during the call. False: none could come.</summary>
    internal abstract bool OnBody(Worker from, uint stream, ReadOnlySpan<byte> body);

    /// <summary>A range of a file is the (rest of the) body. The callee owns the descriptor. False: none could come, or it is no file.</summary>
    internal abstract bool OnFile(Worker from, uint stream, int descriptor, long offset, long count);

    /// <summary>The worker has read so many bytes of a streamed request body.</summary>
    internal abstract void OnRequestCredit(Worker from, uint stream, uint bytes);

    /// <summary>The response is complete.</summary>
    internal abstract void OnEnd();

    /// <summary>There will be no more of the response. When its head was sent, the client's connection must be cut.</summary>
    internal abstract void OnFailed(RequestFailure failure);

    /// <summary>Everything that had arrived was handed over; what is worth sending may be sent. May come once too often, and late.</summary>
    internal abstract void OnPause();

    /// <summary>True when the exchange is at that worker on that stream: what the worker says of it is meant.</summary>
    /// <remarks>
    /// The channel's thread finds an exchange by its stream and calls it a moment later. In between its client may have left, and the object
    /// may even serve another request already. So the receiver asks here, under the lock under which it ends and begins.
    /// </remarks>
    internal bool IsAt(Worker worker, uint stream) => Volatile.Read(ref Worker) == worker && Stream == stream;
}

/// <summary>Where an exchange stands with the pool.</summary>
internal enum ExchangeState : byte
{
    /// <summary>Not given to the pool, or the pool has let go.</summary>
    Idle,
    Waiting,
    InFlight,
}

/// <summary>Where an exchange waits.</summary>
internal enum WaitingPlace : byte
{
    /// <summary>In the queue.</summary>
    Queue,

    /// <summary>Its worker died, and it is not known yet how.</summary>
    Verdict,

    /// <summary>For a worker that runs nothing else.</summary>
    Isolation,
}

/// <summary>What came of passing a descriptor.</summary>
internal enum DescriptorPass
{
    /// <summary>It was passed, or there was none to pass.</summary>
    Passed,

    /// <summary>There are too many open files, here or on the way.</summary>
    Refused,

    /// <summary>The worker is gone.</summary>
    NoWorker,
}
