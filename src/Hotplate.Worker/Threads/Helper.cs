using System.Runtime.InteropServices;
using Hotplate.Worker.Link;
using Hotplate.Worker.Native;

namespace Hotplate.Worker.Threads;

/// <summary>The one thread of the worker that never touches Python: does for the channel what must not wait for the application.</summary>
/// <remarks>
/// While requests run it looks about every millisecond: sends answers that are old enough, reads the channel when no Python thread does,
/// judges whether the application is blocked, and ends the process when the channel closes. While a Python thread waits for the channel and
/// nothing is unsent, it sleeps; it lingers awake a little before that, so that waking it costs nothing per request under load.
/// </remarks>
internal static unsafe class Helper
{
    private const long Tick = 1_000_000;
    private const int LingerTicks = 20;
    private static int channel;
    private static int bell;
    private static int asleep;
    private static int watchers;
    private static int unattended;

    internal static void Start(int fd)
    {
        channel = fd;
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

    private static void Ring()
    {
        Interlocked.Increment(ref bell);
        fixed (int* word = &bell)
        {
            Libc.FutexWake(word, 1);
        }
    }

    private static bool NothingToDo =>
        LoopThreads.Busy == 0 && LoopThreads.HasReader && Outbox.Oldest == 0 && Concurrency.AtRest && !LoopThreads.Crowded;

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
        if (oldest != 0 && now - oldest > Outbox.SendAge)
        {
            Outbox.Send(wait: false);
        }
        if (!LoopThreads.HasReader && Inbox.Reader.TryEnter())
        {
            while (Inbox.Read(wait: false))
            {
            }
            Inbox.Reader.Exit();
        }
        BlockedJudge.Look(now);
        Concurrency.Look(now);
        if (Inbox.Draining)
        {
            LoopThreads.WakeAll();
        }
        else if (Inbox.HasRequest && LoopThreads.Busy == 0 && !LoopThreads.HasReader)
        {
            // Between two requests of a busy thread this looks the same for a moment; a tick later it does not.
            if (unattended == Inbox.Taken)
            {
                LoopThreads.WakeOne();
            }
            unattended = Inbox.Taken;
        }
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
            Libc.FutexWait(word, rung, Tick);
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
