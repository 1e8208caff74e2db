using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Hotplate.Certificates.Acme;

/// <summary>The key that an account's requests are signed with: ECDSA with P-256, ES256.</summary>
internal sealed class AccountKey : IDisposable
{
    private readonly ECDsa key;

    private AccountKey(ECDsa key)
    {
        this.key = key;
        var point = key.ExportParameters(includePrivateParameters: false).Q;
        Public = new AcmeKey("P-256", "EC", Base64Url.EncodeToString(point.X!), Base64Url.EncodeToString(point.Y!));
        // RFC 7638 §3: the names in their order, and nothing between.
        Thumbprint = Base64Url.EncodeToString(SHA256.HashData(
            Encoding.ASCII.GetBytes($$"""{"crv":"P-256","kty":"EC","x":"{{Public.X}}","y":"{{Public.Y}}"}""")));
    }

    internal AcmeKey Public { get; }

    internal string Thumbprint { get; }

    internal static AccountKey New() => new(ECDsa.Create(ECCurve.NamedCurves.nistP256));

    /// <exception cref="CryptographicException">It is no such key.</exception>
    internal static AccountKey FromPem(string pem)
    {
        var read = ECDsa.Create();
        read.ImportFromPem(pem);
        return new AccountKey(read);
    }

    internal string ToPem() => key.ExportPkcs8PrivateKeyPem() + "\n";

    /// <summary>RFC 8555 §6.2.</summary>
    /// <param name="payload">Empty: POST-as-GET, §6.3.</param>
    /// <param name="account">Its URL; null: the key itself is shown.</param>
    internal AcmeSigned Sign(string url, string nonce, string payload, string? account)
    {
        var head = Encode(JsonSerializer.Serialize(
            new AcmeHeader("ES256", nonce, url, account is null ? Public : null, account), AcmeJson.Default.AcmeHeader));
        var body = Encode(payload);
        return new AcmeSigned(head, body, Base64Url.EncodeToString(
            key.SignData(Encoding.ASCII.GetBytes($"{head}.{body}"), HashAlgorithmName.SHA256)));
    }

    /// <summary>RFC 8555 §7.3.4: says to the authority whose account this key is.</summary>
    /// <exception cref="FormatException">The secret is not base64url.</exception>
    internal AcmeSigned BindTo(string kid, string secret, string url)
    {
        var head = Encode(JsonSerializer.Serialize(new AcmeHeader("HS256", null, url, null, kid), AcmeJson.Default.AcmeHeader));
        var body = Encode(JsonSerializer.Serialize(Public, AcmeJson.Default.AcmeKey));
        return new AcmeSigned(head, body, Base64Url.EncodeToString(
            HMACSHA256.HashData(Base64Url.DecodeFromChars(secret), Encoding.ASCII.GetBytes($"{head}.{body}"))));
    }

    /// <summary>RFC 8555 §8.1.</summary>
    internal string Authorize(string token) => $"{token}.{Thumbprint}";

    public void Dispose() => key.Dispose();

    private static string Encode(string text) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(text));
}
