using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Hotplate.Worker.Native;

/// <summary>What we use of the C library, under its own names. Calls that return at once do without the switch to preemptive mode.</summary>
internal static unsafe partial class Libc
{
    private const string C = "libc";

    internal const int MSG_DONTWAIT = 0x40;
    internal const int MSG_NOSIGNAL = 0x4000;
    internal const int MSG_CMSG_CLOEXEC = 0x40000000;
    internal const int EINTR = 4;
    internal const int EAGAIN = 11;
    internal const int ETIMEDOUT = 110;
    internal const short POLLIN = 1;
    internal const short POLLOUT = 4;
    internal const int SEEK_END = 2;
    internal const int O_RDONLY_CLOEXEC = 0x80000;

    [StructLayout(LayoutKind.Sequential)]
    internal struct TimeSpec
    {
        internal long Seconds;
        internal long Nanoseconds;
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct IoVector
    {
        internal byte* Base;
        internal nint Length;
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct MessageHeader
    {
        internal void* Name;
        internal uint NameLength;
        internal IoVector* Vectors;
        internal nint VectorCount;
        internal void* Control;
        internal nint ControlLength;
        internal int Flags;
    }

    [StructLayout(LayoutKind.Sequential)]
    internal struct PollFd
    {
        internal int Fd;
        internal short Events;
        internal short Returned;
    }

    [DllImport(C), SuppressGCTransition]
    internal static extern void* dlsym(void* library, byte* name);

    [DllImport(C), SuppressGCTransition]
    internal static extern int* __errno_location();

    [DllImport(C), SuppressGCTransition]
    internal static extern int clock_gettime(int clock, TimeSpec* time);

    [DllImport(C), SuppressGCTransition]
    internal static extern int memcmp(byte* a, byte* b, nint count);

    [DllImport(C)]
    internal static extern void* malloc(nint size);

    [DllImport(C)]
    internal static extern void* calloc(nint count, nint size);

    [DllImport(C)]
    internal static extern void* realloc(void* memory, nint size);

    [DllImport(C)]
    internal static extern void free(void* memory);

    [DllImport(C)]
    internal static extern nint recv(int fd, byte* to, nint count, int flags);

    [DllImport(C)]
    internal static extern nint sendmsg(int fd, MessageHeader* message, int flags);

    [DllImport(C)]
    internal static extern nint recvmsg(int fd, MessageHeader* message, int flags);

    [DllImport(C)]
    internal static extern int poll(PollFd* fds, nint count, int milliseconds);

    [DllImport(C)]
    internal static extern nint pread(int fd, byte* to, nint count, long offset);

    [DllImport(C)]
    internal static extern nint read(int fd, byte* to, nint count);

    [DllImport(C)]
    internal static extern nint write(int fd, byte* from, nint count);

    [DllImport(C)]
    internal static extern int open(byte* path, int flags);

    [DllImport(C)]
    internal static extern int close(int fd);

    [DllImport(C)]
    internal static extern long lseek(int fd, long offset, int whence);

    [DllImport(C)]
    internal static extern byte* mmap(void* at, nint length, int protection, int flags, int fd, long offset);

    [DllImport(C)]
    internal static extern int getpid();

    [DllImport(C)]
    internal static extern int gettid();

    [DllImport(C)]
    internal static extern int sched_yield();

    [DllImport(C)]
    internal static extern nint pthread_self();

    [DllImport(C)]
    internal static extern int pthread_detach(nint thread);

    [DllImport(C)]
    internal static extern void _exit(int status);

    [DllImport(C)]
    internal static extern int pthread_create(nint* thread, void* attributes, delegate* unmanaged<void*, void*> start, void* argument);

    [DllImport(C)]
    internal static extern int pthread_sigmask(int how, ulong* set, ulong* old);

    [DllImport(C)]
    internal static extern int raise(int signal);

    [DllImport(C)]
    internal static extern int ftruncate(int fd, long length);

    [DllImport(C)]
    internal static extern int eventfd(uint value, int flags);

    [DllImport(C)]
    internal static extern int pipe2(int* ends, int flags);

    [DllImport(C, EntryPoint = "syscall")]
    private static extern nint futex(nint number, int* word, nint operation, nint value, TimeSpec* timeout, void* word2, nint value3);

    internal static int Errno => *__errno_location();

    /// <summary>CLOCK_MONOTONIC in nanoseconds, as on the scoreboard.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static long Now()
    {
        TimeSpec time;
        _ = clock_gettime(1, &time);
        return (time.Seconds * 1_000_000_000) + time.Nanoseconds;
    }

    private static nint FutexNumber => RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 98 : 202;

    /// <summary>Waits until woken, while <paramref name="word"/> holds <paramref name="value"/>; for ever when <paramref name="nanoseconds"/> is negative.</summary>
    internal static void FutexWait(int* word, int value, long nanoseconds = -1)
    {
        var timeout = new TimeSpec { Seconds = nanoseconds / 1_000_000_000, Nanoseconds = nanoseconds % 1_000_000_000 };
        _ = futex(FutexNumber, word, 128 /* WAIT, private */, value, nanoseconds < 0 ? null : &timeout, null, 0);
    }

    internal static void FutexWake(int* word, int count) => _ = futex(FutexNumber, word, 129 /* WAKE, private */, count, null, null, 0);
}
