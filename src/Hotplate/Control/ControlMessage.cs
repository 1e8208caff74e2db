using System.Text.Json;
using System.Text.Json.Serialization;

namespace Hotplate.Control;

/// <summary>One line on the control socket: a question, or its answer. What is null is not said. docs/control.md tells of each.</summary>
internal sealed record ControlMessage
{
    /// <summary>What is asked: status, ps, stacks, kill, reload, upgrade or stop.</summary>
    public string? Command { get; init; }

    /// <summary>The request that a kill is for, by its id.</summary>
    public string? Request { get; init; }

    /// <summary>The application that a reload is for; null: all.</summary>
    public string? App { get; init; }

    /// <summary>The file to apply, absolute; null: the one that was read last.</summary>
    public string? File { get; init; }

    /// <summary>Only tell what would change.</summary>
    public bool? IsTrial { get; init; }

    /// <summary>An answer: the exit code of whoever asked; 0 when it was done.</summary>
    public int? Code { get; init; }

    /// <summary>The code of what went wrong, such as HP504, when it has one.</summary>
    public string? Error { get; init; }

    /// <summary>An answer for people: what was done, or why it was not.</summary>
    public string? Message { get; init; }

    /// <summary>The answer to status.</summary>
    public ServerStatus? Status { get; init; }

    /// <summary>The answer to ps, the oldest first.</summary>
    public IReadOnlyList<RequestStatus>? Requests { get; init; }

    /// <summary>The answer to stacks.</summary>
    public IReadOnlyList<WorkerStacks>? Stacks { get; init; }

    /// <summary>One line of UTF-8, its end included.</summary>
    internal byte[] ToLine() => [.. JsonSerializer.SerializeToUtf8Bytes(this, ControlJson.Default.ControlMessage), (byte)'\n'];

    /// <summary>Null when it is not such a message.</summary>
    internal static ControlMessage? FromLine(ReadOnlySpan<byte> line)
    {
        try
        {
            return JsonSerializer.Deserialize(line, ControlJson.Default.ControlMessage);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

/// <summary>Messages as JSON, with names as_in_python.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ControlMessage))]
internal sealed partial class ControlJson : JsonSerializerContext;
