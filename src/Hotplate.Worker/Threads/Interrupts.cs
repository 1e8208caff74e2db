using Hotplate.Channel;
using Hotplate.Worker.CPython;
using Hotplate.Worker.Link;
using Hotplate.Worker.Native;
using Hotplate.Worker.Wsgi;

namespace Hotplate.Worker.Threads;

/// <summary>Ends requests by an exception in their thread, when the front asks for it and that very request still runs.</summary>
/// <remarks>
/// Every Python thread may be busy, and the helper must never wait for the GIL: so a thread is started for it, which waits for the GIL and goes when
/// nothing is left to do. A loop of one thread (gevent) does it itself. What is on its way to a thread is taken back when the thread comes for its
/// next request, so that no other request gets it.
/// </remarks>
internal static unsafe class Interrupts
{
    private const int MaxText = 60 * 1024;
    private static PyObject* stackOf;
    private static PyObject* exception;
    private static Gate gate;
    private static Ordered* first;
    private static bool running;

    private struct Ordered
    {
        internal Ordered* Next;
        internal uint Stream;
        internal uint Sequence;
        internal ushort Slot;
    }

    internal static void Open(PyObject* stackOfThread, PyObject* exceptionClass)
    {
        stackOf = Reference.Add(stackOfThread);
        exception = Reference.Add(exceptionClass);
    }

    /// <summary>The reader of the channel calls this, with or without the GIL.</summary>
    internal static void Order(in FrameHeader header)
    {
        var order = (Ordered*)Libc.malloc(sizeof(Ordered));
        if (order is null || header.Slot >= Exchanges.Board.Slots)
        {
            Fatal.Exit("the channel is broken: an interrupt of no slot");
        }
        *order = new Ordered { Stream = header.Stream, Sequence = header.Argument, Slot = header.Slot };
        gate.Enter();
        order->Next = first;
        first = order;
        var starts = !running && !SideThread.IsCooperative;
        running |= starts;
        gate.Exit();
        if (starts)
        {
            Start();
        }
        else if (SideThread.IsCooperative)
        {
            SideThread.Alarm();
        }
    }

    /// <summary>For a loop of one thread: the token of the next request to end, 0 when there is none. With the GIL.</summary>
    internal static ulong TakeToken()
    {
        while (TryTake(out var order))
        {
            if (Runs(order))
            {
                return Exchanges.At(order.Slot)->Token;
            }
            Tell(order.Stream, raised: false, default);
        }
        return 0;
    }

    /// <summary>Tells the front what came of an order.</summary>
    internal static void Tell(uint stream, bool raised, ReadOnlySpan<byte> stack) =>
        Outbox.Append(FrameType.Interrupted, FrameFlags.None, 0, stream, raised ? 1u : 0u, stack[..Math.Min(stack.Length, MaxText)]);

    /// <summary>The thread is through with a request that was interrupted: the exception must not reach its next one. With the GIL.</summary>
    internal static void Over(LoopThread* thread)
    {
        _ = Api.PyThreadState_SetAsyncExc(thread->Ident, null);
        var exchange = thread->Current;
        if (exchange->Token == thread->Interrupted && exchange->Phase >= Phase.Called)
        {
            Answer.Fail(exchange); // it came where the loop itself was about to answer
        }
        thread->Interrupted = 0;
    }

    private static void Start()
    {
        var all = stackalloc ulong[16];
        var old = stackalloc ulong[16];
        new Span<ulong>(all, 16).Fill(ulong.MaxValue);
        _ = Libc.pthread_sigmask(2 /* set */, all, old);
        nint thread;
        if (Libc.pthread_create(&thread, null, &Run, null) == 0)
        {
            _ = Libc.pthread_detach(thread);
        }
        else
        {
            // The front sees that nothing happens, and ends the process.
            gate.Enter();
            running = false;
            gate.Exit();
        }
        _ = Libc.pthread_sigmask(2, old, null);
    }

    [System.Runtime.InteropServices.UnmanagedCallersOnly]
    private static void* Run(void* nothing)
    {
        while (!Lifetime.Finished && TryTake(out var order))
        {
            var state = Api.PyGILState_Ensure();
            try
            {
                Execute(order);
            }
            catch (Exception)
            {
                Tell(order.Stream, raised: false, default);
            }
            Api.PyGILState_Release(state);
            Outbox.Send(wait: true);
        }
        return null;
    }

    private static void Execute(in Ordered order)
    {
        var exchange = Exchanges.At(order.Slot);
        var thread = Runs(order) ? LoopThreads.OfExchange(exchange) : null;
        if (thread is null)
        {
            Tell(order.Stream, raised: false, default);
            return;
        }
        using var ident = new NewRef(Api.PyLong_FromUnsignedLongLong(thread->Ident));
        var argument = ident.Object;
        using var text = new NewRef(Api.PyObject_VectorcallDict(stackOf, &argument, 1, null));
        if (text.IsNull)
        {
            Api.PyErr_Clear();
        }
        // That was Python code: the GIL may have changed hands meanwhile. From here on it does not.
        thread = Runs(order) ? LoopThreads.OfExchange(exchange) : null;
        if (thread is not null)
        {
            thread->Interrupted = exchange->Token;
            _ = Api.PyThreadState_SetAsyncExc(thread->Ident, exception);
        }
        Tell(order.Stream, thread is not null, !text.IsNull && PyText.IsBytes(text.Object) ? PyText.BytesOf(text.Object) : default);
    }

    private static bool Runs(in Ordered order)
    {
        var exchange = Exchanges.At(order.Slot);
        return exchange->Sequence == order.Sequence && exchange->Stream == order.Stream && exchange->Phase >= Phase.Called;
    }

    /// <summary>False: nothing is left, and the thread that asks may go.</summary>
    private static bool TryTake(out Ordered order)
    {
        gate.Enter();
        var taken = first;
        if (taken is not null)
        {
            first = taken->Next;
        }
        else
        {
            running = false;
        }
        gate.Exit();
        order = taken is null ? default : *taken;
        if (taken is not null)
        {
            Libc.free(taken);
        }
        return taken is not null;
    }
}
