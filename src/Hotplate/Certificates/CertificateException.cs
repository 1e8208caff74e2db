namespace Hotplate.Certificates;

/// <summary>A certificate cannot be used. The message is for the user: where, what, and what to do.</summary>
internal sealed class CertificateException(string message, Exception? inner = null) : IOException(message, inner);
