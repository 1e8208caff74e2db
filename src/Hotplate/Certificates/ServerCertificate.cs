using System.Formats.Asn1;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace Hotplate.Certificates;

/// <summary>A certificate with its key, ready for clients.</summary>
internal sealed class ServerCertificate
{
    private const string SubjectAlternativeName = "2.5.29.17";
    private readonly X509Certificate2 certificate;

    /// <param name="certificate">With its key. It is kept.</param>
    /// <param name="others">Those that vouch for it.</param>
    internal ServerCertificate(X509Certificate2 certificate, X509Certificate2Collection others, TlsOptions options)
    {
        this.certificate = certificate;
        Names = NamesOf(certificate);
        Options = options.For(SslStreamCertificateContext.Create(certificate, others, offline: true));
    }

    /// <summary>Null: it was not read from files of the user's.</summary>
    internal CertificateFiles? Files { get; init; }

    /// <summary>Nobody has signed it.</summary>
    internal bool IsTemporary { get; init; }

    /// <summary>Hosts, in lower case; a wildcard is <c>*.example.org</c>.</summary>
    internal IReadOnlyList<string> Names { get; }

    internal bool IsEcdsa => certificate.GetKeyAlgorithm() != "1.2.840.113549.1.1.1";

    internal DateTimeOffset NotBefore => new(certificate.NotBefore);

    internal DateTimeOffset NotAfter => new(certificate.NotAfter);

    /// <summary>Who signed it, in one word or a few.</summary>
    internal string Issuer => certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: true);

    internal string Fingerprint => certificate.GetCertHashString(System.Security.Cryptography.HashAlgorithmName.SHA256);

    /// <summary>As an authority names it that is asked when to renew it; null: it has no such name.</summary>
    internal string? RenewalName => Acme.RenewalPlan.NameOf(certificate);

    internal SslServerAuthenticationOptions Options { get; }

    private static List<string> NamesOf(X509Certificate2 certificate)
    {
        var names = new List<string>();
        foreach (var extension in certificate.Extensions)
        {
            if (extension.Oid?.Value == SubjectAlternativeName)
            {
                try
                {
                    names.AddRange(new X509SubjectAlternativeNameExtension(extension.RawData).EnumerateDnsNames().Select(
                        static name => name.ToLowerInvariant()));
                }
                catch (Exception error) when (error is System.Security.Cryptography.CryptographicException or AsnContentException)
                {
                    // A name in a form that is none: the others of it are not known either.
                }
            }
        }
        // What clients have not looked at for years, and tests still have (RFC 9525 §2).
        return names.Count > 0 || certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: false) is not { Length: > 0 } subject ? names
            : [subject.ToLowerInvariant()];
    }
}
