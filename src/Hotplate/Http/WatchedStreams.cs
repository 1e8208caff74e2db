using System.IO.Pipelines;

namespace Hotplate.Http;

/// <summary>An HTTP/2 connection's two directions, with an <see cref="Http2Output"/> on the one that goes out.</summary>
internal sealed class WatchedStreams(IDuplexPipe inner) : IDuplexPipe
{
    public PipeReader Input => inner.Input;

    public PipeWriter Output => Answers;

    internal Http2Output Answers { get; } = new(inner.Output);
}
