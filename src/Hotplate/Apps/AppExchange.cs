using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Threading.Tasks.Sources;
using Hotplate.Workers;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Win32.SafeHandles;

namespace Hotplate.Apps;

/// <summary>One request of a client and the answer it gets, between Kestrel and the worker pool. Reused by its connection.</summary>
/// <remarks>
/// The response has one writer at a time. While the handler waits, the channel's thread writes into Kestrel's buffers directly, so that an
/// ordinary answer is copied once and sent in one call; when something is to be flushed, the handler takes over until it waits again, and
/// what arrives meanwhile is spooled. The handler returns only when the pool has let go: nobody then touches the object any more.
/// </remarks>
internal sealed partial class AppExchange(AppHandler app) : Exchange, IValueTaskSource
{
    private static readonly TimeSpan PatienceOfUnknown = TimeSpan.FromSeconds(1);

    // Guards everything below but the request's side. Held while the channel's thread copies into Kestrel's buffers, never across a wait.
    private readonly Lock gate = new();
    private readonly ResponseSpool spool = new(app.Http.SpoolThreshold, app.Http.MaxResponseSpool, app.Spool, app.Memory);
    private ManualResetValueTaskSourceCore<bool> wake;
    private WorkerPool? pool;
    private IHttpResponseFeature response = null!;
    private PipeWriter writer = null!;
    private bool handlerWrites;
    private bool unflushed;
    private bool flushed;
    private bool ended;
    private bool left;
    private long uncredited;
    private long flushedTo;
    private int inPipe;
    private long promised;
    private bool bodyless;
    private Task mover = Task.CompletedTask;
    private FileRange? fileRange;

    /// <summary>Whose requests these are.</summary>
    internal AppHandler App => app;

    /// <summary>The request's payload as it goes over the wire, but for the body.</summary>
    internal RequestEncoder Head { get; } = new();

    internal RequestBody Body { get; } = new(app.Http, app.Spool, app.Memory);

    /// <summary>May run again after its worker died: the method is idempotent (RFC 9110 §9.2.2) and replay is on.</summary>
    internal bool Idempotent { get; set; }

    /// <summary>Takes a reason phrase that is not all ASCII and returns what Kestrel, which can write nothing else, is given in its place;
    /// null where there are no reason phrases (HTTP/2).</summary>
    internal Func<string, string>? MarkReason { get; set; }

    /// <summary>One of several on its connection (HTTP/2), whose end is not the connection's.</summary>
    internal bool IsStream { get; set; }

    /// <summary>Why there was no answer, or the answer was cut short.</summary>
    internal RequestFailure Failure { get; set; }

    /// <summary>The status and headers came and are in Kestrel's hands.</summary>
    internal bool HasHead { get; private set; }

    /// <summary>A failure came too late to take anything from the client: all that the head promised was given. Where there is no body
    /// the head is all, unless the application itself says that it failed.</summary>
    internal bool IsWhole => promised >= 0 ? BytesSent == promised : bodyless && Failure == RequestFailure.WorkerDied;

    /// <summary>Bytes of body that were given to the client.</summary>
    internal long BytesSent { get; set; }

    /// <summary>The body when it goes over as it arrives; null when it was buffered.</summary>
    internal StreamedRequestBody? Streamed { get; set; }

    /// <summary>Bytes of the answer in memory that the client has not taken. May be asked from any thread.</summary>
    internal int HeldForReader => spool.InMemory + Volatile.Read(ref inPipe);

    /// <summary>Gets the answer of a worker into <paramref name="to"/>. When it returns, see <see cref="Failure"/> and <see cref="HasHead"/>.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    internal async ValueTask RunAsync(IHttpResponseFeature to, PipeWriter body)
    {
        try
        {
            do
            {
                if (app.Sleeps)
                {
                    await app.WakeAsync();
                }
                Begin(to, body);
                if (pool is not { } taken)
                {
                    Failure = RequestFailure.AppDown;
                    return;
                }
                taken.Submit(this);
                do
                {
                    await new ValueTask(this, wake.Version);
                }
                while (await HandOverAsync());
            }
            while (Failure == RequestFailure.Stopping && !HasHead && (app.Sleeps || !ReferenceEquals(pool, app.Pool)));
        }
        finally
        {
            if (Streamed is not null || fileRange is not null || !spool.IsClear || !mover.IsCompleted)
            {
                await ForgetAsync();
            }
            Body.Dispose();
            // An idle connection keeps no worker that is gone.
            giver = null;
        }
    }

    private void Begin(IHttpResponseFeature to, PipeWriter body)
    {
        lock (gate)
        {
            response = to;
            writer = body;
            pool = app.Pool;
            handlerWrites = unflushed = flushed = ended = left = HasHead = false;
            Failure = RequestFailure.None;
            uncredited = BytesSent = flushedTo = 0;
            inPipe = 0;
            promised = -1;
            bodyless = false;
            GivenBy(null, 0, mayContinue: false);
            wake.Reset();
        }
    }

    /// <summary>The client left. Nothing it would have got is kept; its worker is told.</summary>
    internal void ClientLeft() => Cut(RequestFailure.ClientLeft);

    /// <summary>The client will send nothing more, and may have left: nothing tells as long as nothing is written.</summary>
    /// <remarks>So who waits for a worker then does not wait for long; who has one gets the answer.</remarks>
    internal void ClientFinishedSending()
    {
        if (State == ExchangeState.Waiting)
        {
            _ = LeaveIfWaitingAsync(RequestId);
        }
    }

    /// <summary>Ends an exchange that cannot go on, if it still is where it was a moment ago. Not under the lock.</summary>
    internal void CutAt(Worker worker, uint stream, RequestFailure failure)
    {
        if (pool!.AbandonAt(this, worker, stream))
        {
            End(failure);
        }
    }

    void IValueTaskSource.GetResult(short token) => wake.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => wake.GetStatus(token);

    void IValueTaskSource.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        wake.OnCompleted(continuation, state, token, flags);

    private async Task LeaveIfWaitingAsync(string request)
    {
        await Task.Delay(PatienceOfUnknown);
        if (State == ExchangeState.Waiting && ReferenceEquals(request, RequestId))
        {
            Cut(RequestFailure.ClientLeft);
        }
    }

    /// <summary>Ends the exchange from this side, unless the pool is about to end it itself. Not under the lock.</summary>
    private void Cut(RequestFailure failure)
    {
        if (pool?.Abandon(this) == true)
        {
            End(failure);
        }
    }

    /// <summary>The pool has let go. A failure that was found before stands.</summary>
    private void End(RequestFailure failure)
    {
        bool signal;
        lock (gate)
        {
            if (ended)
            {
                return;
            }
            ended = true;
            if (Failure == RequestFailure.None)
            {
                Failure = failure;
            }
            signal = !handlerWrites;
            handlerWrites = true;
        }
        if (signal)
        {
            Signal();
        }
    }

    private void Signal() => wake.SetResult(true);

    private async Task ForgetAsync()
    {
        if (Streamed is not null)
        {
            await Streamed.StopAsync();
            Streamed = null;
        }
        await mover.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        lock (gate)
        {
            spool.Clear();
            fileRange?.File.Dispose();
            fileRange = null;
        }
    }

    /// <summary>The part of a file that is the rest of the answer.</summary>
    private sealed record FileRange(SafeFileHandle File, long Offset, long Count);
}
