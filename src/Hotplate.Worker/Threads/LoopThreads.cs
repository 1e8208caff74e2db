using Hotplate.Worker.Link;
using Hotplate.Worker.Native;

namespace Hotplate.Worker.Threads;

/// <summary>What a thread that has no request is to do.</summary>
internal enum Turn
{
    /// <summary>Look for a request.</summary>
    Take = 0,

    /// <summary>Return to Python so that it handles a signal, and come back.</summary>
    Again = 1,

    /// <summary>Start another thread, and come back.</summary>
    Spawn = 2,

    /// <summary>End: the thread is not needed, or the worker drains.</summary>
    Leave = 3,
}

/// <summary>The Python threads of the loop: one runs or reads the channel, the others are parked until the application blocks.</summary>
/// <remarks>
/// At most one waits for the channel. While the running threads are blocked (<see cref="Crowded"/>) whoever takes a request wakes another, which
/// reads; otherwise a thread that comes back while another runs or reads is parked. Everything here is guarded by one short lock.
/// </remarks>
internal static unsafe partial class LoopThreads
{
    /// <summary>A thread parked for so long leaves, in nanoseconds: others may need what it takes of a limit on processes. One is always kept.</summary>
    private const long IdleTime = 5_000_000_000;

    /// <summary>The one that is kept looks again so late, that a worker with nothing to do is not woken often.</summary>
    private const long LongIdleTime = 60_000_000_000;

    /// <summary>When the kernel refused a thread the next is asked for after so many nanoseconds.</summary>
    private const long SpawnPause = 1_000_000_000;

    private static Gate gate;
    private static LoopThread* lines;
    private static int lineCount;
    private static int most;
    private static int ceiling;
    private static long spawnsAgainAt;
    private static int total;
    private static int busy;
    private static int blocked;
    private static int parkedCount;
    private static LoopThread* parked;
    private static volatile LoopThread* reader;
    private static bool spawning;
    private static int crowded;

    [ThreadStatic]
    private static nint current;

    /// <summary>Threads that run the application.</summary>
    internal static int Busy => Volatile.Read(ref busy);

    internal static int Total => Volatile.Read(ref total);

    /// <summary>As many as may be: what was asked for, or for a while as many as there are when the kernel refuses more.</summary>
    internal static int Ceiling => Volatile.Read(ref ceiling);

    /// <summary>How many <see cref="Line"/>s there are.</summary>
    internal static int Lines => lineCount;

    internal static bool HasReader => reader is not null;

    /// <summary>The running threads wait for something that is not the CPU, so more may run.</summary>
    internal static bool Crowded
    {
        get => Volatile.Read(ref crowded) != 0;
        set => Volatile.Write(ref crowded, value ? 1 : 0);
    }

    /// <summary>The calling thread's line; null before its first take().</summary>
    internal static LoopThread* Current => (LoopThread*)current;

    internal static void Open(int threads)
    {
        most = ceiling = threads;
        lineCount = threads + 1;
        lines = (LoopThread*)Libc.calloc(lineCount, sizeof(LoopThread));
    }

    internal static LoopThread* Line(int index) => lines + index;

    /// <summary>The thread that runs a request now, or null. With the GIL.</summary>
    internal static LoopThread* OfExchange(Wsgi.Exchange* exchange)
    {
        for (var thread = lines; thread < lines + lineCount; thread++)
        {
            if (thread->IsBusy && thread->Current == exchange)
            {
                return thread;
            }
        }
        return null;
    }

    /// <summary>The calling thread's line, made at its first call. It does not run the application now.</summary>
    internal static LoopThread* Enter()
    {
        var thread = Current;
        if (thread is null)
        {
            gate.Enter();
            thread = lines;
            while (thread->Id != 0)
            {
                thread++;
            }
            thread->Id = Libc.gettid();
            thread->Ident = (ulong)Libc.pthread_self();
            total++;
            spawning = false;
            gate.Exit();
            current = (nint)thread;
        }
        else if (thread->IsBusy)
        {
            if (thread->Interrupted != 0)
            {
                Interrupts.Over(thread);
            }
            Volatile.Write(ref thread->IsBusy, false);
            thread->Current = null;
            Interlocked.Decrement(ref busy);
            if (Volatile.Read(ref thread->IsBlocked) != 0)
            {
                Unblock(thread);
            }
        }
        return thread;
    }

    /// <summary>May this thread take a request, or is another at work already that can do it all?</summary>
    internal static bool MayTake(LoopThread* thread) => (IsFree && (reader is null || reader == thread)) || Crowded;

    /// <summary>Threads that run the application and were found blocked in it.</summary>
    internal static int Blocked => Volatile.Read(ref blocked);

    /// <summary>No thread runs the application but those that were found blocked: they do not count until they come back.</summary>
    private static bool IsFree => Busy - Blocked <= 0;

    /// <summary>The helper found the threads that run the application blocked: they are no reason for others to stay parked.</summary>
    internal static void MarkBlocked()
    {
        for (var thread = lines; thread < lines + lineCount; thread++)
        {
            if (!Volatile.Read(ref thread->IsBusy) || thread->IsBlocked != 0)
            {
                continue;
            }
            Interlocked.Increment(ref blocked);
            Interlocked.Exchange(ref thread->IsBlocked, 1);
            if (!Volatile.Read(ref thread->IsBusy))
            {
                Unblock(thread); // it came back meanwhile and may have missed the mark
            }
        }
    }

