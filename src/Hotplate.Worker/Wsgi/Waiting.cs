using Hotplate.Worker.CPython;
using Hotplate.Worker.Link;
using Hotplate.Worker.Native;
using Hotplate.Worker.Threads;

namespace Hotplate.Worker.Wsgi;

/// <summary>Waits of an application thread for the front, with the GIL given up.</summary>
internal static unsafe class Waiting
{
    /// <summary>Until more of the answer may be sent, or nobody wants it any more.</summary>
    internal static void ForCredit(Exchange* exchange)
    {
        var signal = Begin(exchange);
        if (Volatile.Read(ref exchange->Credit) <= 0 && !exchange->IsAbandoned)
        {
            Sleep(exchange, signal);
        }
        End(exchange);
    }

    /// <summary>Until something of the request's body may have arrived.</summary>
    internal static void ForBody(Exchange* exchange)
    {
        var signal = Begin(exchange);
        if (!exchange->Body.IsReadable && !exchange->IsAbandoned)
        {
            Sleep(exchange, signal);
        }
        End(exchange);
    }

    private static int Begin(Exchange* exchange)
    {
        Interlocked.Increment(ref exchange->Waiters);
        return Volatile.Read(ref exchange->Signal);
    }

    private static void Sleep(Exchange* exchange, int signal)
    {
        var thread = Gil.Release();
        Outbox.Send(wait: true);
        SideThread.Watch(1);
        Libc.FutexWait(&exchange->Signal, signal);
        SideThread.Watch(-1);
        Gil.Retake(thread);
    }

    private static void End(Exchange* exchange) => Interlocked.Decrement(ref exchange->Waiters);
}
