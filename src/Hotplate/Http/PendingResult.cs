using System.Threading.Tasks.Sources;

namespace Hotplate.Http;

/// <summary>What one waiter at a time waits for, again and again without an allocation. Who ends the wait runs what follows it.</summary>
/// <remarks>Begun and ended under the lock of its owner; completed outside of it, since what follows is anybody's code.</remarks>
internal sealed class PendingResult<T>(Lock gate, Action<CancellationToken> cancelled) : IValueTaskSource<T>
{
    private readonly Action<CancellationToken> cancelled = cancelled;
    private ManualResetValueTaskSourceCore<T> core;
    private CancellationTokenRegistration registration;

    /// <summary>Somebody waits. Under the lock.</summary>
    internal bool IsWaiting { get; private set; }

    /// <summary>Under the lock.</summary>
    internal ValueTask<T> Begin()
    {
        core.Reset();
        IsWaiting = true;
        return new ValueTask<T>(this, core.Version);
    }

    /// <summary>Outside the lock, after <see cref="Begin"/>: ends the wait when the token says so.</summary>
    internal void WatchFor(CancellationToken cancel, short version)
    {
        var made = cancel.UnsafeRegister(static (me, token) => ((PendingResult<T>)me!).cancelled(token), this);
        lock (gate)
        {
            if (IsWaiting && core.Version == version)
            {
                registration = made;
                return;
            }
        }
        made.Unregister();
    }

    /// <summary>Under the lock. False: nobody waits. True: complete it, outside the lock.</summary>
    internal bool TryEnd()
    {
        if (!IsWaiting)
        {
            return false;
        }
        IsWaiting = false;
        registration.Unregister();
        registration = default;
        return true;
    }

    internal void Complete(T result) => core.SetResult(result);

    internal void Fail(Exception error) => core.SetException(error);

    internal short Version => core.Version;

    T IValueTaskSource<T>.GetResult(short token) => core.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<T>.GetStatus(short token) => core.GetStatus(token);

    void IValueTaskSource<T>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        core.OnCompleted(continuation, state, token, flags);
}
