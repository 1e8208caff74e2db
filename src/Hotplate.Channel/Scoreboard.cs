using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Hotplate.Channel;

/// <summary>Where a slot's request is. Free → Queued → Running → Answering → Free; or Queued → Free when the front takes it back.</summary>
internal enum SlotState : byte
{
    Free = 0,
    Queued = 1,
    Running = 2,
    Answering = 3,
}

/// <summary>The shared memory of one worker and the front: a line for the worker, then a line for every slot.</summary>
/// <remarks>
/// A slot's first word is sequence number and state together, so that one compare-and-swap decides every race; state alone would fall to
/// reuse (ABA). The front writes Free → Queued and → Free; the worker Queued → Running → Answering. The front never trusts a value it reads
/// here with more than a decision about that very worker.
/// </remarks>
internal unsafe readonly struct Scoreboard(byte* memory, int slots)
{
    /// <summary>One cache line, so that neighbours do not share.</summary>
    internal const int LineSize = 64;
    internal const uint Magic = 0x54504C48; // "HLPT"

    private readonly byte* memory = memory;

    internal int Slots { get; } = slots;

    /// <summary>Bytes of the segment for so many slots.</summary>
    internal static int SizeFor(int slots) => LineSize * (1 + slots);

    internal ref WorkerLine Worker => ref *(WorkerLine*)memory;

    internal ref SlotLine this[int slot] => ref *(SlotLine*)(memory + (LineSize * (1 + slot)));

    /// <summary>The word of a slot that holds request <paramref name="sequence"/> in <paramref name="state"/>.</summary>
    internal static ulong Word(uint sequence, SlotState state) => ((ulong)sequence << 8) | (byte)state;

    internal static SlotState StateOf(ulong word) => (SlotState)(byte)word;

    internal static uint SequenceOf(ulong word) => (uint)(word >> 8);

    /// <summary>True when this call moved the slot; false when it did not hold <paramref name="sequence"/> in <paramref name="from"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal bool TryMove(int slot, uint sequence, SlotState from, SlotState to) =>
        (uint)slot < (uint)Slots
        && Interlocked.CompareExchange(ref this[slot].Word, Word(sequence, to), Word(sequence, from)) == Word(sequence, from);
}

/// <summary>What one slot shows. Times are CLOCK_MONOTONIC nanoseconds.</summary>
[StructLayout(LayoutKind.Sequential, Size = Scoreboard.LineSize)]
internal struct SlotLine
{
    internal ulong Word;
    internal long QueuedAt;
    internal long RunningAt;
    internal long AnsweringAt;

    /// <summary>The kernel's id of the thread that runs it.</summary>
    internal int Thread;
    internal uint Stream;

    /// <summary>Python's identifier of that thread, as faulthandler names it.</summary>
    internal ulong Ident;

    /// <summary>1: the application said that this request must not run again. Cleared by the front with every request.</summary>
    internal uint NoReplay;
}

/// <summary>What the worker says of itself.</summary>
[StructLayout(LayoutKind.Sequential, Size = Scoreboard.LineSize)]
internal struct WorkerLine
{
    internal uint Magic;
    internal uint Slots;
    internal uint Pid;

    /// <summary>Requests that run, as the worker counts them.</summary>
    internal int Running;

    /// <summary>1 while a Python thread waits for the channel: a request sent now starts at once.</summary>
    internal int Waiting;

    /// <summary>Counts upward with every request taken; a worker that stands still while requests wait is stuck.</summary>
    internal uint Taken;

    /// <summary>Nanoseconds that requests waited for a thread to get the GIL back which it had given up in code of ours, all together. Counts upward.</summary>
    internal long GilWait;

    /// <summary>Pieces of answers' bodies that the front has read: it sets their bits, and the worker takes all at once.</summary>
    internal ulong AnswersRead;
}
