using System.IO.Pipelines;

namespace Hotplate.Http;

/// <summary>An HTTP/2 connection's two directions, with an <see cref="Http2Input"/> on the one that comes in and an
/// <see cref="Http2Output"/> on the other.</summary>
internal sealed class WatchedStreams(IDuplexPipe inner, ClientConnection? client) : IDuplexPipe
{
    public PipeReader Input { get; } = client is null ? inner.Input : new Http2Input(inner.Input, client);

    public PipeWriter Output => Answers;

    internal Http2Output Answers { get; } = new(inner.Output);
}
