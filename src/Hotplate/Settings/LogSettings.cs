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

    /// <summary>The access log has networks in place of clients' addresses: of IPv4 the /24, of IPv6 the /48. Default off.</summary>
    public bool ShortensClients { get; init; }

    /// <summary>Bytes to which a log file may grow, from 4 KiB, before it is moved away; null: it is not. Default null.</summary>
    public long? MaxFileSize { get; init; }

    /// <summary>How many files that were moved away are kept of each, 1 to 1000. Default 14, two weeks of a file a day.</summary>
    public int Keep { get; init; } = 14;

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

    /// <summary>One JSON object a line, with the names of OpenTelemetry.</summary>
    Json,

    /// <summary>For a person at a terminal: time of day, request, status, how long it took.</summary>
    Short,
}
