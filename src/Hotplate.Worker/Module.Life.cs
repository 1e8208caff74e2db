using System.Runtime.InteropServices;
using Hotplate.Channel;
using Hotplate.Worker.CPython;
using Hotplate.Worker.Link;
using Hotplate.Worker.Threads;

namespace Hotplate.Worker;

/// <content>What the loop tells of itself: threads, interrupts, its end.</content>
internal static unsafe partial class Module
{
    [UnmanagedCallersOnly]
    private static PyObject* SpawnFailed(PyObject* self, PyObject* nothing)
    {
        LoopThreads.SpawnFailed();
        return None();
    }

    /// <summary>no_replay(): the request of this thread must not run again when the worker dies. no_replay(token): of that request.</summary>
    [UnmanagedCallersOnly]
    private static PyObject* NoReplay(PyObject* self, PyObject** args, nint count)
    {
        var thread = LoopThreads.Current;
        var exchange = count == 1 ? Wsgi.Exchanges.Find(args[0]) : count == 0 && thread is not null ? thread->Current : null;
        if (exchange is null || exchange->Phase < Wsgi.Phase.Called)
        {
            return Raise.RuntimeError("hotplate.no_replay takes no arguments and is called by the thread that runs the request");
        }
        Volatile.Write(ref Wsgi.Exchanges.Board[exchange->Slot].NoReplay, 1);
        return None();
    }

    /// <summary>to_interrupt(): the token of a request that is to be ended, or None. For loops of one thread.</summary>
    [UnmanagedCallersOnly]
    private static PyObject* ToInterrupt(PyObject* self, PyObject* nothing)
    {
        var token = Interrupts.TakeToken();
        return token == 0 ? None() : Api.PyLong_FromUnsignedLongLong(token);
    }

    /// <summary>interrupted(token, stack): the loop has raised the exception; its stack before that, as bytes.</summary>
    [UnmanagedCallersOnly]
    private static PyObject* Interrupted(PyObject* self, PyObject** args, nint count)
    {
        var exchange = Of(args, count, 2);
        if (exchange is null)
        {
            return null;
        }
        Interrupts.Tell(exchange->Stream, raised: true, PyText.IsBytes(args[1]) ? PyText.BytesOf(args[1]) : default);
        return None();
    }

    /// <summary>drained(): the loop has ended; what is unsent is sent, and a closing channel no longer ends the process.</summary>
    [UnmanagedCallersOnly]
    private static PyObject* Drained(PyObject* self, PyObject* nothing)
    {
        var thread = Gil.Release();
        Outbox.Send(wait: true);
        Lifetime.Finish();
        Gil.Retake(thread);
        return None();
    }

    /// <summary>leave(): asks the front to put another in this worker's place and to drain it. Without waiting.</summary>
    [UnmanagedCallersOnly]
    private static PyObject* Leave(PyObject* self, PyObject* nothing)
    {
        if (!Lifetime.Forked)
        {
            Outbox.Append(FrameType.Leaving, FrameFlags.None, 0, 0, 0, default);
            Outbox.Send(wait: false);
        }
        return None();
    }

    /// <summary>wake_on(descriptor): take() gives a <see cref="Turn.Again"/> when it is readable. For a loop whose one thread is the main thread.</summary>
    [UnmanagedCallersOnly]
    private static PyObject* WakeOn(PyObject* self, PyObject* descriptor)
    {
        Link.Inbox.WakeOn((int)Number(descriptor));
        return None();
    }

    /// <summary>forked(): this process is a child that the application forked; the channel is closed here.</summary>
    [UnmanagedCallersOnly]
    private static PyObject* Forked(PyObject* self, PyObject* nothing)
    {
        Lifetime.Fork();
        return None();
    }
}
