using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Hotplate.Settings;

namespace Hotplate.Certificates;

/// <summary>What is agreed on with clients, for any certificate.</summary>
/// <remarks>The options of a certificate, and its context, are made once: one for each connection would cost 400 µs more a
/// handshake.</remarks>
internal sealed class TlsOptions
{
    private readonly SslProtocols versions;
    private readonly CipherSuitesPolicy? ciphers;
    private readonly ClientAuthorities? authorities;
    private readonly bool required;

    /// <exception cref="CertificateException">The authorities' file cannot be used.</exception>
    internal TlsOptions(TlsSettings settings)
    {
        versions = settings.OnlyTls13 ? SslProtocols.Tls13 : SslProtocols.Tls12 | SslProtocols.Tls13;
        if (settings.Ciphers.Count > 0 && OperatingSystem.IsLinux())
        {
            ciphers = new CipherSuitesPolicy(settings.Ciphers);
        }
        authorities = settings is { CertReqs: not ClientCertificateRule.None, CaCerts: { } file } ? ClientAuthorities.Read(file) : null;
        required = settings.CertReqs == ClientCertificateRule.Required;
    }

    internal SslServerAuthenticationOptions For(SslStreamCertificateContext certificate) => new()
    {
        ServerCertificateContext = certificate,
        EnabledSslProtocols = versions,
        CipherSuitesPolicy = ciphers,
        ApplicationProtocols = [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11],
        AllowRenegotiation = false,
        CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
        ClientCertificateRequired = authorities is not null,
        RemoteCertificateValidationCallback = authorities is null ? null : IsWelcome,
    };

    /// <summary>For the one question of RFC 8737, which is never followed by a request.</summary>
    internal static SslServerAuthenticationOptions ForChallenge(SslStreamCertificateContext certificate) => new()
    {
        ServerCertificateContext = certificate,
        EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
        ApplicationProtocols = [new SslApplicationProtocol("acme-tls/1")],
        AllowRenegotiation = false,
        AllowTlsResume = false,
    };

    private bool IsWelcome(object sender, X509Certificate? shown, X509Chain? chain, SslPolicyErrors errors) =>
        shown is null ? !required : shown is X509Certificate2 certificate && authorities!.VouchFor(certificate, chain);
}
