using System.IO.Pipelines;
using System.Net.Security;
using Hotplate.Apps;

namespace Hotplate.Http;

/// <summary>A connection's two directions inside of TLS.</summary>
internal sealed class TlsTransport(SslStream tls, TransportStream transport, PipeWriter output) : IDuplexPipe
{
    // While nothing comes, nobody holds a block for it: neither this, nor SslStream, nor the connection.
    private static readonly StreamPipeReaderOptions s_reading =
        new(BlockPool.Instance, BlockPool.Small, leaveOpen: true, useZeroByteReads: true);

    public PipeReader Input { get; } = PipeReader.Create(tls, s_reading);

    public PipeWriter Output { get; } = new TlsOutput(tls, transport, output);
}
