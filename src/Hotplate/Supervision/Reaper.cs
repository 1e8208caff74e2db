using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using Hotplate.Linux;
using Hotplate.Workers;

namespace Hotplate.Supervision;

/// <summary>As process 1 of a container the front gets every orphan there is, and must wait for it, or the container runs out of process ids.</summary>
/// <remarks>How they ended is kept for a while: among them are our own children, which their owner asks after.</remarks>
internal sealed unsafe class Reaper : IDisposable
{
    private const int MostKept = 256;
    private static readonly ConcurrentDictionary<int, int> Statuses = new();
    private static readonly ConcurrentQueue<int> Order = new();
    private readonly PosixSignalRegistration? registration;

    internal Reaper()
    {
        if (Environment.ProcessId == 1)
        {
            registration = PosixSignalRegistration.Create(PosixSignal.SIGCHLD, static _ => Reap());
            Reap();
        }
    }

    /// <summary>How a child ended that has been waited for; null: it has not.</summary>
    internal static int? StatusOf(int pid) => Statuses.TryRemove(pid, out var status) ? status : null;

    public void Dispose() => registration?.Dispose();

    private static void Reap()
    {
        int status;
        while (Libc.waitpid(-1, &status, 1 /* WNOHANG */) is > 0 and var pid)
        {
            Statuses[pid] = status;
            Order.Enqueue(pid);
            if (Order.Count > MostKept && Order.TryDequeue(out var oldest) && oldest != pid)
            {
                _ = Statuses.TryRemove(oldest, out _);
            }
        }
    }
}
