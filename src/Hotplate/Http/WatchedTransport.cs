using System.IO.Pipelines;
using System.Net;
using Microsoft.AspNetCore.Connections;

namespace Hotplate.Http;

/// <summary>A connection's two directions, with a <see cref="HeadWatch"/> on the one that comes in and a <see cref="WatchedOutput"/> on the other.</summary>
internal sealed class WatchedTransport : IDuplexPipe
{
    internal WatchedTransport(ConnectionContext connection, KestrelRefusals refusals)
    {
        var client = connection.Features.Get<ClientConnection>();
        Watch = new HeadWatch(connection.Transport.Input, client);
        if (client is not null)
        {
            client.Head = Watch;
        }
        Answers = new WatchedOutput(connection.Transport.Output, this, refusals);
        var peer = (connection.RemoteEndPoint as IPEndPoint)?.Address;
        Peer = peer is { IsIPv4MappedToIPv6: true } ? peer.MapToIPv4() : peer;
    }

    public PipeReader Input => Watch;

    public PipeWriter Output => Answers;

    internal HeadWatch Watch { get; }

    internal WatchedOutput Answers { get; }

    /// <summary>Null of a Unix socket.</summary>
    internal IPAddress? Peer { get; }
}
