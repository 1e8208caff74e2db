using Hotplate.Linux;

namespace Hotplate;

/// <summary>The event loops and the threads of .NET's pool, all of them started when the server starts: there is no later moment at which
/// the kernel could refuse one.</summary>
/// <remarks>
/// A limit on processes (a container's pids.max, TasksMax, <c>ulimit -u</c>) is shared with the workers, which may use it up at any time. When the
/// pool wants one more thread then and does not get it, the exception is nobody's and ends the process. So their number is fixed, and they do not
/// end when they are idle (System.Threading.ThreadPool.ThreadTimeoutMs in Hotplate.csproj).
/// </remarks>
internal static class FrontThreads
{
    // Spool files, timers, control connections, HTTP/2: nothing stays on the pool but a write to a slow disk.
    private const int Least = 8;

    // Of the server's own, soon after: log writers, the applications' output, the reclaimer, timers, sockets.
    private const int Others = 8;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Once, before much else uses the pool: its threads come while the server is put together.</summary>
    /// <returns>To be disposed when that is done, and before anything waits for the pool: until then what is given to it waits. Returns when
    /// all threads run.</returns>
    /// <exception cref="IOException">The kernel refuses them. The message says what to do.</exception>
    internal static IDisposable Start()
    {
        var count = Math.Max(Least, Environment.ProcessorCount);
        ThreadPool.GetMinThreads(out _, out var least);
        ThreadPool.GetMaxThreads(out _, out var most);
        // The most may be neither under the least nor under the number of processors.
        ThreadPool.SetMaxThreads(count, most);
        ThreadPool.SetMinThreads(count, least);

        // Others first: what is thrown where the pool starts one cannot be caught.
        var needed = count + EventLoop.Count + Others;
        var tried = ThreadTrial.Count(needed);
        if (tried < needed)
        {
            throw new IOException($"HP603  the kernel refuses threads: {tried} of {needed} that the front needs could be started. Raise the limit on "
                + "processes: ulimit -u, the container's pids limit (docker --pids-limit, Kubernetes' podPidsLimit), systemd's TasksMax.");
        }
        EventLoop.Start();
        var together = new Meeting(count + 1);
        for (var i = 0; i < count; i++)
        {
            ThreadPool.UnsafeQueueUserWorkItem(static together => together.Meet(), together, preferLocal: false);
        }
        return together;
    }

    /// <summary>All wait until the last has come, or has not for too long.</summary>
    private sealed class Meeting(int missing) : IDisposable
    {
        private readonly object gate = new();
        private int missing = missing;
        private bool isHeld;

        public void Dispose()
        {
            if (!isHeld)
            {
                isHeld = true;
                Meet();
            }
        }

        internal void Meet()
        {
            lock (gate)
            {
                missing--;
                Monitor.PulseAll(gate);
                while (missing > 0 && Monitor.Wait(gate, Patience))
                {
                    // One more has come.
                }
            }
        }
    }
}
