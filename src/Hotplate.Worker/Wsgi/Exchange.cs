using Hotplate.Channel;
using Hotplate.Worker.Native;

namespace Hotplate.Worker.Wsgi;

/// <summary>How far the application has come with a request.</summary>
internal enum Phase
{
    /// <summary>No request, or one that was answered.</summary>
    Idle = 0,

    /// <summary>Received, not taken.</summary>
    Queued = 1,

    /// <summary>The application runs; start_response was not called.</summary>
    Called = 2,

    /// <summary>start_response was called; nothing of the answer was sent.</summary>
    Started = 3,

    /// <summary>The head is on its way.</summary>
    HeadSent = 4,
}

/// <summary>One request of one scoreboard slot, from its arrival to the end of its answer. Native memory, reused by the slot's next request.</summary>
/// <remarks>
/// The application's thread owns it but for what the reader of the channel adds: <see cref="Credit"/>, <see cref="Abandoned"/> and the body.
/// <see cref="Signal"/> counts those up, and is what a thread that must wait for them waits on.
/// </remarks>
internal unsafe struct Exchange
{
    /// <summary>Bytes of an answer without a body that write() drops in silence where no Content-Length says how many are right.</summary>
    internal const long MostDropped = 1 << 20;

    internal ushort Slot;
    internal uint Sequence;
    internal uint Stream;
    internal int PhaseWord;

    /// <summary>CLOCK_MONOTONIC nanoseconds when the application was called.</summary>
    internal long RunningAt;

    /// <summary>The request is HEAD.</summary>
    internal bool IsHead;

    /// <summary>HEAD, 204, 205 or 304: whatever body the application gives is dropped.</summary>
    internal bool NoBody;

    /// <summary>The application gave a Content-Length; <see cref="LengthLeft"/> is what it still owes, or with <see cref="NoBody"/> how much more is dropped.</summary>
    internal bool HasLength;
    internal bool ToldOverlong;
    internal long LengthLeft;

    /// <summary>The response's head as a frame's payload.</summary>
    internal NativeBuffer Head;

    /// <summary>Where the next head is written, so that one that is refused leaves the former.</summary>
    internal NativeBuffer Spare;

    /// <summary>Text written to wsgi.errors without a newline yet.</summary>
    internal NativeBuffer LogLine;

    /// <summary>Bytes of response body that may be sent.</summary>
    internal long Credit;
    internal int Abandoned;
    internal int Signal;
    internal int Waiters;

    /// <summary>The request's body came or comes in frames of its own.</summary>
    internal bool HasBody;
    internal BodyPipe Body;

    internal Phase Phase
    {
        readonly get => (Phase)Volatile.Read(in PhaseWord);
        set => Volatile.Write(ref PhaseWord, (int)value);
    }

    internal readonly bool IsAbandoned => Volatile.Read(in Abandoned) != 0;

    /// <summary>What Python code knows a request by: the slot and the sequence number, so that a stale one is known.</summary>
    internal readonly ulong Token => Slot | ((ulong)Sequence << 16);

    /// <summary>Microseconds since the application was called, for the frame that ends the stream.</summary>
    internal readonly uint RanFor(long now) => (uint)Math.Clamp((now - RunningAt) / 1000, 0, uint.MaxValue);
}
