using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace Hotplate.Http;

/// <summary>What was agreed on with a client, as Kestrel asks for it.</summary>
/// <param name="asked">It was asked for a certificate.</param>
internal sealed class TlsFeatures(SslStream tls, string? name, bool asked)
    : ITlsConnectionFeature, ITlsHandshakeFeature, ITlsApplicationProtocolFeature
{
    private X509Certificate2? certificate = tls.RemoteCertificate as X509Certificate2;

    /// <summary>For the application; empty unless clients are asked for certificates.</summary>
    internal Field[] Fields { get; } = asked ? TlsFields.Of(tls, tls.RemoteCertificate as X509Certificate2) : [];

    /// <summary>"TLSv1.3".</summary>
    internal string Version { get; } = TlsFields.NameOf(tls.SslProtocol);

    public X509Certificate2? ClientCertificate
    {
        get => certificate;
        set => certificate = value;
    }

    public SslProtocols Protocol { get; } = tls.SslProtocol;

    public TlsCipherSuite? NegotiatedCipherSuite { get; } = tls.NegotiatedCipherSuite;

    public string HostName { get; } = name ?? "";

    public ReadOnlyMemory<byte> ApplicationProtocol { get; } = tls.NegotiatedApplicationProtocol.Protocol;

    // Of an interface from before there were names of suites; nobody asks for them.
#pragma warning disable SYSLIB0058
    public CipherAlgorithmType CipherAlgorithm => CipherAlgorithmType.None;

    public int CipherStrength => 0;

    public HashAlgorithmType HashAlgorithm => HashAlgorithmType.None;

    public int HashStrength => 0;

    public ExchangeAlgorithmType KeyExchangeAlgorithm => ExchangeAlgorithmType.None;

    public int KeyExchangeStrength => 0;
#pragma warning restore SYSLIB0058

    public Task<X509Certificate2?> GetClientCertificateAsync(CancellationToken cancellationToken) => Task.FromResult(certificate);
}
