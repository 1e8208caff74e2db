namespace Hotplate.Settings;

/// <summary>Whether clients show a certificate of their own; the numbers are gunicorn's and Python's ssl.CERT_….</summary>
internal enum ClientCertificateRule
{
    /// <summary>None is asked for.</summary>
    None = 0,

    /// <summary>One is asked for, and must be good if it comes.</summary>
    Optional = 1,

    /// <summary>Who has no good one is not served.</summary>
    Required = 2,
}
