using System.Net.Security;

namespace Hotplate.Settings;

/// <summary>What TLS is spoken with.</summary>
internal sealed record TlsSettings
{
    /// <summary>PEM files of certificates with those that vouch for them, absolute; the first is for clients that name no other's name.
    /// Default none.</summary>
    public IReadOnlyList<string> CertFiles { get; init; } = [];

    /// <summary>PEM files of their keys, in the same order, absolute; none: each key stands in the certificate's file. Default
    /// none.</summary>
    public IReadOnlyList<string> KeyFiles { get; init; } = [];

    /// <summary>The file whose first line is the password of the keys, absolute; null: they have none. Default null.</summary>
    public string? KeyPasswordFile { get; init; }

    /// <summary>TLS 1.3 and nothing older. Default off: 1.2 is spoken, too.</summary>
    public bool OnlyTls13 { get; init; }

    /// <summary>Cipher suites in the order of preference; empty: the ones of today. Default empty.</summary>
    public IReadOnlyList<TlsCipherSuite> Ciphers { get; init; } = [];

    /// <summary>A PEM file of the authorities that vouch for clients' certificates, absolute; null: none do. Default null.</summary>
    public string? CaCerts { get; init; }

    /// <summary>Whether clients show certificates. Default none is asked for.</summary>
    public ClientCertificateRule CertReqs { get; init; }

    /// <summary>With a certificate of this user's own authority for developing. Default off.</summary>
    public bool IsLocal { get; init; }

    /// <summary>The folder of that authority, absolute; null: there is none, or the certificates are others. Default null.</summary>
    public string? LocalAuthority { get; init; }

    /// <summary>How long a client may take until TLS is agreed on. Default 10 s.</summary>
    public TimeSpan HandshakeTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>There is something to speak TLS with.</summary>
    public bool HasCertificates => CertFiles.Count > 0;

    /// <summary>True when TLS is spoken there: where the bind says so, or says nothing and there are certificates, as under
    /// gunicorn.</summary>
    public bool Speaks(BindAddress bind) => bind.Tls ?? (HasCertificates && bind is { UnixPath: null, Http2: false });
}
