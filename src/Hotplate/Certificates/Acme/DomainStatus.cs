using System.Text.Json.Serialization;

namespace Hotplate.Certificates.Acme;

/// <summary>How it goes with one name.</summary>
internal sealed record DomainStatus
{
    /// <summary>Tries that failed, one after the other.</summary>
    public int Failures { get; init; }

    /// <summary>Why the last one did; null: it went well.</summary>
    public string? Error { get; init; }

    public DateTimeOffset? FailedAt { get; init; }

    /// <summary>No try before that.</summary>
    public DateTimeOffset? NotBefore { get; init; }

    /// <summary>When the certificate is to be renewed; null: not decided yet.</summary>
    public DateTimeOffset? RenewAt { get; init; }

    /// <summary>When the authority is asked again what it thinks of that (RFC 9773 §4.3).</summary>
    public DateTimeOffset? AskAt { get; init; }
}

/// <summary>How the folder's files are written.</summary>
[JsonSourceGenerationOptions(WriteIndented = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(PendingOrder))]
[JsonSerializable(typeof(DomainStatus))]
internal sealed partial class FolderJson : JsonSerializerContext;
