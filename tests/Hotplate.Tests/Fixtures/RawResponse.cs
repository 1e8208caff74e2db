using System.Text;
using System.Text.Json;

namespace Hotplate.Tests.Fixtures;

/// <summary>How a response says where its body ends.</summary>
internal enum Framing
{
    /// <summary>There is no body, by the method or the status.</summary>
    None,
    Length,
    Chunked,

    /// <summary>Neither length nor chunks: the body ends with the connection.</summary>
    UntilClose,
}

/// <summary>A response as it came over the wire.</summary>
internal sealed class RawResponse
{
    public required string Version { get; init; }

    /// <summary>0: the connection ended without a response.</summary>
    public required int Status { get; init; }

    public required string Reason { get; init; }

    /// <summary>In order, as they came.</summary>
    public required IReadOnlyList<(string Name, string Value)> Fields { get; init; }

    public required Framing Framing { get; init; }

    /// <summary>The 1xx statuses that came before.</summary>
    public IReadOnlyList<int> Interim { get; init; } = [];

    public byte[] Body { get; set; } = [];

    /// <summary>False: the connection ended before the body did.</summary>
    public bool IsComplete { get; set; }

    /// <summary>The body, byte by byte.</summary>
    public string Text => Encoding.Latin1.GetString(Body);

    public JsonElement Json => JsonSerializer.Deserialize<JsonElement>(Body);

    /// <summary>A field's value; null when it is not there, all of them with a comma between when it is repeated.</summary>
    public string? this[string name] => All(name) is { Count: > 0 } values ? string.Join(", ", values) : null;

    public IReadOnlyList<string> All(string name) =>
        [.. Fields.Where(field => field.Name.Equals(name, StringComparison.OrdinalIgnoreCase)).Select(field => field.Value)];
}
