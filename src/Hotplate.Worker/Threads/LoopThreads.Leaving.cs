using Hotplate.Worker.Link;
using Hotplate.Worker.Native;

namespace Hotplate.Worker.Threads;

/// <content>How threads leave: when they have slept long enough, and when the worker drains.</content>
internal static unsafe partial class LoopThreads
{
    private static LoopThread* keeper;
    private static Bell ended = Bell.None;

    /// <summary>Makes a descriptor that is readable once the worker drains and the last thread has left: the main thread, which is none of them, waits for it.</summary>
    /// <returns>-1: the kernel refuses it, or there is to be one thread, which is the main one.</returns>
    internal static int OpenEnd()
    {
        ended = most > 1 ? Bell.Make() : Bell.None;
        return ended.Descriptor;
    }

    /// <summary>With the gate held, which it leaves. The first that sees that the worker drains stays until it is the last: it takes what is left.</summary>
    private static Turn WaitToLeave(LoopThread* thread)
    {
        if (keeper is null)
        {
            keeper = thread;
        }
        // They too are to see that the worker drains; and the keeper looks again whenever another leaves.
        while (parked is not null)
        {
            Pop();
        }
        if (thread != keeper || (total == 1 && !Inbox.HasRequest))
        {
            Remove(thread);
            var isLast = total == 0;
            gate.Exit();
            if (isLast)
            {
                ended.Ring();
            }
            return Turn.Leave;
        }
        if (total == 1)
        {
            gate.Exit();
            return Turn.Take;
        }
        Push(thread);
        gate.Exit();
        return Park(thread);
    }

    /// <summary>A thread that slept long enough goes, unless it is the last that could be woken.</summary>
    private static bool TryLeave(LoopThread* thread)
    {
        gate.Enter();
        var leaves = thread->IsParked && thread != keeper && parkedCount > 1;
        if (leaves)
        {
            Unlink(thread);
            Remove(thread);
        }
        gate.Exit();
        return leaves;
    }
}
