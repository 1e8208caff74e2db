namespace Hotplate.Supervision;

/// <summary>Why a process ended, from waitpid(2)'s status.</summary>
internal readonly record struct ExitReason(int Code, int Signal)
{
    internal static ExitReason FromStatus(int status) =>
        (status & 0x7f) == 0 ? new ExitReason((status >> 8) & 0xff, 0) : new ExitReason(-1, status & 0x7f);

    /// <summary>A word for metrics: <c>exit</c>, <c>sigkill</c>.</summary>
    internal string Label => Signal == 0 ? "exit" : NameOf(Signal).Split(',')[0] is var name && name.StartsWith("SIG", StringComparison.Ordinal) ? name.ToLowerInvariant() : $"signal_{Signal}";

    /// <summary>By SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV or SIGSYS: something in the process went wrong.</summary>
    internal bool IsCrash => Signal is 4 or 5 or 6 or 7 or 8 or 11 or 31;

    /// <summary>By SIGHUP, SIGINT, SIGQUIT, SIGKILL, SIGUSR1, SIGUSR2 or SIGTERM: somebody else's doing, as far as anyone can tell.</summary>
    internal bool IsFromOutside => Signal is 1 or 2 or 3 or 9 or 10 or 12 or 15;

    public override string ToString() => Signal == 0 ? $"exit {Code}" : $"signal {Signal} ({NameOf(Signal)})";

    private static string NameOf(int signal) => signal switch
    {
        1 => "SIGHUP",
        2 => "SIGINT",
        3 => "SIGQUIT",
        4 => "SIGILL",
        6 => "SIGABRT",
        7 => "SIGBUS",
        8 => "SIGFPE",
        9 => "SIGKILL",
        11 => "SIGSEGV",
        13 => "SIGPIPE",
        14 => "SIGALRM",
        15 => "SIGTERM",
        _ => "see signal(7)",
    };
}
