using System.ComponentModel;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Hotplate.Linux;
using Hotplate.Observability;
using Hotplate.Workers;

namespace Hotplate.Http;

/// <summary>Binds a Unix socket to a path, in place of a socket file that nobody listens on any more.</summary>
internal static class UnixListener
{
    /// <summary>What clients connect to; of an abstract name, <c>@name</c>, the one with a zero in front.</summary>
    internal static UnixDomainSocketEndPoint EndPointOf(string path) => new(path.StartsWith('@') ? '\0' + path[1..] : path);

    /// <exception cref="ListenException">Something else is there, or the path cannot be used.</exception>
    internal static UnixListenSocket Bind(string path, UnixFileMode? mode)
    {
        SocketAddress address;
        try
        {
            address = EndPointOf(path).Serialize();
        }
        catch (ArgumentException e)
        {
            throw new ListenException($"HP306  unix:{path}: the path is too long for a socket; the kernel takes 107 bytes. Choose a shorter one.", e);
        }
        var isAbstract = path.StartsWith('@');
        if (!isAbstract)
        {
            FindStale(path)?.Delete();
        }
        var handle = new SafeSocketHandle(Libc.socket(Libc.AF_UNIX, Libc.SOCK_STREAM | Libc.SOCK_CLOEXEC, 0), ownsHandle: true);
        try
        {
            BindTo(handle, address);
            if (mode is { } bits)
            {
                // Before listening starts: until then nobody can connect, whatever the umask left open.
                File.SetUnixFileMode(path, bits);
            }
            return new UnixListenSocket(handle, isAbstract ? null : path);
        }
        catch (Exception e) when (e is SocketException or IOException or UnauthorizedAccessException)
        {
            handle.Dispose();
            throw new ListenException(Explain(path, e), e);
        }
    }

    private static unsafe void BindTo(SafeSocketHandle handle, SocketAddress address)
    {
        if (handle.IsInvalid)
        {
            throw new SocketException();
        }
        fixed (byte* bytes = address.Buffer.Span)
        {
            if (Libc.bind((int)handle.DangerousGetHandle(), bytes, (uint)address.Size) != 0)
            {
                throw Marshal.GetLastPInvokeError() switch
                {
                    Libc.EACCES or Libc.EPERM or Libc.EROFS => new SocketException((int)SocketError.AccessDenied),
                    Libc.ENOENT or Libc.ENOTDIR => new SocketException((int)SocketError.AddressNotAvailable),
                    Libc.EADDRINUSE => new SocketException((int)SocketError.AddressAlreadyInUse),
                    var other => new IOException(new Win32Exception(other).Message),
                };
            }
        }
    }

    /// <summary>Kestrel never starts over a socket file that a killed process left behind; users expect that it does. Null: nothing is there.</summary>
    /// <exception cref="ListenException">Something is there that is in use, or no socket.</exception>
    internal static FileInfo? FindStale(string path)
    {
        if (FileIdentity.Of(path) is not { } found)
        {
            return null;
        }
        // A server that stands still takes nobody from its queue: when that is full, who waits in it waits for ever (unix(7): EAGAIN).
        using var probe = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { Blocking = false };
        try
        {
            probe.Connect(EndPointOf(path));
            throw InUse(path);
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.WouldBlock)
        {
            throw InUse(path);
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionRefused && IsSocket(path))
        {
            // What was put there meanwhile is somebody's who is about to listen.
            return FileIdentity.Of(path) is { } there && there.IsSameFileAs(found) ? new FileInfo(path) : null;
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionRefused)
        {
            throw new ListenException($"HP306  unix:{path}: there is a file that is no socket. Remove it, or choose another path with --bind.", e);
        }
        catch (SocketException e)
        {
            throw new ListenException(Explain(path, e), e);
        }
    }

    private static ListenException InUse(string path) =>
        new($"HP305  unix:{path}: another server listens there. Stop it, or choose another path with --bind.");

    // .NET tells sockets from files only by what a file can do: a socket cannot be opened (ENXIO), as root too.
    private static bool IsSocket(string path)
    {
        try
        {
            using var file = File.OpenHandle(path);
            return false;
        }
        catch (UnauthorizedAccessException)
        {
            return false;
        }
        catch (IOException)
        {
            return true;
        }
    }

    private static string Explain(string path, Exception e) => e switch
    {
        SocketException { SocketErrorCode: SocketError.AccessDenied } or UnauthorizedAccessException =>
            $"HP302  unix:{path}: permission denied. Let this user write to {Path.GetDirectoryName(path)}, or choose another path with --bind.",
        SocketException { SocketErrorCode: SocketError.AddressAlreadyInUse } =>
            $"HP305  unix:{path}: another server listens there. Stop it, or choose another path with --bind.",
        SocketException { SocketErrorCode: SocketError.AddressNotAvailable } =>
            $"HP306  unix:{path}: the directory is not there. Create {Path.GetDirectoryName(path)}, or choose another path with --bind.",
        _ => $"HP304  unix:{path}: cannot listen: {e.Message}.",
    };
}
