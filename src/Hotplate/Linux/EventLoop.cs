using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Hotplate.Linux;

/// <summary>A thread that waits for descriptors and calls whom they belong to: epoll(7), edge-triggered. Clients of HTTP/1 and workers'
/// channels have one.</summary>
/// <remarks>
/// In place of the class library's socket engine, which tries each read before it waits, keeps a state machine for each direction of a
/// connection and tells nobody when it is through a round: docs/decisions/0010-event-loops.md. What is called must neither wait nor throw.
/// </remarks>
internal sealed unsafe class EventLoop
{
    private const int MostEvents = 256;

    // struct epoll_event is packed on x86-64 alone.
    private static readonly int EventSize = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 12 : 16;
    private static readonly int KeyAt = EventSize - 8;

    /// <summary>Few, so that they are busy: 23 → 15 µs a request.</summary>
    internal static int Count { get; } = Math.Max(1, Environment.ProcessorCount / 4);

    private static readonly Lazy<EventLoop[]> Loops = new(MakeAll);
    private static int next;

    [ThreadStatic]
    private static EventLoop? current;

    private readonly int epoll;
    private readonly int woken;
    private readonly int wakes;
    private readonly Lock gate = new();
    private readonly Stack<int> free = new();
    private readonly Lock postGate = new();
    private Watched?[] all = new Watched?[64];
    private int used;
    private uint generation;
    private List<Action> posted = [];
    private List<Action> running = [];
    private List<Action> later = [];
    private volatile bool hasPosted;
    private int asleep;

    private EventLoop()
    {
        epoll = Libc.epoll_create1(Libc.EPOLL_CLOEXEC);
        var ends = stackalloc int[2];
        if (epoll < 0 || Libc.pipe2(ends, Libc.O_CLOEXEC | Libc.O_NONBLOCK) != 0)
        {
            throw new Win32Exception();
        }
        (woken, wakes) = (ends[0], ends[1]);
        Change(Libc.EPOLL_CTL_ADD, woken, 0);
        new Thread(Run) { IsBackground = true, Name = "event loop" }.Start();
    }

    /// <summary>All of them; the first use starts them.</summary>
    internal static IReadOnlyList<EventLoop> All => Loops.Value;

    /// <summary>Starts them before there may be no more threads and descriptors.</summary>
    /// <exception cref="IOException">There are none left. The message says what to do.</exception>
    internal static void Start()
    {
        try
        {
            _ = All;
        }
        catch (Win32Exception error)
        {
            throw new IOException(
                $"HP607  the kernel refuses an event loop ({error.Message}), without which nothing can be served. Are too many files open? "
                + "Raise the limit: ulimit -n, systemd's LimitNOFILE.", error);
        }
    }

    /// <summary>The calling thread's, or null.</summary>
    internal static EventLoop? Current => current;

    /// <summary>They are dealt out in turn.</summary>
    internal static EventLoop Next() => Loops.Value[(int)((uint)Interlocked.Increment(ref next) % (uint)Loops.Value.Length)];

    /// <summary>From now on the descriptor's events are told; those that were there before, too.</summary>
    /// <exception cref="Win32Exception">The kernel refuses to watch one more.</exception>
    internal void Add(Watched watched, int descriptor)
    {
        lock (gate)
        {
            if (!free.TryPop(out var index))
            {
                index = ++used; // 0 is our own
                if (index == all.Length)
                {
                    var larger = new Watched?[2 * index];
                    all.CopyTo(larger, 0);
                    Volatile.Write(ref all, larger);
                }
            }
            watched.Key = ((ulong)++generation << 32) | (uint)index;
            all[index] = watched;
        }
        if (!Change(Libc.EPOLL_CTL_ADD, descriptor, watched.Key))
        {
            var error = new Win32Exception();
            Forget(watched);
            throw error;
        }
    }

    /// <summary>Nothing more is told of it once this has returned, but for a call that is under way. Before its descriptor is
    /// closed.</summary>
    internal void Remove(Watched watched, int descriptor)
    {
        Change(Libc.EPOLL_CTL_DEL, descriptor, 0);
        Forget(watched);
    }

    /// <summary>Has it run by the loop's thread, soon. From any thread.</summary>
    internal void Post(Action action)
    {
        lock (postGate)
        {
            posted.Add(action);
            hasPosted = true;
        }
        if (current != this && Interlocked.Exchange(ref asleep, 0) == 1)
        {
            byte one = 1;
            _ = Libc.write(wakes, &one, 1);
        }
    }

    /// <summary>Has it run once the loop has been through what has happened until now. By the loop's own thread.</summary>
    internal void PostBehindRound(Action action) => later.Add(action);

    private static EventLoop[] MakeAll()
    {
        var loops = new EventLoop[Count];
        for (var i = 0; i < loops.Length; i++)
        {
            loops[i] = new EventLoop();
        }
        return loops;
    }

    private bool Change(int operation, int descriptor, ulong key)
    {
        var change = stackalloc byte[16];
        *(uint*)change = Libc.EPOLLIN | Libc.EPOLLOUT | Libc.EPOLLRDHUP | Libc.EPOLLET;
        *(ulong*)(change + KeyAt) = key;
        return Libc.epoll_ctl(epoll, operation, descriptor, change) == 0;
    }

    private void Forget(Watched watched)
    {
        lock (gate)
        {
            var index = (int)(uint)watched.Key;
            if (all[index] == watched)
            {
                all[index] = null;
                free.Push(index);
            }
        }
    }

    private void Run()
    {
        current = this;
        var events = (byte*)NativeMemory.Alloc((nuint)(MostEvents * EventSize));
        while (true)
        {
            var due = later.Count;
            var end = events + (Wait(events, due > 0) * EventSize);
            for (var at = events; at < end; at += EventSize)
            {
                Tell(*(uint*)at, *(ulong*)(at + KeyAt));
            }
            if (hasPosted)
            {
                RunPosted();
            }
            if (due > 0)
            {
                RunLater(due);
            }
        }
    }

    private int Wait(byte* events, bool busy)
    {
        var sleeps = !busy && !hasPosted;
        if (sleeps)
        {
            Interlocked.Exchange(ref asleep, 1);
            sleeps = !hasPosted; // whoever posts after this look wakes us
        }
        var found = Libc.epoll_wait(epoll, events, MostEvents, sleeps ? -1 : 0);
        Volatile.Write(ref asleep, 0);
        return Math.Max(found, 0);
    }

    private void Tell(uint what, ulong key)
    {
        if (key == 0)
        {
            var bytes = stackalloc byte[64];
            _ = Libc.read(woken, bytes, 64);
            return;
        }
        var watched = Volatile.Read(ref all)[(int)(uint)key];
        if (watched is not null && watched.Key == key)
        {
            watched.OnReady(what);
        }
    }

    private void RunPosted()
    {
        lock (postGate)
        {
            (posted, running) = (running, posted);
            hasPosted = false;
        }
        running.ForEach(static action => action());
        running.Clear();
    }

    private void RunLater(int due)
    {
        for (var i = 0; i < due; i++)
        {
            later[i]();
        }
        later.RemoveRange(0, due);
    }
}
