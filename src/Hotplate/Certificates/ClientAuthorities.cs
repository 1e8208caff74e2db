using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Hotplate.Certificates;

/// <summary>Those that vouch for clients' certificates, and nobody else does.</summary>
internal sealed class ClientAuthorities
{
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";
    private const int MostBetween = 64;
    private readonly X509Certificate2Collection trusted;

    // A session that is resumed has the client's certificate and none of those that it had sent with it. They make nobody trusted.
    private ImmutableArray<X509Certificate2> between = [];

    private ClientAuthorities(X509Certificate2Collection trusted) => this.trusted = trusted;

    /// <exception cref="CertificateException">The file cannot be used.</exception>
    internal static ClientAuthorities Read(string file)
    {
        var text = CertificateFiles.Text(file, "--ca-certs");
        var found = new X509Certificate2Collection();
        try
        {
            found.ImportFromPem(text);
        }
        catch (CryptographicException error)
        {
            throw new CertificateException($"HP310  --ca-certs {file}: a certificate in it cannot be read: {error.Message}", error);
        }
        return found.Count > 0
            ? new ClientAuthorities(found)
            : throw new CertificateException($"HP310  --ca-certs {file}: there is no certificate in it. A block that begins with "
            + "-----BEGIN CERTIFICATE----- is needed.");
    }

    /// <param name="given">The chain as it was built, for what the client has sent with it; null: none was.</param>
    internal bool VouchFor(X509Certificate2 certificate, X509Chain? given)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(trusted);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.ApplicationPolicy.Add(new Oid(ClientAuthentication));
        chain.ChainPolicy.ExtraStore.AddRange(between.AsSpan().ToArray());
        if (given is not null)
        {
            chain.ChainPolicy.ExtraStore.AddRange(given.ChainPolicy.ExtraStore);
        }
        if (!chain.Build(certificate))
        {
            return false;
        }
        for (var i = 1; i < chain.ChainElements.Count - 1; i++)
        {
            Remember(chain.ChainElements[i].Certificate);
        }
        return true;
    }

    /// <summary>One that stands between a client's and an authority's.</summary>
    private void Remember(X509Certificate2 one)
    {
        if (between.Contains(one))
        {
            return;
        }
        // The chain's own ends with it.
        var copy = X509CertificateLoader.LoadCertificate(one.RawData);
        ImmutableInterlocked.Update(ref between, static (all, copy) => all.Contains(copy) ? all
            : all.Length < MostBetween ? all.Add(copy) : all.RemoveAt(0).Add(copy), copy);
    }
}
