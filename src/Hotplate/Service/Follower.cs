using System.Net.Sockets;
using Hotplate.Settings;

namespace Hotplate.Service;

/// <summary>This server follows another one, which serves until this one has shown that it can: its end of the stream between them.</summary>
internal sealed class Follower : IDisposable
{
    private readonly Socket socket;
    private readonly StreamReader reader;
    private bool over;

    private Follower(Handover handover)
    {
        Handover = handover;
        socket = new Socket(new SafeSocketHandle(handover.Channel, ownsHandle: true));
        reader = new StreamReader(new NetworkStream(socket, ownsSocket: false));
    }

    internal Handover Handover { get; }

    /// <summary>Null: it follows none.</summary>
    internal static Follower? Of(IReadOnlyDictionary<string, string> environment) => Handover.Of(environment) is { } handover ? new Follower(handover) : null;

    /// <summary>Its workers serve, and nobody has been accepted yet. Returns when it is its turn; false: the other one is gone, or does without it.</summary>
    internal async Task<bool> ReadyAsync(CancellationToken giveUp)
    {
        Say("ready");
        try
        {
            return await reader.ReadLineAsync(giveUp) == "go";
        }
        catch (Exception error) when (error is IOException or OperationCanceledException)
        {
            return false;
        }
    }

    /// <summary>It serves in the other one's place.</summary>
    internal void Took()
    {
        Say("took");
        over = true;
    }

    /// <summary>It will not serve. Nothing after the first time, nor once it has served.</summary>
    internal void Fail(string why)
    {
        if (!over)
        {
            over = true;
            Say($"failed\n{why}");
        }
    }

    public void Dispose()
    {
        reader.Dispose();
        socket.Dispose();
    }

    private void Say(string lines)
    {
        try
        {
            socket.Send(System.Text.Encoding.UTF8.GetBytes(lines + '\n'));
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // It is gone, which shows when it is listened to.
        }
    }
}
