using System.Net.Sockets;
using System.Text;

namespace Hotplate.Tests.Fixtures;

/// <summary>A NOTIFY_SOCKET in systemd's place: the datagrams that come, in order.</summary>
internal sealed class NotifyListener : IDisposable
{
    private readonly Socket socket = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
    private readonly Lock gate = new();
    private readonly List<string> messages = [];

    /// <param name="address">A path, or @name.</param>
    public NotifyListener(string address)
    {
        socket.Bind(new UnixDomainSocketEndPoint(address[0] == '@' ? '\0' + address[1..] : address));
        _ = ReadAsync();
    }

    public IReadOnlyList<string> Messages
    {
        get
        {
            lock (gate)
            {
                return [.. messages];
            }
        }
    }

    /// <summary>Waits for a message that has this, after so many others.</summary>
    /// <returns>How many messages there are up to that one.</returns>
    public async Task<int> WaitForAsync(string part, int after = 0)
    {
        var at = -1;
        await Patience.UntilAsync(() => (at = Messages.Skip(after).ToList().FindIndex(message => message.Contains(part, StringComparison.Ordinal))) >= 0, $"{part} is told. There is:\n{string.Join("\n---\n", Messages)}");
        return after + at + 1;
    }

    public void Dispose() => socket.Dispose();

    private async Task ReadAsync()
    {
        var buffer = new byte[8192];
        try
        {
            while (true)
            {
                var n = await socket.ReceiveAsync(buffer);
                lock (gate)
                {
                    messages.Add(Encoding.UTF8.GetString(buffer, 0, n));
                }
            }
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }
}
