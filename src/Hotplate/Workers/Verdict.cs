namespace Hotplate.Workers;

/// <summary>How a worker ended, as far as it tells which request did it.</summary>
/// <param name="Suspicion">Who may have done it.</param>
/// <param name="Thread">Python's identifier of the thread that crashed, when that is known.</param>
internal readonly record struct Verdict(Suspicion Suspicion, ulong Thread = 0)
{
    /// <summary>Nobody here did it: it was killed from outside, or by us for what another did.</summary>
    internal static Verdict FromOutside => new(Suspicion.Nobody);

    /// <summary>True when the request that this thread ran may have done it.</summary>
    internal bool Suspects(ulong thread) => Suspicion == Suspicion.All || (Suspicion == Suspicion.Thread && thread == Thread);
}

/// <summary>Whom the death of a worker is put down to.</summary>
internal enum Suspicion
{
    Nobody,

    /// <summary>Whatever one thread ran: it crashed.</summary>
    Thread,

    /// <summary>Everything that ran: it is not known which of them.</summary>
    All,
}
