using System.Text.Json.Serialization;

namespace Hotplate.Certificates.Acme;

/// <summary>RFC 8555 §7.1.1.</summary>
internal sealed record AcmeDirectory(
    string NewNonce, string NewAccount, string NewOrder, string? RenewalInfo, AcmeDirectoryMeta? Meta);

/// <summary>What the authority says of itself.</summary>
internal sealed record AcmeDirectoryMeta(string? TermsOfService, bool ExternalAccountRequired);

/// <summary>RFC 8555 §7.1.3.</summary>
internal sealed record AcmeOrder(
    string? Status, IReadOnlyList<string>? Authorizations, string? Finalize, string? Certificate, AcmeProblem? Error);

/// <summary>RFC 8555 §7.1.4.</summary>
internal sealed record AcmeAuthorization(AcmeIdentifier? Identifier, string? Status, IReadOnlyList<AcmeChallenge>? Challenges,
    bool Wildcard);

/// <summary>RFC 8555 §9.7.7.</summary>
internal sealed record AcmeIdentifier(string Type, string Value);

/// <summary>RFC 8555 §8.</summary>
internal sealed record AcmeChallenge(string? Type, string? Url, string? Status, string? Token, AcmeProblem? Error);

/// <summary>RFC 7807, as RFC 8555 §6.7 uses it.</summary>
internal sealed record AcmeProblem(string? Type, string? Detail, IReadOnlyList<AcmeProblem>? Subproblems);

/// <summary>RFC 9773 §4.2.</summary>
internal sealed record AcmeRenewal(AcmeWindow? SuggestedWindow);

/// <summary>RFC 9773 §4.2.</summary>
internal sealed record AcmeWindow(DateTimeOffset Start, DateTimeOffset End);

/// <summary>RFC 8555 §7.3, what is asked for.</summary>
internal sealed record AcmeNewAccount(bool TermsOfServiceAgreed, IReadOnlyList<string>? Contact, AcmeSigned? ExternalAccountBinding);

/// <summary>RFC 8555 §7.4, what is asked for.</summary>
internal sealed record AcmeNewOrder(IReadOnlyList<AcmeIdentifier> Identifiers, string? Replaces);

/// <summary>RFC 8555 §7.4, the last step.</summary>
internal sealed record AcmeFinalize(string Csr);

/// <summary>RFC 7515 §7.2.2.</summary>
internal sealed record AcmeSigned(string Protected, string Payload, string Signature);

/// <summary>RFC 7515 §4, what RFC 8555 §6.2 wants of it.</summary>
internal sealed record AcmeHeader(string Alg, string? Nonce, string Url, AcmeKey? Jwk, string? Kid);

/// <summary>RFC 7518 §6.2. The order of names is that of RFC 7638 §3.</summary>
internal sealed record AcmeKey(string Crv, string Kty, string X, string Y);

/// <summary>How they are written.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition =
    JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(AcmeDirectory))]
[JsonSerializable(typeof(AcmeOrder))]
[JsonSerializable(typeof(AcmeAuthorization))]
[JsonSerializable(typeof(AcmeProblem))]
[JsonSerializable(typeof(AcmeRenewal))]
[JsonSerializable(typeof(AcmeNewAccount))]
[JsonSerializable(typeof(AcmeNewOrder))]
[JsonSerializable(typeof(AcmeFinalize))]
[JsonSerializable(typeof(AcmeSigned))]
[JsonSerializable(typeof(AcmeHeader))]
[JsonSerializable(typeof(AcmeKey))]
[JsonSerializable(typeof(AcmeChallenge))]
internal sealed partial class AcmeJson : JsonSerializerContext;
