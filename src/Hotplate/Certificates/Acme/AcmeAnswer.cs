namespace Hotplate.Certificates.Acme;

/// <summary>What the authority answered.</summary>
/// <param name="Location">Of what was made; null: nothing.</param>
/// <param name="RetryAfter">How long to wait before asking again; null: it did not say.</param>
internal sealed record AcmeAnswer(byte[] Body, string? Location, TimeSpan? RetryAfter);
