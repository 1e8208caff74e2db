using Microsoft.Extensions.Logging;

namespace Hotplate.Settings;

/// <summary>What is written where.</summary>
internal sealed record LogSettings
{
    /// <summary>The access log: a file, "-" for standard output, or null for none. Default none, as gunicorn's.</summary>
    public string? AccessLogFile { get; init; }

    public AccessLogFormat AccessLogFormat { get; init; } = AccessLogFormat.Combined;

    /// <summary>Lines in gunicorn's words, in place of the format; null: none were given.</summary>
    public AccessLogPattern? AccessLogPattern { get; init; }

    /// <summary>The server's own log: a file, or null for standard error. Default standard error.</summary>
    public string? ErrorLogFile { get; init; }

    /// <summary>All that the server writes is JSON, one object a line. Default: text.</summary>
    public bool Json { get; init; }

    /// <summary>What the application prints goes on byte for byte. Default: in lines, with the worker's pid.</summary>
    public bool RawOutput { get; init; }

    /// <summary>debug, info, warning, error or critical. Default info.</summary>
    public LogLevel Level { get; init; } = LogLevel.Information;
}

/// <summary>How a line of the access log looks.</summary>
internal enum AccessLogFormat
{
    /// <summary>Apache's combined format.</summary>
    Combined,

    /// <summary>One JSON object a line.</summary>
    Json,

    /// <summary>For a person at a terminal: time of day, request, status, how long it took.</summary>
    Short,
}
