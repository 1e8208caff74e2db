using System.Buffers.Text;
using System.Formats.Asn1;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Hotplate.Certificates.Acme;

/// <summary>What tls-alpn-01 shows (RFC 8737 §3), and dns-01 (RFC 8555 §8.4): the hash of a key authorization.</summary>
internal static class ChallengeCertificate
{
    private const string AcmeIdentifier = "1.3.6.1.5.5.7.1.31";

    internal static string DnsValue(string authorization) => Base64Url.EncodeToString(Hash(authorization));

    internal static SslServerAuthenticationOptions Make(string name, string authorization, DateTimeOffset now)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=" + name, key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name);
        request.CertificateExtensions.Add(names.Build());
        var value = new AsnWriter(AsnEncodingRules.DER);
        value.WriteOctetString(Hash(authorization));
        request.CertificateExtensions.Add(new X509Extension(AcmeIdentifier, value.Encode(), critical: true));
        var certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(7));
        return TlsOptions.ForChallenge(SslStreamCertificateContext.Create(certificate, additionalCertificates: null, offline: true));
    }

    private static byte[] Hash(string authorization) => SHA256.HashData(Encoding.ASCII.GetBytes(authorization));
}
