using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Hotplate.Tests.Fixtures;

/// <summary>An authority that nobody but the test trusts, with one between it and what it signs.</summary>
internal sealed class TestAuthority : IDisposable
{
    private readonly X509Certificate2 root;
    private readonly X509Certificate2 between;

    public TestAuthority()
    {
        using var rootKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        root = Authority("CN=Test Root", rootKey).CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddYears(5));
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var signed = Authority("CN=Test Between", key).Create(
            root, DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddYears(4), RandomNumberGenerator.GetBytes(8));
        between = signed.CopyWithPrivateKey(key);
    }

    /// <summary>The certificate of the root.</summary>
    public X509Certificate2 Root => root;

    /// <summary>What a client sends behind its own certificate.</summary>
    public X509Certificate2Collection Between => [X509Certificate2.CreateFromPem(between.ExportCertificatePem())];

    /// <summary>The root as PEM.</summary>
    public string RootPem => root.ExportCertificatePem();

    /// <summary>A certificate with its key, signed by the one between.</summary>
    public X509Certificate2 Sign(bool rsa, DateTimeOffset notAfter, params string[] names)
    {
        using var rsaKey = rsa ? RSA.Create(2048) : null;
        using var ecKey = rsa ? null : ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = rsa
            ? new CertificateRequest("CN=" + names[0], rsaKey!, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            : new CertificateRequest("CN=" + names[0], ecKey!, HashAlgorithmName.SHA256);
        var alternatives = new SubjectAlternativeNameBuilder();
        foreach (var name in names)
        {
            if (IPAddress.TryParse(name, out var address))
            {
                alternatives.AddIpAddress(address);
            }
            else
            {
                alternatives.AddDnsName(name);
            }
        }
        request.CertificateExtensions.Add(alternatives.Build());
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension(
            [new Oid("1.3.6.1.5.5.7.3.1"), new Oid("1.3.6.1.5.5.7.3.2")], critical: false));
        using var signed = request.Create(
            between.SubjectName, X509SignatureGenerator.CreateForECDsa(between.GetECDsaPrivateKey()!), DateTimeOffset.UtcNow.AddDays(-1),
                notAfter, RandomNumberGenerator.GetBytes(8));
        return rsa ? signed.CopyWithPrivateKey(rsaKey!) : signed.CopyWithPrivateKey(ecKey!);
    }

    /// <summary>Writes a chain and its key, as certbot does: the certificate, the one between, no root.</summary>
    public (string Certificate, string Key) Write(string folder, string file, X509Certificate2 certificate)
    {
        var (chain, key) = (Path.Combine(folder, file + ".pem"), Path.Combine(folder, file + ".key"));
        File.WriteAllText(chain, certificate.ExportCertificatePem() + "\n" + between.ExportCertificatePem() + "\n");
        File.WriteAllText(key, KeyOf(certificate).ExportPkcs8PrivateKeyPem() + "\n");
        return (chain, key);
    }

    public (string Certificate, string Key) Write(string folder, string file, params string[] names)
    {
        using var certificate = Sign(rsa: false, DateTimeOffset.UtcNow.AddDays(60), names);
        return Write(folder, file, certificate);
    }

    public static AsymmetricAlgorithm KeyOf(X509Certificate2 certificate) =>
        (AsymmetricAlgorithm?)certificate.GetECDsaPrivateKey() ?? certificate.GetRSAPrivateKey()!;

    public void Dispose()
    {
        root.Dispose();
        between.Dispose();
    }

    private static CertificateRequest Authority(string name, ECDsa key)
    {
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(
            certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(
            X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        return request;
    }
}
