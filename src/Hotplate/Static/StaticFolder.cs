using System.Runtime.InteropServices;
using System.Text;
using Hotplate.Linux;
using Microsoft.Win32.SafeHandles;

namespace Hotplate.Static;

/// <summary>The folder whose files are served, and the only way into it.</summary>
/// <remarks>
/// The kernel itself keeps to the folder (openat2(2), RESOLVE_BENEATH): links that lead out of it, and all links that are absolute, are not
/// followed. A kernel or a filter without that call gets a walk that follows no link at all. The folder is opened for each file, since a
/// deployment may put another one in its place.
/// </remarks>
internal sealed unsafe class StaticFolder(string path, bool mayAskKernel = true)
{
    // Opening a FIFO, or a device that is not ready, would wait for ever without the second.
    private const int ToRead = Libc.O_RDONLY | Libc.O_NONBLOCK | Libc.O_CLOEXEC | Libc.O_NOCTTY;

    // openat2(2): EAGAIN when something was renamed meanwhile, which may be asked again.
    private const int MostTries = 16;

    private volatile bool hasOpenBeneath = mayAskKernel;

    internal string Path { get; } = path;

    /// <summary>Null: there is no such file, or none that may be given. May wait for the disk.</summary>
    /// <param name="name">Relative, without "." and ".." segments; empty: the folder itself.</param>
    /// <param name="error">Why not: errno, or 0 when it is neither a file nor a folder.</param>
    internal StaticFile? Open(ReadOnlySpan<byte> name, out int error)
    {
        error = 0;
        var root = Libc.open(Path, Libc.O_PATH | Libc.O_DIRECTORY | Libc.O_CLOEXEC, 0);
        if (root < 0)
        {
            error = Marshal.GetLastPInvokeError();
            // The one file of a route.
            return error == Libc.ENOTDIR ? Of(Libc.open(Path, ToRead, 0), out error) : null;
        }
        try
        {
            Span<byte> ended = name.Length < 1024 ? stackalloc byte[name.Length + 2] : new byte[name.Length + 2];
            ended.Clear();
            if (name.IsEmpty)
            {
                ended[0] = (byte)'.';
            }
            name.CopyTo(ended);
            return Of(OpenBelow(root, ended), out error);
        }
        finally
        {
            _ = Libc.close(root);
        }
    }

    internal StaticFile? Open(string name, out int error) => Open(Encoding.UTF8.GetBytes(name), out error);

    private int OpenBelow(int root, ReadOnlySpan<byte> ended)
    {
        fixed (byte* name = ended)
        {
            for (var tries = 0; hasOpenBeneath && tries < MostTries; tries++)
            {
                var descriptor = Libc.OpenBeneath(root, name, ToRead);
                var refused = descriptor < 0 ? Marshal.GetLastPInvokeError() : 0;
                if (refused is Libc.ENOSYS or Libc.EPERM)
                {
                    // No file is refused with either of them: the call is.
                    hasOpenBeneath = false;
                }
                else if (refused is not (Libc.EAGAIN or Libc.EINTR))
                {
                    return descriptor;
                }
            }
        }
        return hasOpenBeneath ? -1 : Walk(root, ended);
    }

    private static int Walk(int root, ReadOnlySpan<byte> ended)
    {
        // NAME_MAX is 255.
        Span<byte> segment = stackalloc byte[256];
        var at = root;
        var name = ended[..ended.IndexOf((byte)0)];
        try
        {
            while (true)
            {
                var slash = name.IndexOf((byte)'/');
                var isLast = slash < 0 || slash == name.Length - 1;
                var length = slash < 0 ? name.Length : slash;
                if (length >= segment.Length)
                {
                    Marshal.SetLastPInvokeError(Libc.ENAMETOOLONG);
                    return -1;
                }
                segment.Clear();
                name[..length].CopyTo(segment);
                var flags = (isLast ? ToRead : Libc.O_PATH | Libc.O_CLOEXEC) | Libc.O_NOFOLLOW | (slash >= 0 ? Libc.O_DIRECTORY : 0);
                int next;
                fixed (byte* one = segment)
                {
                    next = Libc.openat(at, one, flags, 0);
                }
                if (next < 0 || isLast)
                {
                    return next;
                }
                Leave(at);
                at = next;
                name = name[(slash + 1)..];
            }
        }
        finally
        {
            Leave(at);
        }

        void Leave(int descriptor)
        {
            if (descriptor != root)
            {
                var error = Marshal.GetLastPInvokeError();
                _ = Libc.close(descriptor);
                Marshal.SetLastPInvokeError(error);
            }
        }
    }

    private static StaticFile? Of(int descriptor, out int error)
    {
        error = descriptor < 0 ? Marshal.GetLastPInvokeError() : 0;
        if (descriptor < 0)
        {
            return null;
        }
        var handle = new SafeFileHandle(descriptor, ownsHandle: true);
        if (Libc.StatusOf(descriptor) is { } status && (status.IsRegular || status.IsFolder))
        {
            return new StaticFile(handle, status);
        }
        handle.Dispose();
        return null;
    }
}
