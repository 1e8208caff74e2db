using System.Runtime.InteropServices;

namespace Hotplate;

/// <summary>What the class library cannot do without, and whose refusal it tells by an exception from within; and what workers do without.</summary>
internal static partial class KernelCalls
{
    private const int EPOLL_CLOEXEC = 0x80000;
    private const int EFD_CLOEXEC = 0x80000;

    /// <summary>Null, or what to tell the user.</summary>
    internal static string? Problem()
    {
        var descriptor = epoll_create1(EPOLL_CLOEXEC);
        if (descriptor >= 0)
        {
            _ = close(descriptor);
            return null;
        }
        return $"HP607  the kernel refuses epoll ({Marshal.GetLastPInvokeErrorMessage()}), without which nothing can be served. Is there a filter of system calls, "
            + "or are too many files open? Allow epoll_create1, epoll_ctl and epoll_wait in the container's seccomp profile or systemd's SystemCallFilter.";
    }

    /// <summary>Null, or why the kernel refuses eventfd, which a filter does to workers as to the front.</summary>
    internal static string? EventRefusal()
    {
        var descriptor = eventfd(0, EFD_CLOEXEC);
        if (descriptor < 0)
        {
            return Marshal.GetLastPInvokeErrorMessage();
        }
        _ = close(descriptor);
        return null;
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int eventfd(uint value, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int epoll_create1(int flags);

    [LibraryImport("libc")]
    private static partial int close(int descriptor);
}
