using System.Net.Sockets;
using Hotplate.Linux;
using Hotplate.Settings;
using Hotplate.Workers;

namespace Hotplate.Http;

/// <summary>A socket that was made by whoever started the server, and is shared with it: it goes on listening when the server is gone.</summary>
internal static class PassedListener
{
    /// <exception cref="ListenException">There is no such descriptor, or it is no socket that clients can connect to.</exception>
    internal static Socket Take(BindAddress bind, int descriptor)
    {
        Check(bind, descriptor);
        PassedSockets.KeepFromChildren(descriptor);
        var socket = new Socket(new SafeSocketHandle(descriptor, ownsHandle: true));
        if (socket.LocalEndPoint is null)
        {
            throw new ListenException(Unusable(bind, "the address of that socket cannot be read"));
        }
        return socket;
    }

    /// <summary>One of the server before this one.</summary>
    /// <exception cref="ListenException">There is no such descriptor.</exception>
    internal static Socket Take(BindAddress bind, HandedSocket handed)
    {
        if (handed.Path is null)
        {
            return Take(bind, handed.Descriptor);
        }
        Check(bind, handed.Descriptor);
        PassedSockets.KeepFromChildren(handed.Descriptor);
        return new UnixListenSocket(new SafeSocketHandle(handed.Descriptor, ownsHandle: true), handed.Path, handed.Inode);
    }

    /// <exception cref="ListenException">It could not be taken.</exception>
    internal static void Check(BindAddress bind, int descriptor)
    {
        if (Option(descriptor, Libc.SO_TYPE) is not { } type)
        {
            throw new ListenException(Unusable(bind, "no socket is open by that number"));
        }
        if (type != Libc.SOCK_STREAM || Option(descriptor, Libc.SO_ACCEPTCONN) is not 1)
        {
            throw new ListenException(Unusable(bind, "that socket does not listen (a socket unit needs ListenStream=, and Accept=no)"));
        }
        if (Option(descriptor, Libc.SO_DOMAIN) is not (Libc.AF_UNIX or Libc.AF_INET or Libc.AF_INET6))
        {
            throw new ListenException(Unusable(bind, "that socket is neither TCP's nor a Unix socket"));
        }
    }

    internal static string Missing(BindAddress bind, string name) =>
        $"HP309  {bind.Text}: systemd has passed no socket of that name. A socket unit's name is its FileDescriptorName=, by default {(name.EndsWith(".socket", StringComparison.Ordinal) ? name : name + ".socket")}; "
        + "start the socket unit, and the service by it.";

    private static string Unusable(BindAddress bind, string why) => $"HP309  {bind.Text}: {why}. Look at what starts the server: it must open the socket, listen, and pass it on.";

    private static unsafe int? Option(int descriptor, int name)
    {
        var value = 0;
        var size = (uint)sizeof(int);
        return Libc.getsockopt(descriptor, Libc.SOL_SOCKET, name, &value, &size) == 0 ? value : null;
    }
}
