using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;

namespace Hotplate.Http;

/// <summary>A connection's two directions, with a <see cref="HeadWatch"/> on the one that comes in.</summary>
internal sealed class WatchedTransport(HeadWatch input, PipeWriter output) : IDuplexPipe
{
    public PipeReader Input => input;

    public PipeWriter Output => output;

    /// <summary>Connection middleware; the watch becomes a feature of the connection.</summary>
    internal static ConnectionDelegate Watch(ConnectionDelegate next) => connection =>
    {
        var watch = new HeadWatch(connection.Transport.Input);
        connection.Transport = new WatchedTransport(watch, connection.Transport.Output);
        connection.Features.Set(watch);
        return next(connection);
    };
}
