using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Hotplate.Worker.Native;

/// <summary>A lock of one word in native memory: 0 free, 1 held, 2 held and waited for.</summary>
internal unsafe struct Gate
{
    private int word;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal bool TryEnter() => Interlocked.CompareExchange(ref word, 1, 0) == 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void Enter()
    {
        if (Interlocked.CompareExchange(ref word, 1, 0) != 0)
        {
            EnterSlowly();
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void Exit()
    {
        if (Interlocked.Exchange(ref word, 0) == 2)
        {
            Libc.FutexWake((int*)Unsafe.AsPointer(ref word), 1);
        }
    }

    internal readonly bool IsHeld => Volatile.Read(in word) != 0;

    private void EnterSlowly()
    {
        // What these locks guard takes well under a microsecond, unless the holder was preempted or (the sender's) is in a send.
        for (var turn = 0; turn < 40; turn++)
        {
            Pause();
            if (Interlocked.CompareExchange(ref word, 1, 0) == 0)
            {
                return;
            }
        }
        while (Interlocked.Exchange(ref word, 2) != 0)
        {
            Libc.FutexWait((int*)Unsafe.AsPointer(ref word), 2);
        }
    }

    private static void Pause()
    {
        for (var i = 0; i < 10; i++)
        {
            if (X86Base.IsSupported)
            {
                X86Base.Pause();
            }
            else if (ArmBase.IsSupported)
            {
                ArmBase.Yield();
            }
        }
    }
}
