using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Hotplate.Control;

/// <summary>What became of a command, as it goes over the wire. What is null is not said.</summary>
internal sealed record ControlMessage
{
    /// <summary>The exit code of whoever asked; 0 when it was done.</summary>
    public int Code { get; init; }

    /// <summary>The code of what went wrong, such as HP504, when it has one.</summary>
    public string? Error { get; init; }

    /// <summary>For people: what was done, or why it was not.</summary>
    public string? Message { get; init; }
}

/// <summary>The file that is to be applied.</summary>
internal sealed record ApplyOrder
{
    /// <summary>Absolute; null: the one that was read last.</summary>
    public string? File { get; init; }
}

/// <summary>How a reload is tried before it takes over; nothing: it is not.</summary>
internal sealed record ReloadOrder
{
    /// <summary>The share of the requests, such as 5%.</summary>
    public string? Canary { get; init; }

    /// <summary>How long, such as 60s.</summary>
    public string? For { get; init; }
}

/// <summary>How many workers there are to be.</summary>
internal sealed record ScaleOrder
{
    public int? Workers { get; init; }
}

/// <summary>What is said on the control socket, as JSON, with names as_in_python.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ControlMessage))]
[JsonSerializable(typeof(ApplyOrder))]
[JsonSerializable(typeof(ReloadOrder))]
[JsonSerializable(typeof(ScaleOrder))]
[JsonSerializable(typeof(ServerStatus))]
[JsonSerializable(typeof(IReadOnlyList<AppStatus>))]
[JsonSerializable(typeof(IReadOnlyList<RequestStatus>))]
[JsonSerializable(typeof(IReadOnlyList<WorkerStacks>))]
[JsonSerializable(typeof(RouteReport))]
[JsonSerializable(typeof(JsonNode))]
internal sealed partial class ControlJson : JsonSerializerContext;
