using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Hotplate.Certificates.Acme;

/// <summary>What clients get while no authority has signed anything: encrypted, and trusted by nobody. It says so in its name.</summary>
internal static class TemporaryCertificate
{
    internal static ServerCertificate Make(string domain, TlsOptions options, DateTimeOffset now)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var subject = new X500DistinguishedNameBuilder();
        subject.AddOrganizationName("Hotplate: temporary, signed by no authority yet");
        // A common name has 64 characters at most.
        subject.AddCommonName(domain.Length <= 64 ? domain : "temporary");
        var request = new CertificateRequest(subject.Build(), key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(domain);
        request.CertificateExtensions.Add(names.Build());
        return new ServerCertificate(request.CreateSelfSigned(now.AddDays(-1), now.AddDays(30)), [], options) { IsTemporary = true };
    }
}
