using System.Net.Sockets;

namespace Hotplate.Http;

/// <summary>Binds a Unix socket to a path, in place of a socket file that nobody listens on any more.</summary>
internal static class UnixListener
{
    /// <exception cref="ListenException">Something else is there, or the path cannot be used.</exception>
    internal static Socket Bind(string path, UnixFileMode? mode)
    {
        UnixDomainSocketEndPoint endPoint;
        try
        {
            endPoint = new UnixDomainSocketEndPoint(path);
        }
        catch (ArgumentException e)
        {
            throw new ListenException($"HP306  unix:{path}: the path is too long for a socket; the kernel takes 107 bytes. Choose a shorter one.", e);
        }
        RemoveStale(path, endPoint);
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Bind(endPoint);
            if (mode is { } bits)
            {
                // Before listening starts: until then nobody can connect, whatever the umask left open.
                File.SetUnixFileMode(path, bits);
            }
            return socket;
        }
        catch (Exception e) when (e is SocketException or IOException or UnauthorizedAccessException)
        {
            socket.Dispose();
            throw new ListenException(Explain(path, e), e);
        }
    }

    /// <summary>Kestrel never starts over a socket file that a killed process left behind; users expect that it does.</summary>
    private static void RemoveStale(string path, UnixDomainSocketEndPoint endPoint)
    {
        var file = new FileInfo(path);
        if (!file.Exists && file.LinkTarget is null && !Directory.Exists(path))
        {
            return;
        }
        using var probe = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            probe.Connect(endPoint);
            throw new ListenException($"HP305  unix:{path}: another server listens there. Stop it, or choose another path with --bind.");
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionRefused && IsSocket(path))
        {
            File.Delete(path);
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
        SocketException { SocketErrorCode: SocketError.AddressNotAvailable } =>
            $"HP306  unix:{path}: the directory is not there. Create {Path.GetDirectoryName(path)}, or choose another path with --bind.",
        _ => $"HP304  unix:{path}: cannot listen: {e.Message}.",
    };
}
