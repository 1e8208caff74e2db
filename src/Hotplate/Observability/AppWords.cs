using Microsoft.Extensions.Logging;

namespace Hotplate.Observability;

/// <summary>One thing that an application said: a line, or lines that belong together. What is null is not known.</summary>
/// <param name="Pid">The worker's.</param>
/// <param name="Text">Without the line end at its end.</param>
internal readonly record struct AppWords(int Pid, string Text)
{
    /// <summary>Which application said it; null: there is only one.</summary>
    internal string? App { get; init; }

    internal LogLevel? Level { get; init; }

    /// <summary>The logger's name, of a record of Python's logging.</summary>
    internal string? Logger { get; init; }

    internal string? RequestId { get; init; }

    /// <summary>When the record was made; else it is when it came here.</summary>
    internal DateTimeOffset? At { get; init; }
}
