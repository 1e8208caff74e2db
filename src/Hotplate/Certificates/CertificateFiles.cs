using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Hotplate.Settings;

namespace Hotplate.Certificates;

/// <summary>The PEM files of a certificate and its key.</summary>
/// <param name="Certificate">Absolute.</param>
/// <param name="Key">Absolute; the certificate's own file when the key stands in there.</param>
/// <param name="PasswordFile">Whose first line is the key's password; null: it has none.</param>
internal sealed record CertificateFiles(string Certificate, string Key, string? PasswordFile = null)
{
    private const long Largest = 1 << 20;
    private const string Rsa = "1.2.840.113549.1.1.1";
    private const string Elliptic = "1.2.840.10045.2.1";

    /// <summary>The files that the settings name, in their order.</summary>
    internal static IReadOnlyList<CertificateFiles> All(TlsSettings settings) =>
    [
        .. settings.CertFiles.Select((file, i) => new CertificateFiles(
        file, settings.KeyFiles.Count > i ? settings.KeyFiles[i] : file, settings.KeyPasswordFile)),
    ];

    /// <exception cref="CertificateException">They cannot be used. The message says what to do.</exception>
    internal ServerCertificate Read(TlsOptions options)
    {
        var chain = new X509Certificate2Collection();
        var text = Text(Certificate, "--certfile");
        try
        {
            chain.ImportFromPem(text);
        }
        catch (CryptographicException error)
        {
            throw new CertificateException($"HP310  --certfile {Certificate}: a certificate in it cannot be read: {error.Message}", error);
        }
        if (chain.Count == 0)
        {
            throw new CertificateException(
                $"HP310  --certfile {Certificate}: there is no certificate in it. A PEM file is needed, with a block that begins with "
                    + "-----BEGIN CERTIFICATE-----. "
                + $"For a file in DER: openssl x509 -inform DER -in {Certificate} -out certificate.pem");
        }
        var key = Key == Certificate ? text : Text(Key, "--keyfile");
        using var leaf = chain[0];
        chain.RemoveAt(0);
        return new ServerCertificate(WithKey(leaf, key), chain, options) { Files = this };
    }

    /// <exception cref="CertificateException">It cannot be read.</exception>
    internal static string Text(string file, string flag)
    {
        try
        {
            var place = OsText.ReachableFile(file);
            return Directory.Exists(place) ? throw new CertificateException($"HP310  {flag} {file}: that is a folder. Name a file.")
                : new FileInfo(place) is { Exists: true, Length: > Largest }
                ? throw new CertificateException($"HP310  {flag} {file}: that is larger than a megabyte. Is it the right file?")
                : File.ReadAllText(place);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new CertificateException($"HP310  {flag} {file}: {Reach.Wall(file) ?? "there is no such file."}", error);
        }
        catch (Exception error) when (error is UnauthorizedAccessException or IOException and not CertificateException)
        {
            throw new CertificateException(
                $"HP310  {flag} {file}: this user ({Environment.UserName}) may not read it, and reads it again when it is renewed. Look "
                    + $"at its permissions: ls -l {file}", error);
        }
    }

    private X509Certificate2 WithKey(X509Certificate2 leaf, string key)
    {
        try
        {
            switch (leaf.GetKeyAlgorithm())
            {
                case Rsa:
                    {
                        using var rsa = RSA.Create();
                        Import(rsa, key);
                        return leaf.CopyWithPrivateKey(rsa);
                    }
                case Elliptic:
                    {
                        using var ecdsa = ECDsa.Create();
                        Import(ecdsa, key);
                        return leaf.CopyWithPrivateKey(ecdsa);
                    }
                default:
                    throw new CertificateException($"HP310  --certfile {Certificate}: its key is of a kind that cannot be used "
                        + $"({leaf.GetKeyAlgorithm()}). Get a certificate with an ECDSA or an RSA key.");
            }
        }
        catch (Exception error) when (error is CryptographicException or ArgumentException)
        {
            throw new CertificateException(WhatIsWrong(key), error);
        }
    }

    private void Import(AsymmetricAlgorithm into, string key)
    {
        if (PasswordFile is not null && key.Contains("-----BEGIN ENCRYPTED PRIVATE KEY-----", StringComparison.Ordinal))
        {
            into.ImportFromEncryptedPem(key, Text(PasswordFile, "--keyfile-password-file").Split('\n')[0].TrimEnd('\r'));
        }
        else
        {
            into.ImportFromPem(OnlyKey(key));
        }
    }

    /// <summary>The key's block: a file may have the curve's parameters, or certificates, before it.</summary>
    private static ReadOnlySpan<char> OnlyKey(ReadOnlySpan<char> text)
    {
        var rest = text;
        while (PemEncoding.TryFind(rest, out var fields))
        {
            if (rest[fields.Label].EndsWith("PRIVATE KEY", StringComparison.Ordinal))
            {
                return rest[fields.Location];
            }
            rest = rest[fields.Location.End..];
        }
        return text;
    }

    private string WhatIsWrong(string key)
    {
        var where = Key == Certificate ? $"HP310  --certfile {Certificate}" : $"HP310  --keyfile {Key}";
        if (key.Contains("Proc-Type: 4,ENCRYPTED", StringComparison.Ordinal))
        {
            return $"{where}: its key is encrypted in the old way, which cannot be read. Write it anew: openssl pkcs8 -topk8 -in {Key} "
                + "-out key.pem";
        }
        if (key.Contains("-----BEGIN ENCRYPTED PRIVATE KEY-----", StringComparison.Ordinal))
        {
            return PasswordFile is null
                ? $"{where}: its key is encrypted. Name the file with its password: --keyfile-password-file FILE; or take the password "
                + $"away: openssl pkey -in {Key} -out key.pem"
                : $"{where}: the first line of --keyfile-password-file {PasswordFile} does not open the key.";
        }
        if (!key.Contains("PRIVATE KEY-----", StringComparison.Ordinal))
        {
            return Key == Certificate
                ? $"{where}: there is no key in it. Name the key's file, too: --keyfile FILE"
                : $"{where}: there is no key in it. A block that begins with -----BEGIN PRIVATE KEY----- is needed.";
        }
        return $"{where}: that key does not belong to the certificate in {Certificate}. Compare: openssl pkey -in {Key} -pubout; openssl "
            + $"x509 -in {Certificate} -pubkey -noout";
    }
}
