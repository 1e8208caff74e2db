using System.Net.Sockets;
using Hotplate.Observability;

namespace Hotplate.Http;

/// <summary>A bound Unix socket whose file goes with it: only while the path still names that very file.</summary>
/// <remarks>
/// The class library removes whatever lies at the path by then, also the socket of a server that was started in this one's place. It knows of no
/// path when the socket was bound without it.
/// </remarks>
internal sealed class UnixListenSocket : Socket
{
    private readonly string? path;
    private readonly FileIdentity? identity;

    /// <param name="handle">Bound already.</param>
    /// <param name="path">Its file; null when it has none.</param>
    internal UnixListenSocket(SafeSocketHandle handle, string? path)
        : base(handle)
    {
        this.path = path;
        identity = path is null ? null : FileIdentity.Of(path);
    }

    /// <summary>Bound by the server before this one, whose it is until <see cref="Owns"/> says otherwise. What lies at the path by now may be neither's.</summary>
    internal UnixListenSocket(SafeSocketHandle handle, string path, ulong inode)
        : this(handle, FileIdentity.Of(path) is { } there && there.Inode == inode ? path : null) => Owns = false;

    /// <summary>The file goes with it.</summary>
    internal bool Owns { get; set; } = true;

    /// <summary>The file's number on its disk; 0 when it has none.</summary>
    internal ulong Inode => identity?.Inode ?? 0;

    /// <summary>Its path; null when it has none.</summary>
    internal string? Path => path;

    /// <summary>Its path names it, or it has none.</summary>
    internal bool IsReachable => identity is not { } ours || (FileIdentity.Of(path!) is { } there && there.IsSameFileAs(ours));

    protected override void Dispose(bool disposing)
    {
        // Before it is closed: who finds the file and is refused may take it for one that was left behind, and put its own there.
        if (disposing && Owns && identity is not null && IsReachable)
        {
            try
            {
                File.Delete(path!);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                // Its folder is closed to us by now: the next server takes it for what it is.
            }
        }
        base.Dispose(disposing);
    }
}
