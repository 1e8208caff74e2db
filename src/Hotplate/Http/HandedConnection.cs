using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;

namespace Hotplate.Http;

/// <summary>A connection that began with Kestrel's one server and turned out to be for the other: TLS on which HTTP/2 was agreed
/// on.</summary>
/// <remarks>Its features are the connection's own, so that whoever ends it reaches the server that has it now.</remarks>
internal sealed class HandedConnection(ConnectionContext connection, IDuplexPipe inside) : ConnectionContext
{
    private readonly TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The other server has done with it.</summary>
    internal Task Ended => ended.Task;

    public override string ConnectionId
    {
        get => connection.ConnectionId;
        set => connection.ConnectionId = value;
    }

    public override IFeatureCollection Features => connection.Features;

    public override IDictionary<object, object?> Items
    {
        get => connection.Items;
        set => connection.Items = value;
    }

    public override IDuplexPipe Transport { get; set; } = inside;

    public override CancellationToken ConnectionClosed
    {
        get => connection.ConnectionClosed;
        set => connection.ConnectionClosed = value;
    }

    public override System.Net.EndPoint? LocalEndPoint
    {
        get => connection.LocalEndPoint;
        set => connection.LocalEndPoint = value;
    }

    public override System.Net.EndPoint? RemoteEndPoint
    {
        get => connection.RemoteEndPoint;
        set => connection.RemoteEndPoint = value;
    }

    public override void Abort(ConnectionAbortedException abortReason) => connection.Abort(abortReason);

    public override ValueTask DisposeAsync()
    {
        ended.TrySetResult();
        return ValueTask.CompletedTask;
    }
}
