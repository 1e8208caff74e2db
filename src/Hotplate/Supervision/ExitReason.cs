namespace Hotplate.Supervision;

/// <summary>Why a process ended, from waitpid(2)'s status.</summary>
internal readonly record struct ExitReason(int Code, int Signal)
{
    internal static ExitReason FromStatus(int status) =>
        (status & 0x7f) == 0 ? new ExitReason((status >> 8) & 0xff, 0) : new ExitReason(-1, status & 0x7f);

    /// <summary>A word for metrics: <c>exit</c>, <c>sigkill</c>.</summary>
    internal string Label => Signal == 0 ? "exit" : NameOf(Signal).Split(',')[0] is var name && name.StartsWith("SIG", StringComparison.Ordinal) ? name.ToLowerInvariant() : $"signal_{Signal}";

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
        9 => "SIGKILL, perhaps for memory",
        11 => "SIGSEGV",
        13 => "SIGPIPE",
        14 => "SIGALRM",
        15 => "SIGTERM",
        _ => "see signal(7)",
    };
}
