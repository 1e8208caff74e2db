using System.Runtime.InteropServices;
using Hotplate.Worker.Link;
using Hotplate.Worker.Native;
using Hotplate.Worker.Wsgi;

namespace Hotplate.Worker.Threads;

/// <summary>The helper thread of the worker, the one that never touches Python: does for the channel what must not wait for the application.</summary>
/// <remarks>
/// While requests run it looks about every millisecond: sends answers that are old enough, reads the channel when no Python thread does,
/// judges whether the application is blocked, and ends the process when the channel closes. While a Python thread waits for the channel and
/// nothing is unsent, it sleeps; it lingers awake a little before that, so that waking it costs nothing per request under load.
/// </remarks>
internal static unsafe class SideThread
{
    private const long Tick = 1_000_000;

    /// <summary>While requests are short and come one after another there is little to look after.</summary>
    private const long LongestTick = 4_000_000;
    private const int LingerTicks = 20;
    private const int UnreadTicks = 5;
    private static int channel;
    private static int bell;
    private static int asleep;
    private static int watchers;
    private static int unattended;
    private static int seen;
    private static long tick = Tick;
    private static bool cooperative;
    private static Bell alarm = Bell.None;
    private static int unreadTicks;

    /// <param name="fd">The channel.</param>
    /// <param name="watched">The Python loop is one thread that watches the channel beside other things.</param>
    /// <returns>With <paramref name="watched"/>: a descriptor that is readable when there is something to take that the channel does not show.</returns>
    internal static int Start(int fd, bool watched)
    {
        channel = fd;
        cooperative = watched;
        alarm = watched ? Bell.Make() : Bell.None;
        BlockedJudge.Open();
        // Signals are for Python's threads.
        var all = stackalloc ulong[16];
        var old = stackalloc ulong[16];
        new Span<ulong>(all, 16).Fill(ulong.MaxValue);
        _ = Libc.pthread_sigmask(2 /* set */, all, old);
        nint thread;
        if (Libc.pthread_create(&thread, null, &Run, null) != 0)
        {
            Fatal.Exit("the helper thread cannot be started");
        }
        _ = Libc.pthread_sigmask(2, old, null);
        return alarm.Descriptor;
    }

    /// <summary>A request began: there is something to look after.</summary>
    internal static void Rouse()
    {
        if (Volatile.Read(ref asleep) != 0)
        {
            Ring();
        }
    }

    /// <summary>A thread of the application waits for a frame (1), or no longer (-1): look at once when one comes.</summary>
    internal static void Watch(int change)
    {
        Interlocked.Add(ref watchers, change);
        if (change > 0)
        {
            Ring();
        }
    }

    /// <summary>The Python loop is one thread that watches the channel beside other things.</summary>
    internal static bool IsCooperative => cooperative;

    /// <summary>Tells such a loop that there is something for it that the channel does not show.</summary>
    internal static void Alarm() => alarm.Ring();

    private static void Ring()
    {
        Interlocked.Increment(ref bell);
        fixed (int* word = &bell)
        {
            Libc.FutexWake(word, 1);
        }
    }

    private static bool NothingToDo => cooperative
        ? Exchanges.Running == 0 && Outbox.Oldest == 0
        : LoopThreads.HasReader && Outbox.Oldest == 0 && Concurrency.AtRest && !LoopThreads.Crowded;

    [UnmanagedCallersOnly]
    private static void* Run(void* nothing)
    {
        var idle = 0;
        while (!Lifetime.Finished)
        {
            var rung = Volatile.Read(ref bell);
            var now = Libc.Now();
            Look(now);
            idle = NothingToDo ? idle + 1 : 0;
            if (idle <= LingerTicks)
            {
                Pause(rung);
            }
            else
            {
                Sleep(rung);
                idle = 0;
            }
        }
        return null;
    }

    private static void Look(long now)
    {
        var oldest = Outbox.Oldest;
        if (oldest != 0 && now - oldest > (Inbox.Taken == seen ? Outbox.SendAge : Outbox.LongestHold))
        {
            Outbox.Send(wait: false);
        }
        tick = Inbox.Taken - seen >= 2 ? Math.Min(tick * 2, LongestTick) : Tick;
        seen = Inbox.Taken;
        if (MayRead() && Inbox.Reader.TryEnter())
        {
            while (Inbox.Read(wait: false))
            {
            }
            Inbox.Reader.Exit();
        }
        if (cooperative)
        {
            return;
        }
        LoopThreads.Look(now);
        BlockedJudge.Look(now);
        Concurrency.Look(now);
        if (Inbox.HasRequest && LoopThreads.Busy == 0 && !LoopThreads.HasReader)
        {
            // Between two requests of a busy thread this looks the same for a moment; a tick later it does not.
            if (unattended == Inbox.Taken)
            {
                LoopThreads.WakeOne();
            }
            unattended = Inbox.Taken;
        }
    }

    /// <summary>A loop of one thread watches the channel itself; only when it does not come to that is it read here, and the loop told.</summary>
    private static bool MayRead()
    {
        if (!cooperative)
        {
            return !LoopThreads.HasReader;
        }
        var poll = new Libc.PollFd { Fd = channel, Events = Libc.POLLIN };
        unreadTicks = Libc.poll(&poll, 1, 0) > 0 ? unreadTicks + 1 : 0;
        if (unreadTicks < UnreadTicks)
        {
            return false;
        }
        Alarm();
        return true;
    }

    private static void Pause(int rung)
    {
        if (Volatile.Read(ref watchers) > 0 && !LoopThreads.HasReader)
        {
            var poll = new Libc.PollFd { Fd = channel, Events = Libc.POLLIN };
            _ = Libc.poll(&poll, 1, 1);
            return;
        }
        fixed (int* word = &bell)
        {
            Libc.FutexWait(word, rung, tick);
        }
    }

    private static void Sleep(int rung)
    {
        Interlocked.Exchange(ref asleep, 1);
        // Whoever begins a request after this look sees that we sleep, and rings.
        if (NothingToDo)
        {
            fixed (int* word = &bell)
            {
                Libc.FutexWait(word, rung);
            }
        }
        Volatile.Write(ref asleep, 0);
    }
}
