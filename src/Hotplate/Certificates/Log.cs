namespace Hotplate.Certificates;

internal static partial class Log
{
    [LoggerMessage(640, LogLevel.Information, "{File} has changed: the new certificate is used, until {NotAfter:u}")]
    internal static partial void CertificateTaken(this ILogger log, string file, DateTimeOffset notAfter);

    [LoggerMessage(641, LogLevel.Error, "HP311  the renewed files cannot be used, and the certificate from before still is, until "
        + "{NotAfter:u}: {Reason}")]
    internal static partial void CertificateNotTaken(this ILogger log, string reason, DateTimeOffset notAfter);

    [LoggerMessage(642, LogLevel.Error, "HP312  the certificate for {Name} in {File} expired at {NotAfter:u}: clients refuse it. Renew it")]
    internal static partial void CertificateExpired(this ILogger log, string name, string file, DateTimeOffset notAfter);

    [LoggerMessage(644, LogLevel.Information, "a certificate for {Domain} was got from {Issuer}, until {NotAfter:u}")]
    internal static partial void CertificateGot(this ILogger log, string domain, string issuer, DateTimeOffset notAfter);

    [LoggerMessage(645, LogLevel.Error, "HP321  no certificate for {Domain}: {Reason}. Clients get one that nobody has signed; the next "
        + "try is at {Again:u}. {Advice}")]
    internal static partial void CertificateNotGot(this ILogger log, string domain, string reason, DateTimeOffset again, string advice);

    [LoggerMessage(646, LogLevel.Error, "HP322  the certificate for {Domain} is not renewed: {Reason}. The one from before serves until "
        + "{NotAfter:u}; the next try is at {Again:u}. {Advice}")]
    internal static partial void CertificateNotRenewed(
        this ILogger log, string domain, string reason, DateTimeOffset notAfter, DateTimeOffset again, string advice);

    [LoggerMessage(647, LogLevel.Error, "HP320  --acme-folder {Folder}: {Reason}. Certificates are neither got nor renewed until that is "
        + "put right")]
    internal static partial void FolderNotWritten(this ILogger log, string folder, string reason);

    [LoggerMessage(648, LogLevel.Error, "HP320  what is kept for {Domain} cannot be used, and is got anew: {Reason}")]
    internal static partial void BundleNotRead(this ILogger log, string domain, string reason);

    [LoggerMessage(643, LogLevel.Warning, "HP312  the certificate for {Name} in {File} expires at {NotAfter:u}. Renew it")]
    internal static partial void CertificateExpiresSoon(this ILogger log, string name, string file, DateTimeOffset notAfter);
}
