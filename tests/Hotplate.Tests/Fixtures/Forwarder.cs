using System.Net;
using System.Net.Sockets;

namespace Hotplate.Tests.Fixtures;

/// <summary>A port that leads to another, which is told later: until then whoever connects waits.</summary>
internal sealed class Forwarder : IDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private TaskCompletionSource<IPEndPoint> target = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Forwarder()
    {
        listener.Start();
        _ = RunAsync();
    }

    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    public void LeadTo(int port)
    {
        var end = new IPEndPoint(IPAddress.Loopback, port);
        if (!target.TrySetResult(end))
        {
            target = new TaskCompletionSource<IPEndPoint>();
            target.SetResult(end);
        }
    }

    public void Dispose() => listener.Dispose();

    private async Task RunAsync()
    {
        try
        {
            while (true)
            {
                _ = PassAsync(await listener.AcceptSocketAsync());
            }
        }
        catch (Exception error) when (error is ObjectDisposedException or SocketException or InvalidOperationException)
        {
            // The test is over.
        }
    }

    private async Task PassAsync(Socket from)
    {
        using var to = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await to.ConnectAsync(await target.Task);
            await using var left = new NetworkStream(from, ownsSocket: true);
            await using var right = new NetworkStream(to);
            await Task.WhenAny(left.CopyToAsync(right), right.CopyToAsync(left));
        }
        catch (Exception error) when (error is IOException or SocketException)
        {
            from.Dispose();
        }
    }
}
