using Hotplate.Worker.Link;
using Hotplate.Worker.Native;

namespace Hotplate.Worker;

/// <summary>When the process must end or must not act: the channel closed, or this is a child that the application forked.</summary>
internal static class Lifetime
{
    private static volatile bool forked;
    private static volatile bool finished;
    private static int descriptorSocket;

    /// <summary>This process is a fork of a worker: the channel is not its own.</summary>
    internal static bool Forked => forked;

    /// <summary>The loop has ended as it was asked to; Python runs its exit handlers.</summary>
    internal static bool Finished => finished;

    internal static void Finish() => finished = true;

    internal static int Channel { get; private set; }

    internal static void Open(int channel, int descriptors)
    {
        Channel = channel;
        descriptorSocket = descriptors;
    }

    /// <summary>A child has its own copies of our descriptors; closed, they cannot keep the channel open when the worker dies.</summary>
    internal static void Fork()
    {
        forked = true;
        Outbox.Fork();
        LaidBodies.Fork();
        _ = Libc.close(Channel);
        _ = Libc.close(descriptorSocket);
    }

    /// <summary>The front has gone or has let go of us. Nobody would read another byte, so nothing is worth finishing.</summary>
    internal static void ChannelClosed()
    {
        if (!finished)
        {
            Libc._exit(0);
        }
    }

    /// <summary>Called where a forked child came back to the loop: it must not answer its parent's requests.</summary>
    internal static void EndIfForked()
    {
        if (forked)
        {
            Libc._exit(0);
        }
    }
}
