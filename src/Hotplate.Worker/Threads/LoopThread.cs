using Hotplate.Worker.Wsgi;

namespace Hotplate.Worker.Threads;

/// <summary>One Python thread that loops on take(), in native memory that lasts as long as the process.</summary>
internal unsafe struct LoopThread
{
    /// <summary>The kernel's id; 0: the line is not in use.</summary>
    internal int Id;

    /// <summary>Python's identifier of it: pthread_self().</summary>
    internal ulong Ident;

    /// <summary>It runs the application.</summary>
    internal bool IsBusy;

    /// <summary>1: it runs the application and was found to be blocked in it. Set by the helper thread, cleared by whoever gets to it first.</summary>
    internal int IsBlocked;

    /// <summary>It is on the stack of those that wait to be woken.</summary>
    internal bool IsParked;

    /// <summary>What it sleeps on while parked: 0, then 1 when woken.</summary>
    internal int Signal;

    /// <summary>The one parked before it: parked threads are a stack, so that the hottest is woken first.</summary>
    internal LoopThread* ParkedBelow;

    /// <summary>The request it runs.</summary>
    internal Exchange* Current;

    /// <summary>The token of a request of its that was interrupted; the exception may still be on its way. 0: none. With the GIL.</summary>
    internal ulong Interrupted;
}
