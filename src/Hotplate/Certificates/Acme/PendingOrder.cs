namespace Hotplate.Certificates.Acme;

/// <summary>An order that was begun: whoever comes after a crash goes on with it.</summary>
/// <param name="Authority">Whose it is: the directory's URL.</param>
/// <param name="Url">Empty: it is about to be made.</param>
/// <param name="Key">The certificate's key, PEM.</param>
internal sealed record PendingOrder(string Authority, string Url, string Key);
