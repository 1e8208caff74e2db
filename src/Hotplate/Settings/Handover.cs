using System.Text.Json;
using System.Text.Json.Serialization;

namespace Hotplate.Settings;

/// <summary>What a server is told that is started in the place of one that runs: HOTPLATE_HANDOVER, which only servers write.</summary>
internal sealed record Handover
{
    public const string Variable = "HOTPLATE_HANDOVER";

    /// <summary>The process that serves until then.</summary>
    public required int Process { get; init; }

    /// <summary>A stream to that process: lines of text, docs/architecture.md has them.</summary>
    public required int Channel { get; init; }

    public required IReadOnlyList<HandedSocket> Sockets { get; init; }

    internal string ToText() => JsonSerializer.Serialize(this, HandoverJson.Default.Handover);

    /// <summary>Null: this server follows none.</summary>
    internal static Handover? Of(IReadOnlyDictionary<string, string> environment)
    {
        try
        {
            return environment.GetValueOrDefault(Variable) is { Length: > 0 } text ? JsonSerializer.Deserialize(text, HandoverJson.Default.Handover) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>No program that this process starts gets what it was handed.</summary>
    internal void KeepFromChildren()
    {
        PassedSockets.KeepFromChildren(Channel);
        foreach (var socket in Sockets)
        {
            PassedSockets.KeepFromChildren(socket.Descriptor);
        }
    }
}

/// <summary>It, as JSON.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Handover))]
internal sealed partial class HandoverJson : JsonSerializerContext;
