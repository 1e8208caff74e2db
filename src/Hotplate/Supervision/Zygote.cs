using System.ComponentModel;
using System.Net.Sockets;
using Hotplate.Linux;
using Hotplate.Settings;
using Hotplate.Workers;

namespace Hotplate.Supervision;

/// <summary>The Python process whose children all workers of one generation are, and the socket over which it is told what to do.</summary>
/// <remarks>docs/architecture.md has the messages. One message is one JSON object in one packet; descriptors ride along.</remarks>
internal sealed unsafe class Zygote : IDisposable
{
    private const int ControlDescriptor = 3;
    private readonly Socket control;
    private readonly SafeSocketHandle handle;

    /// <param name="pid">A child of this process, which is waited for and perhaps killed.</param>
    /// <param name="socket">Our end of the control socket.</param>
    internal Zygote(int pid, int socket)
    {
        Pid = pid;
        handle = new SafeSocketHandle(socket, ownsHandle: true);
        control = new Socket(handle);
    }

    // HUP, INT, USR1, USR2, TERM, TTIN, TTOU: work.py passes them over. Whoever sends them to all processes (systemd, a supervisor) means the front.
    private static ReadOnlySpan<int> PassedOver => [1, 2, 10, 12, 15, 21, 22];

    internal int Pid { get; }

    /// <summary>Starts the app's Python. Its standard streams go to the pump.</summary>
    /// <exception cref="Win32Exception">The interpreter cannot be started.</exception>
    internal static Zygote Start(AppSettings app, string boot, int stdout, int stderr)
    {
        var (pid, socket) = Spawn(app, boot, stdout, stderr);
        return new Zygote(pid, socket);
    }

    /// <summary>The process, and our end of its control socket.</summary>
    /// <exception cref="Win32Exception">The interpreter cannot be started.</exception>
    internal static (int Pid, int Socket) Spawn(AppSettings app, string boot, int stdout, int stderr)
    {
        var pair = stackalloc int[2];
        if (Libc.socketpair(Libc.AF_UNIX, Libc.SOCK_SEQPACKET | Libc.SOCK_CLOEXEC, 0, pair) != 0)
        {
            throw new Win32Exception();
        }
        try
        {
            string[] arguments = [app.Python, "-u", boot, ControlDescriptor.ToString(System.Globalization.CultureInfo.InvariantCulture)];
            var pid = ChildProcess.Start(arguments, AppEnvironment.For(app), app.Directory, [stdout, stderr, pair[1]], PassedOver);
            return (pid, pair[0]);
        }
        catch
        {
            _ = Libc.close(pair[0]);
            throw;
        }
        finally
        {
            _ = Libc.close(pair[1]);
        }
    }

    internal void Send(ZygoteCommand command, params ReadOnlySpan<int> descriptors)
    {
        var text = command.ToJson();
        var held = false;
        try
        {
            // A closed descriptor's number soon belongs to somebody else.
            handle.DangerousAddRef(ref held);
            fixed (byte* bytes = text)
            {
                _ = DescriptorSocket.SendMessage((int)handle.DangerousGetHandle(), bytes, text.Length, descriptors, 0);
            }
        }
        catch (ObjectDisposedException)
        {
            // It is gone, and what it was to do is done anew by the next one.
        }
        finally
        {
            if (held)
            {
                handle.DangerousRelease();
            }
        }
    }

    /// <summary>What the zygote tells, in order, until it is gone.</summary>
    internal async IAsyncEnumerable<ZygoteEvent> EventsAsync()
    {
        var buffer = new byte[64 * 1024];
        var wasReset = false;
        while (true)
        {
            int n;
            try
            {
                n = await control.ReceiveAsync(buffer, SocketFlags.None);
            }
            catch (SocketException error) when (error.SocketErrorCode == SocketError.ConnectionReset && !wasReset)
            {
                // It went with commands unread. The kernel tells that once, and before what it had said.
                wasReset = true;
                continue;
            }
            catch (SocketException)
            {
                n = 0;
            }
            catch (ObjectDisposedException)
            {
                n = 0;
            }
            if (n == 0)
            {
                yield break;
            }
            if (ZygoteEvent.FromJson(buffer.AsSpan(0, n)) is { } said)
            {
                yield return said;
            }
        }
    }

    /// <summary>How it ended: waitpid(2)'s status; null when it has not, or someone else has waited for it.</summary>
    internal int? TryReap()
    {
        int status;
        return Libc.waitpid(Pid, &status, 1 /* WNOHANG */) == Pid ? status : Reaper.StatusOf(Pid);
    }

    internal void Kill() => _ = Libc.kill(Pid, 9);

    public void Dispose() => control.Dispose();
}
