using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Hotplate;

/// <summary>Brings signals to the pool's threads. The class library starts a thread for each TERM, INT and QUIT, and ends the process when it gets none.</summary>
/// <remarks>
/// What the kernel refuses under a limit on processes must not make a stop a crash. So the runtime's thread for signals, which PosixSignalRegistration
/// has started, calls here instead of the class library. It is the native part's own entry, called once more.
/// </remarks>
internal static unsafe partial class SignalRelay
{
    private static readonly Action?[] Acts = new Action?[65];
    private static Action<int>? received;

    /// <summary>From now on these signals, for all of which there is a PosixSignalRegistration, are told to these and not to it.</summary>
    /// <param name="acts">By the signal's number. They run on the pool, in no certain order, and must not throw.</param>
    /// <param name="first">Gets each number before that, in the order in which they came. It must neither wait nor throw.</param>
    internal static void Take(IReadOnlyDictionary<int, Action> acts, Action<int> first)
    {
        Volatile.Write(ref received, first);
        foreach (var (number, act) in acts)
        {
            Volatile.Write(ref Acts[number], act);
        }
        try
        {
            SetHandler(&OnSignal);
        }
        catch (Exception error) when (error is EntryPointNotFoundException or DllNotFoundException)
        {
            // Another .NET: its own way goes on.
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int OnSignal(int number, int signal)
    {
        if (number is <= 0 or >= 65 || Volatile.Read(ref Acts[number]) is not { } act)
        {
            return 0;
        }
        Volatile.Read(ref received)?.Invoke(number);
        ThreadPool.UnsafeQueueUserWorkItem(static act => act(), act, preferLocal: false);
        return 1;
    }

    [LibraryImport("libSystem.Native", EntryPoint = "SystemNative_SetPosixSignalHandler")]
    private static partial void SetHandler(delegate* unmanaged[Cdecl]<int, int, int> handler);
}
