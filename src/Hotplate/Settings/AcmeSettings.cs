namespace Hotplate.Settings;

/// <summary>Certificates that are got from an authority by themselves: RFC 8555.</summary>
internal sealed record AcmeSettings
{
    /// <summary>Let's Encrypt, for everybody.</summary>
    public const string LetsEncrypt = "https://acme-v02.api.letsencrypt.org/directory";

    /// <summary>Its twin for trying things out: browsers do not trust what it signs, and its limits are wide.</summary>
    public const string Staging = "https://acme-staging-v02.api.letsencrypt.org/directory";

    /// <summary>Hosts, in lower case; a wildcard is <c>*.example.org</c>. Default none.</summary>
    public IReadOnlyList<string> Domains { get; init; } = [];

    /// <summary>Where TLS is spoken, as a bind; a port 0 is the kernel's to choose. Default 443 everywhere.</summary>
    public string HttpsPort { get; init; } = "443";

    /// <summary>Where everybody is led to https, as a bind; null: nowhere. Default 80 everywhere.</summary>
    public string? HttpPort { get; init; } = "80";

    /// <summary>The authority's directory. Default Let's Encrypt's.</summary>
    public string AcmeServer { get; init; } = LetsEncrypt;

    /// <summary>Whom the authority may write to; null: nobody. Default null.</summary>
    public string? AcmeEmail { get; init; }

    /// <summary>Where account, keys and certificates are kept, absolute; null: in the user's folder for such things. Default
    /// null.</summary>
    public string? AcmeFolder { get; init; }

    /// <summary>The account's key identifier at an authority that knows its users already; null: it takes everybody. Default
    /// null.</summary>
    public string? AcmeEabKid { get; init; }

    /// <summary>The file with the secret that belongs to it, in base64url, absolute. Default null.</summary>
    public string? AcmeEabKeyFile { get; init; }

    /// <summary>The program that makes and removes records in the DNS; null: names are proved by this server itself. Default
    /// null.</summary>
    public string? AcmeDnsCommand { get; init; }

    /// <summary>There is something to get.</summary>
    public bool IsWanted => Domains.Count > 0;
}
