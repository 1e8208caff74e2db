using System.Runtime.InteropServices;

namespace Hotplate;

/// <summary>What the process that started this one left behind: signals that are ignored (nohup, background jobs of a script) or blocked.</summary>
/// <remarks>The class library respects signals that are ignored, so that HUP did nothing under nohup. A server's signals mean what its documentation says.</remarks>
internal static unsafe partial class InheritedSignals
{
    private const int FirstRealTime = 34;
    private const int LastRealTime = 64;
    private const int XFSZ = 25;
    private const int SIG_UNBLOCK = 1;
    private const nint SIG_DFL = 0;
    private const nint SIG_IGN = 1;

    // Those that ServerSignals hears: HUP, INT, QUIT, USR1, USR2, ALRM, TERM, STKFLT, TSTP, TTIN, TTOU, URG, XCPU, VTALRM, PROF, IO, PWR, SYS.
    private static ReadOnlySpan<int> Ours => [1, 2, 3, 10, 12, 14, 15, 16, 20, 21, 22, 23, 24, 26, 27, 29, 30, 31];

    // Those of them that do not ask it to end: HUP, USR1, USR2, ALRM, STKFLT, TTIN, TTOU, VTALRM, PROF, IO, PWR.
    private static ReadOnlySpan<int> Patient => [1, 10, 12, 14, 16, 21, 22, 26, 27, 29, 30];

    /// <summary>The real-time signals that nobody has a use for. The runtime keeps one of them for itself, which one depends on the C library.</summary>
    internal static IEnumerable<int> RealTime =>
        Enumerable.Range(FirstRealTime, LastRealTime - FirstRealTime + 1).Where(static number => HandlerOf(number) is SIG_DFL or SIG_IGN);

    /// <summary>To be called on the main thread before any handler is registered: threads that are made later take after it.</summary>
    internal static void Reset()
    {
        foreach (var number in Ours)
        {
            ResetIgnored(number);
        }
        for (var number = FirstRealTime; number <= LastRealTime; number++)
        {
            ResetIgnored(number);
        }
        // Writing beyond ulimit -f fails with EFBIG then, and does not end the process.
        _ = signal(XFSZ, SIG_IGN);
        var all = stackalloc byte[128];
        _ = sigfillset(all);
        _ = pthread_sigmask(SIG_UNBLOCK, all, null);
    }

    /// <summary>A server that has not got so far that it hears them passes over what would end it: its log rotation may come at any time.</summary>
    internal static void PassOverUntilHeard()
    {
        foreach (var number in Patient)
        {
            _ = signal(number, SIG_IGN);
        }
    }

    private static void ResetIgnored(int number)
    {
        if (HandlerOf(number) == SIG_IGN)
        {
            _ = signal(number, SIG_DFL);
        }
    }

    /// <summary>-1: it is one that the C library keeps for itself.</summary>
    private static nint HandlerOf(int number)
    {
        // The handler is the structure's first member, whatever follows it.
        var action = stackalloc nint[64];
        return sigaction(number, null, action) == 0 ? action[0] : -1;
    }

    [LibraryImport("libc")]
    private static partial int sigaction(int number, void* action, void* old);

    [LibraryImport("libc")]
    private static partial nint signal(int number, nint handler);

    [LibraryImport("libc")]
    private static partial int sigfillset(byte* set);

    [LibraryImport("libc")]
    private static partial int pthread_sigmask(int how, byte* set, byte* old);
}
