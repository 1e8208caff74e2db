using Hotplate.Workers;

namespace Hotplate.Supervision;

/// <summary>What is known of how a worker ended, and whom it is put down to.</summary>
/// <param name="Reason">In words: "signal 11 (SIGSEGV)".</param>
/// <param name="Verdict">For the pool.</param>
/// <param name="Words">What stands below the line of the log; empty when its stderr has nothing to do with it.</param>
internal sealed record Postmortem(string Reason, Verdict Verdict, string Words)
{
    private const int SIGKILL = 9;

    /// <param name="exit">As waitpid(2) told.</param>
    /// <param name="words">Its last words, complete.</param>
    /// <param name="forMemory">The kernel has killed for memory lately.</param>
    /// <param name="killedFor">Why we killed it; null when we did not.</param>
    internal static Postmortem Of(ExitReason exit, LastWords words, bool forMemory, KillReason? killedFor)
    {
        if (killedFor is not null)
        {
            return new Postmortem($"{exit}: {killedFor.Why}", new Verdict(killedFor.Suspicion), "");
        }
        if (exit.Signal == SIGKILL && forMemory)
        {
            return new Postmortem($"{exit}: killed for memory", new Verdict(Suspicion.All), words.Essence());
        }
        if (exit.IsCrash)
        {
            var verdict = words.CrashedThread == 0 ? new Verdict(Suspicion.All) : new Verdict(Suspicion.Thread, words.CrashedThread);
            return new Postmortem(exit.ToString(), verdict, words.Essence());
        }
        return exit.IsFromOutside
            ? new Postmortem(exit.ToString(), Verdict.FromOutside, "")
            : new Postmortem(exit.ToString(), new Verdict(Suspicion.All), words.Essence());
    }
}

/// <summary>Why we killed a worker, and whom that is put down to.</summary>
internal sealed record KillReason(string Why, Suspicion Suspicion);
