using System.Net.Sockets;
using Hotplate.Observability;
using Hotplate.Settings;

namespace Hotplate.Control;

/// <summary>Answers on the control socket: one line comes, one line goes, then the connection is closed.</summary>
internal sealed class ControlServer : IDisposable
{
    private const int LongestQuestion = 4096;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private readonly ControlCommands commands;
    private readonly ILogger log;
    private readonly ControlSocketFile file;
    private readonly string? link;
    private readonly FileIdentity? linkIdentity;
    private int asking;

    private ControlServer(ControlSocketFile file, string? link, ControlCommands commands, ILogger log)
    {
        this.file = file;
        this.link = link;
        linkIdentity = link is null ? null : FileIdentity.Of(link);
        this.commands = commands;
        this.log = log;
    }

    /// <summary>Nobody finds it any more.</summary>
    internal bool IsLost => file.IsLost;

    /// <summary>Null when there is to be none, or no place of its own for it; then the log says why.</summary>
    /// <param name="follows">The server that this one follows may have the path.</param>
    /// <exception cref="ControlException">The path that was asked for cannot be used.</exception>
    internal static ControlServer? Start(ControlSettings settings, ControlCommands commands, ILogger log, bool follows = false)
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
            server = new ControlServer(ControlSocketFile.Create(path, follows), own is null ? null : Link(own, path), commands, log);
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
                server = new ControlServer(ControlSocketFile.Create(own, follows), null, commands, log);
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
    internal async Task AnsweredAsync()
    {
        for (var waited = 0; waited < 50 && Volatile.Read(ref asking) > 0; waited++)
        {
            await Task.Delay(20);
        }
    }

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
                // Answers are made on the pool: this is the socket engine's thread.
                _ = Task.Run(() => ServeAsync(peer));
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

    private async Task ServeAsync(Socket peer)
    {
        using var _ = peer;
        Interlocked.Increment(ref asking);
        try
        {
            if (!IsTrusted(peer, out var user))
            {
                log.ControlRefused(user);
                return;
            }
            var question = await ReadAsync(peer);
            await Task.Yield(); // off the socket engine's thread
            var answer = question is null
                ? new ControlMessage { Code = 1, Message = "HP406  that is no question as docs/control.md has them." }
                : await commands.AnswerAsync(question);
            using var patience = new CancellationTokenSource(Patience);
            ReadOnlyMemory<byte> rest = answer.ToLine();
            while (!rest.IsEmpty)
            {
                rest = rest[await peer.SendAsync(rest, patience.Token)..];
            }
        }
        catch (Exception error) when (error is SocketException or OperationCanceledException)
        {
            // Whoever asked has gone.
        }
        catch (Exception error)
        {
            log.ControlDefect(error);
        }
        finally
        {
            Interlocked.Decrement(ref asking);
        }
    }

    private static async Task<ControlMessage?> ReadAsync(Socket peer)
    {
        using var patience = new CancellationTokenSource(Patience);
        var line = new byte[LongestQuestion];
        var length = 0;
        while (length < line.Length)
        {
            var n = await peer.ReceiveAsync(line.AsMemory(length), patience.Token);
            var end = line.AsSpan(length, n).IndexOf((byte)'\n');
            if (end >= 0)
            {
                return ControlMessage.FromLine(line.AsSpan(0, length + end));
            }
            if (n == 0)
            {
                return null;
            }
            length += n;
        }
        return null;
    }

    /// <summary>The socket's mode lets nobody else in; this holds also when somebody has opened it.</summary>
    private static bool IsTrusted(Socket peer, out uint user)
    {
        user = PeerUser.Of(peer);
        return user == FileIdentity.Me || user == 0;
    }
}