    private static void Unblock(LoopThread* thread)
    {
        if (Interlocked.Exchange(ref thread->IsBlocked, 0) == 1)
        {
            Interlocked.Decrement(ref blocked);
        }
    }

    /// <summary>Nobody is parked who could be woken while this thread runs the application: another is to be started first. True once for each.</summary>
    internal static bool TakesSpawn()
    {
        if ((!Crowded && total > 1) || parkedCount > 0 || total >= ceiling || spawning || Inbox.Draining)
        {
            return false;
        }
        gate.Enter();
        var spawns = parkedCount == 0 && total < ceiling && !spawning;
        spawning |= spawns;
        gate.Exit();
        return spawns;
    }

    /// <summary>It has taken one.</summary>
    internal static void Begin(LoopThread* thread, Wsgi.Exchange* exchange)
    {
        thread->IsBusy = true;
        thread->Current = exchange;
        Interlocked.Increment(ref busy);
        if (Crowded)
        {
            Concurrency.Grow(Busy);
            if (Inbox.HasRequest || !HasReader)
            {
                WakeOne();
            }
        }
    }

    /// <summary>Waits without the GIL: reads the channel if nobody does and that is this thread's to do, otherwise parks.</summary>
    internal static Turn Wait(LoopThread* thread)
    {
        Outbox.Send(wait: true);
        while (true)
        {
            gate.Enter();
            if (total < ceiling && parkedCount == 0 && !spawning && !Inbox.Draining)
            {
                spawning = true;
                gate.Exit();
                return Turn.Spawn;
            }
            if (Inbox.Draining)
            {
                return WaitToLeave(thread); // leaves the gate
            }
            if (reader is null && (IsFree || Crowded))
            {
                reader = thread;
                gate.Exit();
                return ReadUntilRequest();
            }
            Push(thread);
            gate.Exit();
            var turn = Park(thread);
            // A thread that is woken to read does so without the GIL, for which it would have to wait.
            if (turn != Turn.Take || Inbox.HasRequest)
            {
                return turn;
            }
        }
    }

    /// <summary>Starting another thread failed, or would take the last that others need: no more now, and the front is not to count on more.</summary>
    internal static void SpawnFailed()
    {
        gate.Enter();
        spawnsAgainAt = Libc.Now() + SpawnPause;
        Volatile.Write(ref ceiling, Math.Max(total, 1));
        spawning = false;
        gate.Exit();
    }

    /// <summary>After a while there may be more again. Called by the helper at every tick.</summary>
    internal static void Look(long now)
    {
        if (Ceiling < most && now >= Volatile.Read(ref spawnsAgainAt))
        {
            Volatile.Write(ref ceiling, most);
        }
    }

    /// <summary>Wakes the thread that was parked last, if there is one.</summary>
    internal static void WakeOne()
    {
        gate.Enter();
        Pop();
        gate.Exit();
    }

    private static Turn ReadUntilRequest()
    {
        ref var board = ref Wsgi.Exchanges.Board.Worker;
        var turn = Turn.Take;
        Inbox.Reader.Enter();
        while (!Inbox.HasRequest && !Inbox.Draining)
        {
            Volatile.Write(ref board.Waiting, 1);
            if (!Inbox.Read(wait: true))
            {
                turn = Turn.Again; // a signal: its Python handler is to run
                break;
            }
            Outbox.Send(wait: true); // the answer to a ping
        }
        Volatile.Write(ref board.Waiting, 0);
        Inbox.Reader.Exit();
        gate.Enter();
        reader = null;
        gate.Exit();
        return turn;
    }

    private static Turn Park(LoopThread* thread)
    {
        var idle = IdleTime;
        while (Volatile.Read(ref thread->Signal) == 0)
        {
            var began = Libc.Now();
            Libc.FutexWait(&thread->Signal, 0, idle);
            if (Volatile.Read(ref thread->Signal) == 0 && Libc.Now() - began >= idle)
            {
                if (TryLeave(thread))
                {
                    return Turn.Leave;
                }
                idle = LongIdleTime;
            }
        }
        return Turn.Take;
    }

    private static void Unlink(LoopThread* thread)
    {
        parkedCount--;
        if (parked == thread)
        {
            parked = thread->ParkedBelow;
            return;
        }
        var above = parked;
        while (above->ParkedBelow != thread)
        {
            above = above->ParkedBelow;
        }
        above->ParkedBelow = thread->ParkedBelow;
    }

    private static void Push(LoopThread* thread)
    {
        thread->Signal = 0;
        thread->IsParked = true;
        thread->ParkedBelow = parked;
        parked = thread;
        parkedCount++;
    }

    private static void Pop()
    {
        var thread = parked;
        if (thread is null)
        {
            return;
        }
        parked = thread->ParkedBelow;
        parkedCount--;
        thread->IsParked = false;
        Volatile.Write(ref thread->Signal, 1);
        Libc.FutexWake(&thread->Signal, 1);
    }

    private static void Remove(LoopThread* thread)
    {
        *thread = default;
        total--;
        current = 0;
    }
}
