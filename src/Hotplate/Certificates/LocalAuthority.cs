using System.Formats.Asn1;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Hotplate.Certificates;

/// <summary>The user's own authority for developing with https (<c>hotplate dev --https</c>), and the certificate for localhost that it
/// signs.</summary>
/// <remarks>
/// Whoever trusts it trusts it with names of this machine's loopback alone (RFC 5280 §4.2.1.10), whoever may get hold of its key.
/// </remarks>
/// <param name="folder">Absolute. Nobody but its owner may look into it.</param>
/// <param name="certificateFile">Where the certificate is to be, with its key, in PEM.</param>
internal sealed class LocalAuthority(string folder, string certificateFile, TimeProvider time)
{
    /// <summary>Of the certificate: it is made anew at a start when less is left.</summary>
    private static readonly TimeSpan s_soon = TimeSpan.FromDays(30);
    private static readonly TimeSpan s_life = TimeSpan.FromDays(90);
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(50);

    /// <summary>What a browser is to trust: PEM.</summary>
    internal string AuthorityFile { get; } = Path.Combine(folder, "authority.pem");

    private string KeyFile { get; } = Path.Combine(folder, "authority.key");

    /// <summary>Makes what is not there, and anew what is over soon. True: the authority is new, and nobody trusts it.</summary>
    /// <exception cref="IOException">The folder cannot be used.</exception>
    /// <exception cref="UnauthorizedAccessException">As above.</exception>
    /// <exception cref="CryptographicException">What lies there is broken.</exception>
    internal bool Ensure()
    {
        Directory.CreateDirectory(folder, PrivateFile.Mode | UnixFileMode.UserExecute);
        using var turn = Lock();
        var now = time.GetUtcNow();
        var isNew = !File.Exists(AuthorityFile) || !File.Exists(KeyFile) || Left(AuthorityFile, now) < s_life;
        if (isNew)
        {
            MakeAuthority(now);
        }
        if (isNew || !File.Exists(certificateFile) || Left(certificateFile, now) < s_soon)
        {
            using var authority = X509Certificate2.CreateFromPemFile(AuthorityFile, KeyFile);
            MakeCertificate(authority, now);
        }
        return isNew;
    }

    /// <summary>Two that start together must not make one each.</summary>
    private FileStream Lock()
    {
        for (var tries = 0; ; tries++)
        {
            try
            {
                return new FileStream(Path.Combine(folder, "lock"), new FileStreamOptions
                {
                    Mode = FileMode.OpenOrCreate,
                    Access = FileAccess.ReadWrite,
                    Share = FileShare.None,
                    UnixCreateMode = PrivateFile.Mode,
                });
            }
            catch (IOException) when (tries < 200 && File.Exists(Path.Combine(folder, "lock")))
            {
                Thread.Sleep(s_pause);
            }
        }
    }

    private static TimeSpan Left(string file, DateTimeOffset now)
    {
        using var certificate = X509CertificateLoader.LoadCertificateFromFile(file);
        return certificate.NotAfter.ToUniversalTime() - now.UtcDateTime;
    }

    private void MakeAuthority(DateTimeOffset now)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var subject = new X500DistinguishedNameBuilder();
        subject.AddOrganizationName("Hotplate");
        subject.AddCommonName($"Hotplate for developing, {Environment.UserName}");
        var request = new CertificateRequest(subject.Build(), key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(X509BasicConstraintsExtension.CreateForCertificateAuthority(pathLengthConstraint: 0));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        request.CertificateExtensions.Add(new X509Extension("2.5.29.30", Constraints(), critical: true));
        using var certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddYears(10));
        PrivateFile.Write(KeyFile, key.ExportPkcs8PrivateKeyPem() + "\n");
        PrivateFile.Write(AuthorityFile, certificate.ExportCertificatePem() + "\n");
    }

    private void MakeCertificate(X509Certificate2 authority, DateTimeOffset now)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddIpAddress(IPAddress.Loopback);
        names.AddIpAddress(IPAddress.IPv6Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(X509BasicConstraintsExtension.CreateForEndEntity(critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], critical: false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(
            authority, includeKeyIdentifier: true, includeIssuerAndSerial: false));
        using var certificate = request.Create(authority, now.AddDays(-1), now + s_life, RandomNumberGenerator.GetBytes(16));
        PrivateFile.Write(certificateFile, certificate.ExportCertificatePem() + "\n" + key.ExportPkcs8PrivateKeyPem() + "\n");
    }

    /// <summary>RFC 5280 §4.2.1.10: localhost and all below it, 127.0.0.0/8 and ::1, and nothing else.</summary>
    private static byte[] Constraints()
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        var permitted = new Asn1Tag(TagClass.ContextSpecific, 0);
        var name = new Asn1Tag(TagClass.ContextSpecific, 2);
        var address = new Asn1Tag(TagClass.ContextSpecific, 7);
        using (writer.PushSequence())
        using (writer.PushSequence(permitted))
        {
            using (writer.PushSequence())
            {
                writer.WriteCharacterString(UniversalTagNumber.IA5String, "localhost", name);
            }
            using (writer.PushSequence())
            {
                writer.WriteOctetString([127, 0, 0, 0, 255, 0, 0, 0], address);
            }
            using (writer.PushSequence())
            {
                writer.WriteOctetString([.. IPAddress.IPv6Loopback.GetAddressBytes(), .. Enumerable.Repeat(byte.MaxValue, 16)], address);
            }
        }
        return writer.Encode();
    }
}
