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

    [LoggerMessage(643, LogLevel.Warning, "HP312  the certificate for {Name} in {File} expires at {NotAfter:u}. Renew it")]
    internal static partial void CertificateExpiresSoon(this ILogger log, string name, string file, DateTimeOffset notAfter);
}
