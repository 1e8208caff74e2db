using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using Hotplate.Apps;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;

namespace Hotplate.Http;

/// <summary>A client's connection as Kestrel sees it, over a <see cref="ClientSocket"/>.</summary>
internal sealed class SocketConnection : ConnectionContext, IDuplexPipe, IConnectionIdFeature, IConnectionTransportFeature,
    IConnectionItemsFeature,
    IConnectionLifetimeFeature, IConnectionEndPointFeature, IConnectionSocketFeature, IMemoryPoolFeature
{
    private static long made;
    private readonly ClientSocket socket;
    private readonly CancellationTokenSource gone = new();
    private readonly TaskCompletionSource told = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private IDictionary<object, object?>? items;

    internal SocketConnection(Socket socket, int mostUnsent)
    {
        this.socket = new ClientSocket(socket, mostUnsent, TellGone);
        ConnectionClosed = gone.Token;
        LocalEndPoint = socket.LocalEndPoint;
        RemoteEndPoint = socket.RemoteEndPoint;
        Transport = this;
        var features = new FeatureCollection(16);
        features.Set<IConnectionIdFeature>(this);
        features.Set<IConnectionTransportFeature>(this);
        features.Set<IConnectionItemsFeature>(this);
        features.Set<IConnectionLifetimeFeature>(this);
        features.Set<IConnectionEndPointFeature>(this);
        features.Set<IConnectionSocketFeature>(this);
        features.Set<IMemoryPoolFeature>(this);
        Features = features;
        this.socket.Start();
    }

    public override string ConnectionId { get; set; } = Interlocked.Increment(ref made).ToString("X", CultureInfo.InvariantCulture);

    public override IFeatureCollection Features { get; }

    public override IDictionary<object, object?> Items
    {
        get => items ??= new ConnectionItems();
        set => items = value;
    }

    public override IDuplexPipe Transport { get; set; }

    public MemoryPool<byte> MemoryPool => BlockPool.Instance;

    public Socket Socket => socket.Socket;

    PipeReader IDuplexPipe.Input => socket.Input;

    PipeWriter IDuplexPipe.Output => socket.Output;

    public override void Abort(ConnectionAbortedException abortReason) => socket.Abort(abortReason);

    public override async ValueTask DisposeAsync()
    {
        await socket.CloseAsync();
        await told.Task;
        gone.Dispose();
    }

    private void TellGone()
    {
        gone.Cancel();
        told.TrySetResult();
    }
}
