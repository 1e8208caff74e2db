using System.Formats.Asn1;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Hotplate.Certificates;
using Hotplate.Channel;
using Hotplate.Settings;

namespace Hotplate.Http;

/// <summary>What an application is told of a client that was asked for a certificate, by mod_ssl's names. Made once for a
/// connection.</summary>
internal static class TlsFields
{
    /// <param name="shown">The client's certificate, which was verified; null: it has shown none.</param>
    internal static Field[] Of(SslStream tls, X509Certificate2? shown)
    {
        List<Field> fields = [];
        Add(RequestHeaders.SslProtocol, NameOf(tls.SslProtocol));
        Add(RequestHeaders.SslCipher, CipherNames.NameOf(tls.NegotiatedCipherSuite));
        if (shown is null)
        {
            Add(RequestHeaders.SslClientVerify, "NONE");
            return [.. fields];
        }
        Add(RequestHeaders.SslClientVerify, "SUCCESS");
        Add(RequestHeaders.SslClientSubject, NameOf(shown.SubjectName));
        Add(RequestHeaders.SslClientIssuer, NameOf(shown.IssuerName));
        Add(RequestHeaders.SslClientSerial, SerialOf(shown));
        Add(RequestHeaders.SslClientFingerprint, Convert.ToHexStringLower(SHA256.HashData(shown.RawData)));
        return [.. fields];

        void Add(int id, string value) => fields.Add(new Field(id, "", value));
    }

    /// <summary>As OpenSSL calls it.</summary>
    internal static string NameOf(SslProtocols version) => version switch
    {
        SslProtocols.Tls13 => "TLSv1.3",
        SslProtocols.Tls12 => "TLSv1.2",
        var other => other.ToString(),
    };

    private static string NameOf(X500DistinguishedName name)
    {
        try
        {
            var text = DistinguishedNameText.Of(name);
            return text.Length <= Wire.MaxText ? text : "";
        }
        catch (Exception error) when (error is AsnContentException or CryptographicException)
        {
            return "";
        }
    }

    /// <summary>As OpenSSL prints it: without the zeros that only keep a number from being negative.</summary>
    private static string SerialOf(X509Certificate2 certificate)
    {
        var text = certificate.SerialNumber;
        return text.Length > 2 && text.StartsWith("00", StringComparison.Ordinal) ? text[2..] : text;
    }
}
