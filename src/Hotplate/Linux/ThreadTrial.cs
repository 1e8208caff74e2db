using System.Runtime.InteropServices;

namespace Hotplate.Linux;

/// <summary>Whether the kernel lets this process have more threads: they are started, and end again.</summary>
/// <remarks>Not .NET's, whose start waits for each to run: while the machine is busy that is most of a start.</remarks>
internal static unsafe partial class ThreadTrial
{
    private const int StackSize = 64 * 1024;

    /// <summary>Larger than the sem_t of any C library: 32 bytes.</summary>
    private const int SemaphoreSize = 64;

    /// <returns>How many could be started, all of them at a time.</returns>
    internal static int Count(int wanted)
    {
        // Each waits for the semaphore, in the C library's own function, and returns.
        if (!NativeLibrary.TryLoad("libc.so.6", out var library) || !NativeLibrary.TryGetExport(library, "sem_wait", out var wait))
        {
            return wanted;
        }
        var semaphore = NativeMemory.AllocZeroed(SemaphoreSize);
        var attributes = stackalloc byte[128];
        _ = sem_init(semaphore, 0, 0);
        _ = pthread_attr_init(attributes);
        _ = pthread_attr_setstacksize(attributes, StackSize);
        var threads = new nuint[wanted];
        var count = 0;
        fixed (nuint* thread = threads)
        {
            while (count < wanted && pthread_create(thread + count, attributes, wait, semaphore) == 0)
            {
                count++;
            }
        }
        for (var i = 0; i < count; i++)
        {
            _ = sem_post(semaphore);
        }
        for (var i = 0; i < count; i++)
        {
            _ = pthread_join(threads[i], null);
        }
        _ = pthread_attr_destroy(attributes);
        NativeMemory.Free(semaphore);
        return count;
    }

    [LibraryImport("libc")]
    private static partial int pthread_create(nuint* thread, byte* attributes, nint start, void* argument);

    [LibraryImport("libc")]
    private static partial int pthread_join(nuint thread, void** result);

    [LibraryImport("libc")]
    private static partial int pthread_attr_init(byte* attributes);

    [LibraryImport("libc")]
    private static partial int pthread_attr_setstacksize(byte* attributes, nuint size);

    [LibraryImport("libc")]
    private static partial int pthread_attr_destroy(byte* attributes);

    [LibraryImport("libc")]
    private static partial int sem_init(void* semaphore, int shared, uint value);

    [LibraryImport("libc")]
    private static partial int sem_post(void* semaphore);
}
