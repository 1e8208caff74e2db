using Hotplate.Worker.Link;
using Hotplate.Worker.Native;

namespace Hotplate.Worker.Threads;

/// <summary>Judges whether the threads that run the application wait for something that is not the CPU, so that more of them may run.</summary>
/// <remarks>
/// Over about two milliseconds: CPU time plus time spent waiting for a CPU, under half of the window. A test of one thread for "does not
/// advance" cannot work, since waiting for the GIL looks like waiting for a socket; and without the delay a starved machine looks blocked.
/// Called by the helper at every tick.
/// </remarks>
internal static unsafe class BlockedJudge
{
    private const long Window = 2_000_000;

    /// <summary>With more threads than this the process's CPU time is taken instead: cheaper than so many files.</summary>
    private const int MaxWatched = 8;

    /// <summary>Ticks of one thread at work and another waiting for the channel, after which the crowd is over.</summary>
    private const int CalmTicks = 10;

    /// <summary>Windows in a row with enough to compute, after which the threads are too many. Requests that compute a little between waits
    /// fill a core when enough of them run: to let one run at a time as soon as they do would leave it idle a moment later.</summary>
    private const int BusyWindows = 25;

    private static Watched* watched;

    /// <summary>How many are watched; negative: the process.</summary>
    private static int count;
    private static long windowStart;
    private static long usedAtStart;
    private static bool readerSeen;
    private static int calm;

    /// <summary>Windows in a row in which the crowd had enough to compute.</summary>
    private static int busyWindows;

    private struct Watched
    {
        internal int Id;
        internal int DelayFd;
    }

    internal static void Open() => watched = (Watched*)Libc.calloc(MaxWatched, sizeof(Watched));

    internal static void Look(long now)
    {
        if (LoopThreads.Ceiling <= 1)
        {
            return;
        }
        var busy = LoopThreads.Busy;
        var reads = LoopThreads.HasReader;
        if (LoopThreads.Crowded && busy <= 1 && reads)
        {
            if (++calm >= CalmTicks)
            {
                LoopThreads.Crowded = false;
            }
        }
        else
        {
            calm = 0;
        }
        if (busy == 0 || (reads && !LoopThreads.Crowded))
        {
            windowStart = 0;
            return;
        }
        readerSeen |= reads;
        if (windowStart == 0)
        {
            Begin(now);
        }
        else if (now - windowStart >= Window)
        {
            Judge(now - windowStart);
            Begin(now);
        }
    }

    private static void Begin(long now)
    {
        windowStart = now;
        readerSeen = false;
        Choose();
        usedAtStart = Used();
    }

    private static void Judge(long window)
    {
        var used = Used() - usedAtStart;
        busyWindows = used >= window * 3 / 4 ? busyWindows + 1 : 0;
        if (busyWindows >= BusyWindows)
        {
            LoopThreads.Crowded = false;
        }
        else if (used < window / 2 && !readerSeen && (count < 0 || !AnyRunnable()))
        {
            LoopThreads.MarkBlocked();
            LoopThreads.Crowded = true;
            // Nothing waits here, but the front may hold back requests because it believes that one is all that can run.
            Concurrency.Grow(LoopThreads.Busy);
            LoopThreads.WakeOne();
        }
    }

    /// <summary>Watches all threads while they are few, otherwise those that run the application, and when those are many too the process.</summary>
    private static void Choose()
    {
        var all = LoopThreads.Total <= MaxWatched;
        count = 0;
        for (var i = 0; i < LoopThreads.Lines; i++)
        {
            var thread = LoopThreads.Line(i);
            var id = thread->Id;
            if (id == 0 || (!all && !thread->IsBusy))
            {
                continue;
            }
            if (count == MaxWatched)
            {
                count = -1;
                return;
            }
            ref var place = ref watched[count++];
            if (place.Id != id)
            {
                if (place.Id != 0 && place.DelayFd >= 0)
                {
                    _ = Libc.close(place.DelayFd);
                }
                place = new Watched { Id = id, DelayFd = OpenTaskFile(id, "/schedstat"u8) };
            }
        }
    }

    /// <summary>Nanoseconds of CPU and of waiting for one. Only differences mean something; a thread that came or went makes one wrong window.</summary>
    private static long Used()
    {
        Libc.TimeSpec time;
        if (count < 0)
        {
            _ = Libc.clock_gettime(2 /* CLOCK_PROCESS_CPUTIME_ID */, &time);
            return (time.Seconds * 1_000_000_000) + time.Nanoseconds;
        }
        var used = 0L;
        for (var i = 0; i < count; i++)
        {
            // The clock of another thread (kernel: CPUCLOCK_PERTHREAD | CPUCLOCK_SCHED); exact, where schedstat lags by a scheduler tick.
            if (Libc.clock_gettime((~watched[i].Id << 3) | 6, &time) == 0)
            {
                used += (time.Seconds * 1_000_000_000) + time.Nanoseconds + Delay(watched[i].DelayFd);
            }
        }
        return used;
    }

    /// <summary>The second number of schedstat: nanoseconds on a run queue.</summary>
    private static long Delay(int fd)
    {
        var text = stackalloc byte[80];
        var length = fd < 0 ? 0 : (int)Libc.pread(fd, text, 80, 0);
        var numbers = new ReadOnlySpan<byte>(text, Math.Max(length, 0));
        var space = numbers.IndexOf((byte)' ');
        return space > 0 && System.Buffers.Text.Utf8Parser.TryParse(numbers[(space + 1)..], out long delay, out _) ? delay : 0;
    }

    /// <summary>A thread at work is on a CPU or waits for one at this moment: its delay is not counted before it gets it.</summary>
    private static bool AnyRunnable()
    {
        var text = stackalloc byte[256];
        for (var i = 0; i < LoopThreads.Lines; i++)
        {
            var thread = LoopThreads.Line(i);
            if (thread->Id == 0 || !thread->IsBusy)
            {
                continue;
            }
            var fd = OpenTaskFile(thread->Id, "/stat"u8);
            if (fd < 0)
            {
                continue;
            }
            var length = (int)Libc.pread(fd, text, 256, 0);
            _ = Libc.close(fd);
            var stat = new ReadOnlySpan<byte>(text, Math.Max(length, 0));
            var end = stat.LastIndexOf((byte)')');
            if (end > 0 && end + 2 < length && stat[end + 2] == (byte)'R')
            {
                return true;
            }
        }
        return false;
    }

    private static int OpenTaskFile(int id, ReadOnlySpan<byte> name)
    {
        Span<byte> path = stackalloc byte[64];
        path.Clear();
        "/proc/self/task/"u8.CopyTo(path);
        id.TryFormat(path[16..], out var digits, default, null);
        name.CopyTo(path[(16 + digits)..]);
        fixed (byte* text = path)
        {
            return Libc.open(text, Libc.O_RDONLY_CLOEXEC);
        }
    }
}
