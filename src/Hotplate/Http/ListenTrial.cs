using System.Net.Sockets;
using Hotplate.Settings;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace Hotplate.Http;

/// <summary>Whether a server could listen at a place, tried without listening there and without touching a socket's file.</summary>
internal static class ListenTrial
{
    /// <summary>What a start would say; null: it would listen.</summary>
    internal static string? Explain(BindAddress bind)
    {
        try
        {
            if (bind.Descriptor is { } descriptor)
            {
                PassedListener.Check(bind, descriptor);
            }
            else if (bind.PassedName is not null)
            {
                // Whoever checks is not started by systemd: what the server will be passed is not known here.
            }
            else if (bind.UnixPath is { } path)
            {
                TryUnix(path);
            }
            else
            {
                // Bound for a moment, and closed before it listens: nobody can have connected.
                using var _ = Bind(bind);
            }
            return null;
        }
        catch (ListenException error)
        {
            return error.Message;
        }
    }

    private static Socket Bind(BindAddress bind)
    {
        try
        {
            return SocketTransportOptions.CreateDefaultBoundListenSocket(bind.EndPoint!);
        }
        catch (SocketException error)
        {
            throw new ListenException(Listeners.Explain(bind.EndPoint!, error), error);
        }
    }

    private static void TryUnix(string path)
    {
        if (path.StartsWith('@'))
        {
            UnixListener.Bind(path, mode: null).Dispose();
            return;
        }
        UnixListener.FindStale(path);
        var folder = Path.GetDirectoryName(path)!;
        if (!Reach.MayMakeIn(folder))
        {
            throw new ListenException($"HP302  unix:{path}: permission denied. Let this user write to {folder}, or choose another path with --bind.");
        }
    }
}
