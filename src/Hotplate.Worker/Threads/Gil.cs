using Hotplate.Worker.CPython;
using Hotplate.Worker.Native;
using Hotplate.Worker.Wsgi;

namespace Hotplate.Worker.Threads;

/// <summary>Gives up the GIL around what may wait, and adds up on the scoreboard how long requests then waited to get it back.</summary>
/// <remarks>
/// One or two readings of the clock for each time the GIL was given up. Under load take() finds the next request without giving it up, and
/// reads no clock for this. The sum needs no atomic addition: whoever adds to it has the GIL.
/// </remarks>
internal static unsafe class Gil
{
    /// <summary>Since when a thread has been waiting for the GIL to take a request; 0: none has, or the first that did has it.</summary>
    private static long awaited;

    /// <returns>What is to be given to one of the other two.</returns>
    internal static void* Release() => Api.PyEval_SaveThread();

    /// <summary>For a request that runs, which waits for as long as this takes.</summary>
    internal static void Retake(void* thread)
    {
        var from = Libc.Now();
        Api.PyEval_RestoreThread(thread);
        Count(Libc.Now() - from);
    }

    /// <summary>For a thread that is to look for a request, and may find none.</summary>
    /// <returns>Since when the first that did so had been waiting: when that took long, another was woken meanwhile, and may have got it before.</returns>
    internal static long RetakeToTake(void* thread)
    {
        var from = Libc.Now();
        Interlocked.CompareExchange(ref awaited, from, 0);
        Api.PyEval_RestoreThread(thread);
        var first = Interlocked.Exchange(ref awaited, 0);
        return first == 0 ? from : Math.Min(from, first);
    }

    /// <summary>A request was taken after that: it has waited since then, or since it came.</summary>
    internal static void CountTaken(Exchange* exchange, long since) =>
        Count(Math.Max(0, exchange->RunningAt - Math.Max(since, Exchanges.Board[exchange->Slot].QueuedAt)));

    private static void Count(long nanoseconds)
    {
        ref var sum = ref Exchanges.Board.Worker.GilWait;
        Volatile.Write(ref sum, sum + nanoseconds);
    }
}
