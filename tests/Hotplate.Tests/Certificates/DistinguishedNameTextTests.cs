using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Hotplate.Certificates;

namespace Hotplate.Tests.Certificates;

[Trait("starts", "processes")]
[Trait("needs", "openssl")]
public class DistinguishedNameTextTests
{
    [Fact]
    public async Task A_name_is_written_as_OpenSSL_writes_it()
    {
        var name = new X500DistinguishedNameBuilder();
        // The builder's first becomes the last of the encoded name.
        name.AddCommonName("Änn\tBé, CN=root");
        name.AddEmailAddress("ann@shop.example");
        name.Add("1.2.3.4", "unknown");
        name.Add("0.9.2342.19200300.100.1.1", "ann");
        name.AddDomainComponent("example");
        name.AddOrganizationalUnitName("#number");
        name.AddOrganizationalUnitName(" #both ends ");
        name.AddOrganizationName("Example, Inc. \"<+>\"; a\\b=c");
        name.AddCountryOrRegion("DE");
        var built = name.Build();

        Assert.Equal(await OpenSslAsync(built), DistinguishedNameText.Of(built));
        Assert.StartsWith("CN=\u00C3\u0084nn\\09B\u00C3\u00A9\\, CN=root,emailAddress=ann@shop.example,", DistinguishedNameText.Of(built),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_attributes_of_one_part_stand_together()
    {
        // A set of CN=ann and UID=7.
        var built = new X500DistinguishedName(Convert.FromHexString(
            "301F311D300A06035504030C03616E6E300F060A0992268993F22C6401010C0137"));
        Assert.Equal(await OpenSslAsync(built), DistinguishedNameText.Of(built));
    }

    /// <summary>With the bytes of UTF-8 as characters.</summary>
    private static async Task<string> OpenSslAsync(X500DistinguishedName name)
    {
        using var folder = new TemporaryFolder();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = new CertificateRequest(name, key, HashAlgorithmName.SHA256)
            .CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.MaxValue);
        var output = await FinishedProgram.OutputOfAsync(
            "openssl", "x509", "-in", folder.Write("c.pem", certificate.ExportCertificatePem()), "-noout", "-subject", "-nameopt",
            "RFC2253,-esc_msb");
        return System.Text.Encoding.Latin1.GetString(System.Text.Encoding.UTF8.GetBytes(output.Trim()["subject=".Length..]));
    }
}
