using System.Net.Sockets;
using Hotplate.Linux;
using Hotplate.Observability;

namespace Hotplate.Control;

/// <summary>A control socket that listens, and its file: there from the moment it can be connected to, gone when it is disposed.</summary>
internal sealed class ControlSocketFile : IDisposable
{
    private readonly FileIdentity? identity;

    private ControlSocketFile(string path, Socket listener)
    {
        Path = path;
        Listener = listener;
        identity = FileIdentity.Of(path);
    }

    internal string Path { get; }

    internal Socket Listener { get; }

    /// <summary>There is another file at its path, or none.</summary>
    internal bool IsLost => identity is { } ours && FileIdentity.Of(Path)?.IsSameFileAs(ours) != true;

    /// <summary>Listens at a path, in place of a socket that a killed server left behind.</summary>
    /// <param name="follows">Or of one that this one follows.</param>
    /// <exception cref="ControlException">Another server listens there, or the path cannot be used.</exception>
    internal static ControlSocketFile Create(string path, bool follows = false)
    {
        if (HandedDescriptors.Take(HandedDescriptors.OfControl(path)) is var handed and >= 0)
        {
            return new ControlSocketFile(path, new Socket(new SafeSocketHandle(handed, ownsHandle: true)));
        }
        if (!follows && WhatIsAt(path) is { } wrong)
        {
            throw new ControlException(wrong);
        }
        var unfinished = $"{path}.{Environment.ProcessId}";
        var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            File.Delete(unfinished);
            listener.Bind(new UnixDomainSocketEndPoint(unfinished));
            File.SetUnixFileMode(unfinished, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            listener.Listen(16);
            // Only now under its name: whoever finds it there and is refused may take it for one that was left behind.
            File.Move(unfinished, path, overwrite: true);
            return new ControlSocketFile(path, listener);
        }
        catch (Exception error) when (error is SocketException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            listener.Dispose();
            throw new ControlException($"HP401  --control {path}: the socket cannot be made: {error.Message}. Choose another path.", error);
        }
    }

    /// <summary>Why no socket can be made at a path; null: nothing is there, or only what a killed server left behind.</summary>
    internal static string? WhatIsAt(string path) =>
        FileIdentity.Of(path) is not { } there ? null
        : !there.IsSocket && !there.IsLink ? $"HP401  --control {path}: there is a file that is no socket. Remove it, or choose another path."
        : Answers(path) ? $"HP402  --control {path}: another server listens there. Stop it, or choose another path."
        : null;

    /// <summary>True when someone listens there. Also when that cannot be seen: then it is none of ours to remove.</summary>
    internal static bool Answers(string path)
    {
        // A server that stands still takes nobody from its queue: when that is full, who waits in it waits for ever (unix(7): EAGAIN).
        using var probe = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { Blocking = false };
        try
        {
            probe.Connect(new UnixDomainSocketEndPoint(path));
            return true;
        }
        catch (SocketException error)
        {
            // AddressNotAvailable is ENOENT: a link whose socket is gone.
            return error.SocketErrorCode is not (SocketError.ConnectionRefused or SocketError.AddressNotAvailable);
        }
    }

    public void Dispose()
    {
        // Another server may have taken the path meanwhile, after somebody removed ours.
        if (identity is { } ours && FileIdentity.Of(Path) is { } there && there.IsSameFileAs(ours))
        {
            TryDelete(Path);
        }
        Listener.Dispose();
    }

    internal static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Its folder is gone or closed to us: then it can do no harm.
        }
    }
}
