using System.Net.Sockets;
using Hotplate.Observability;
using Hotplate.Settings;

namespace Hotplate.Control;

/// <summary>Takes connections on the control socket, and hands those that may ask to the control API.</summary>
internal sealed class ControlServer : IDisposable
{
    private readonly ControlHost host;
    private readonly ILogger log;
    private readonly ControlSocketFile file;
    private readonly string? link;
    private readonly FileIdentity? linkIdentity;

    private ControlServer(ControlSocketFile file, string? link, ControlApi api, ILoggerFactory loggers, ILogger log)
    {
        this.file = file;
        this.link = link;
        linkIdentity = link is null ? null : FileIdentity.Of(link);
        host = new ControlHost(api, loggers);
        this.log = log;
    }

    /// <summary>Nobody finds it any more.</summary>
    internal bool IsLost => file.IsLost;

    /// <summary>Null when there is to be none, or no place of its own for it; then the log says why.</summary>
    /// <param name="follows">The server that this one follows may have the path.</param>
    /// <exception cref="ControlException">The path that was asked for cannot be used.</exception>
    internal static ControlServer? Start(
        ControlSettings settings, ControlApi api, ILoggerFactory loggers, ILogger log, bool follows = false)
    {
        if (settings.Socket is not { } path)
        {
            return null;
        }
        var folder = ControlFolder.Make(out var why);
        var own = folder is null ? null : Path.Combine(folder, ControlFolder.NameOf(Environment.ProcessId));
        if (folder is not null)
        {
            RemoveStale(folder);
        }
        ControlServer server;
        if (path != ControlSettings.Auto)
        {
            server = new ControlServer(ControlSocketFile.Create(path, follows), own is null ? null : Link(own, path), api, loggers, log);
        }
        else if (own is null)
        {
            log.NoControlSocket(why.Length == 0 ? "there is neither $XDG_RUNTIME_DIR nor /tmp" : why);
            return null;
        }
        else
        {
            try
            {
                server = new ControlServer(ControlSocketFile.Create(own, follows), null, api, loggers, log);
            }
            catch (ControlException error)
            {
                log.NoControlSocket(error.Message);
                return null;
            }
        }
        _ = server.AcceptAsync();
        return server;
    }

    public void Dispose()
    {
        // Servers of several containers that share /tmp may have one number.
        if (linkIdentity is { IsLink: true } ours && FileIdentity.Of(link!) is { } there && there.IsSameFileAs(ours))
        {
            ControlSocketFile.TryDelete(link!);
        }
        file.Dispose();
    }

    /// <summary>Returns when everybody who has asked has the answer, or does not take it.</summary>
    internal Task AnsweredAsync() => host.AnsweredAsync();

    /// <summary>So that a socket elsewhere is found by the process's number, too.</summary>
    private static string? Link(string own, string path)
    {
        try
        {
            ControlSocketFile.TryDelete(own);
            File.CreateSymbolicLink(own, path);
            return own;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Servers that were killed leave their sockets behind.</summary>
    private static void RemoveStale(string folder)
    {
        foreach (var socket in Directory.EnumerateFiles(folder, "*.sock").Where(static socket => !ControlSocketFile.Answers(socket)))
        {
            ControlSocketFile.TryDelete(socket);
        }
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            try
            {
                var peer = await file.Listener.AcceptAsync();
                if (IsTrusted(peer, out var user))
                {
                    host.Take(peer);
                }
                else
                {
                    log.ControlRefused(user);
                    peer.Dispose();
                }
            }
            catch (ObjectDisposedException)
            {
                return;
            }
            catch (SocketException error) when (error.SocketErrorCode is SocketError.OperationAborted or SocketError.InvalidArgument)
            {
                return;
            }
            catch (SocketException)
            {
                // No descriptors left, most likely. It passes.
                await Task.Delay(100);
            }
        }
    }

    /// <summary>The socket's mode lets nobody else in; this holds also when somebody has opened it.</summary>
    private static bool IsTrusted(Socket peer, out uint user)
    {
        user = PeerUser.Of(peer);
        return user == FileIdentity.Me || user == 0;
    }
}
