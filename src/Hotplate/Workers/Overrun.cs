using System.Runtime.CompilerServices;

namespace Hotplate.Workers;

/// <summary>A request that ran over its time limit: who it was, and what its worker says of it.</summary>
/// <param name="Worker">Where it runs.</param>
/// <param name="Stream">Its stream there.</param>
/// <param name="Name">What people know it by.</param>
/// <param name="ThreadIdent">Python's identifier of its thread, as the worker says.</param>
/// <param name="Thread">The kernel's.</param>
/// <param name="QueuedFor">Nanoseconds it waited before it was sent to the worker.</param>
/// <param name="RanFor">Nanoseconds it had run.</param>
/// <param name="AskedAt">When the worker was asked to end it.</param>
/// <param name="Stacks">The stacks of all threads of the worker at that time; empty when it never told.</param>
internal sealed record Overrun(
    Worker Worker, uint Stream, RequestName Name, ulong ThreadIdent, int Thread, long QueuedFor, long RanFor, long AskedAt, Task<string> Stacks)
{
    /// <summary>When the worker said that the exception was raised, or that the request runs no longer; 0: not yet. Guarded by the pool's gate.</summary>
    internal long AnsweredAt { get; set; }

    /// <summary>The worker said that the request runs no longer: its answer must be on its way.</summary>
    internal bool RunsNoLonger { get; set; }

    /// <summary>How often each thread of its worker had gone to sleep when that was asked.</summary>
    internal IReadOnlyDictionary<int, long>? Before { get; set; }

    /// <summary>It still runs. Under the pool's gate.</summary>
    internal bool IsCurrent
    {
        get
        {
            ref var flight = ref Worker.Find(Stream);
            return !Unsafe.IsNullRef(ref flight) && flight.Overrun == this;
        }
    }
}
