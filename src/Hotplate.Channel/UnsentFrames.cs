using System.Runtime.InteropServices;

namespace Hotplate.Channel;

/// <summary>The frames that a worker has made and not sent yet, in memory that the front reads when the worker has died.</summary>
/// <remarks>
/// They leave together a moment later, since sending costs more than making them; a process that is killed before that has said them all the same.
/// Two boxes take turns: frames gather in one while what the other holds is sent. What lies in the one that is sent has a place in the channel's
/// bytes, so that the front knows from what it has received how much of it is left.
/// </remarks>
internal unsafe readonly struct UnsentFrames(byte* memory)
{
    /// <summary>Bytes of one box. Memory is used as far as frames gather, which is a few KiB, or 64 when there is much to send.</summary>
    internal const int BoxSize = 512 * 1024;

    /// <summary>Bytes of all of it: a page that says what is in the boxes, and the boxes.</summary>
    internal const int Size = Page + (2 * BoxSize);

    private const int Page = 4096;

    private readonly byte* memory = memory;

    internal bool IsThere => memory is not null;

    /// <summary>The box that frames gather in: 0 or 1. The other one's frames come first.</summary>
    internal ref int Gathering => ref *(int*)memory;

    internal UnsentBox* Box(int index) => (UnsentBox*)(memory + (Scoreboard.LineSize * (1 + index)));

    internal byte* Bytes(int index) => memory + Page + (index * BoxSize);

    /// <summary>Where it begins in the segment of a scoreboard of so many slots.</summary>
    internal static int OffsetFor(int slots) => (Scoreboard.SizeFor(slots) + Page - 1) / Page * Page;

    /// <summary>What a box holds. For the front: nothing is believed of what it says.</summary>
    internal ReadOnlySpan<byte> Read(int index) => new(Bytes(index), Math.Clamp(Volatile.Read(ref Box(index)->Length), 0, BoxSize));
}

/// <summary>What is in a box.</summary>
[StructLayout(LayoutKind.Sequential, Size = Scoreboard.LineSize)]
internal struct UnsentBox
{
    /// <summary>In <see cref="Position"/>: what is being sent did not fit into the box. Later frames would leave a gap behind them.</summary>
    internal const long Elsewhere = long.MaxValue;

    /// <summary>Of the box that is sent: how many bytes went over the channel before its first.</summary>
    internal long Position;

    /// <summary>Bytes in it: whole frames, but that one that is made longer ends here. 0 when they did not fit and are elsewhere.</summary>
    internal int Length;
}
